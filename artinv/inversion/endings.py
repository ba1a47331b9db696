"""Formats of trajectory files; a module of its own, so that a command line is checked without numpy."""

FORMATS = ("csv", "npz", "est", "ssff", "pos", "mat", "TextGrid")
"""Formats, which are also the endings of the file names."""
