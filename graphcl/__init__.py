"""Heterogeneous-graph contrast with meta-path views: MEOW, AdaMEOW, their peers and their evaluation."""
