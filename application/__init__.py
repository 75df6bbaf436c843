"""What can be asked of the system: commands, their handlers, and the ports they need."""
