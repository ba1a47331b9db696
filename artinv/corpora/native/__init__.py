"""Shared parts of the readers: search for files by name, and the description of a user's own recordings."""
