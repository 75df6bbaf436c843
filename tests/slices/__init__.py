"""Incident slices: history without persons, and its exact state elsewhere."""
