"""Everything about who somebody is."""
