"""The local painter, from the prompt to the marked sample."""
