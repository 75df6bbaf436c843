"""Orders, from the rule to the wire."""
