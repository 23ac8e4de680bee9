"""Data sets x models x seeds: what a sweep file asks for, pinned, and run a process a seed, each where it stopped."""
