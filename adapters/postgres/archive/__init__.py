"""Old parts of the log in files, that are read as if they were still in the table."""
