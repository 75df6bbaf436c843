"""PostgreSQL: the event log, keys of persons, jobs, and the reading side."""
