"""Parcels and carriers."""
