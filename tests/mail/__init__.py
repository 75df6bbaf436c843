"""Sending mail and the local mailbox."""
