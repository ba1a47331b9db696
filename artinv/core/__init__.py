"""Shared basics: the 18 channels, the records, and files that are written completely or not at all."""
