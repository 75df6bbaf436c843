"""Processes that never answer anybody: they read the log, or take jobs."""
