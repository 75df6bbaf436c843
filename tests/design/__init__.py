"""The artist's workflow, from rule to wire."""
