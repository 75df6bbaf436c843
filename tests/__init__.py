"""Everything that shows the product to be right."""
