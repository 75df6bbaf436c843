"""Wallet and credits, from rule to wire."""
