"""Print houses: who prints covers, in a folder or over HTTP."""
