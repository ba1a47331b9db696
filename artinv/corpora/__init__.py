"""Corpora: what is known of each (facts), readers and writers of its files; the folders are the registries."""
