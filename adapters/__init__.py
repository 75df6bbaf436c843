"""Devices and vendors behind the ports; only the composition root picks one."""
