"""Painting candidates, from rule to worker."""
