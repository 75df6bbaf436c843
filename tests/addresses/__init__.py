"""Everything about saved addresses."""
