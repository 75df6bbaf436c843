"""Files of people: whose they are, and how much room they take."""
