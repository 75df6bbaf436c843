"""Breaking parts of the running system, and asking the oracle whether its promises held."""
