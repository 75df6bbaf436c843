"""Reviews of designers, from the delivered order to the recommendation."""
