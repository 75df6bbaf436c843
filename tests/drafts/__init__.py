"""Drafts, from rule to wire."""
