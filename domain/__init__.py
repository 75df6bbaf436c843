"""The rules of the business: what may happen, and what did. No clock, no chance, no I/O."""
