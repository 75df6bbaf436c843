"""Being forgotten: what is asked before, what is cleared, and the search for what is left."""
