"""Everything a machine needs to run the system by itself: own servers, keys, supervision."""
