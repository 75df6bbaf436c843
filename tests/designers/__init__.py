"""Designers, from application to recommendation."""
