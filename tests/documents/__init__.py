"""Invoices and print files."""
