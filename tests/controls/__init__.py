"""Everything about controls of the books."""
