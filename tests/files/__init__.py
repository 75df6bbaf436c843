"""Files, uploads and the links to them."""
