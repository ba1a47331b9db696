"""Models by name: the folder is the registry."""
