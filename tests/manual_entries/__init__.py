"""Credits given and taken by hand, from rule to wire."""
