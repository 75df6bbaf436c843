"""The product's main job over HTTP, against real processes."""
