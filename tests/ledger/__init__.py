"""The ledger: what each event is booked as, what the books add up to, and who may ask."""
