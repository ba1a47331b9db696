"""Formats of files that artinv writes; a module of its own, so that a command line is checked without numpy."""

FORMATS = ("csv", "npz", "est", "ssff", "pos", "mat", "TextGrid")
"""Formats, which are also the endings of the file names."""

MODEL_START = b"\x08\x08\x12\x06artinv"
"""Start of an ONNX file that artinv wrote: the version of the format and its producer."""
