"""Money by bank transfer: codes, statements, what matches, and what goes back."""
