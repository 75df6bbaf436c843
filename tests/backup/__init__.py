"""Backups that can be trusted, and what a restore brings back, refuses, and says is missing."""
