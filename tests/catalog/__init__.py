"""The catalogue of message cards."""
