"""Painters: adapters that make cover pictures."""
