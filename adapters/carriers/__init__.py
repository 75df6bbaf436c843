"""Carriers: who takes parcels to people."""
