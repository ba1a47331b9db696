"""Corpora: what is known of each (facts), how its files are read (readers) and written (writers); the folders are the registries."""
