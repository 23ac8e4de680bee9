"""Runs beside each other: read from their folders, averaged over seeds, tested against a baseline, laid out."""
