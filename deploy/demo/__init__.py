"""`polikrami demo`: a whole order over HTTP, step by step, from registration to delivery."""
