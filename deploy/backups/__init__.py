"""Backing up and restoring a whole installation, as operators ask for it."""
