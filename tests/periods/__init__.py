"""Accounting months, from rule to wire."""
