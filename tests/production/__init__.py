"""Print files and the print house."""
