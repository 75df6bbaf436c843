"""Cards: no number of one gets in or out, and saved ones are known by the provider's tokens."""
