"""Returns, and what follows when money goes back."""
