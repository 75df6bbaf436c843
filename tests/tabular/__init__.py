"""Everything about tables as files."""
