"""The log as a file that leaves the database, and a file that becomes a log."""
