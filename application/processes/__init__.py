"""What follows from what happened: events in, commands and jobs out, nothing else."""
