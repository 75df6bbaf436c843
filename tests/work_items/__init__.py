"""Work items, from rule to wire."""
