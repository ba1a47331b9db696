"""Inversion of recordings: from sound to trajectory files."""
