"""The conventions of the HTTP edge, on the real application and a real database."""
