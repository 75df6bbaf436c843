"""The keys of persons: made, destroyed for ever, wrapped anew, kept by law, never brought back."""
