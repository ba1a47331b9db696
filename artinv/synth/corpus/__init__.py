"""Synthetic speakers as corpora: in native formats, or straight into a store."""
