"""Scores of one split, of leave one speaker out, and of synthetic to real speech."""
