"""What can be read: each read model is one file with its table, its fold and its queries."""
