"""Which mail goes to whom because of what, for all that happens."""
