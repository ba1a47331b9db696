"""Recordings of synthetic speakers: as corpora in native formats, or written directly into a store."""
