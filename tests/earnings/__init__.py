"""Designers' pay: accounts, payouts, runs, their files, and the bank's lines."""
