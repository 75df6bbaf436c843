"""Backups of the log and all that belongs to it, by PostgreSQL's own tools, and restoring them."""
