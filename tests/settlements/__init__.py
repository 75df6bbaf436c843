"""Everything about what payment providers pay out."""
