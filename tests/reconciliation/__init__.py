"""Everything about reconciliation with the books of payment providers."""
