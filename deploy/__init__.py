"""How the parts become a running system."""
