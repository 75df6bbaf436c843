"""The audit chain: sealed, published, tampered with, found, proven."""
