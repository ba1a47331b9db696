"""Readers and writers of file formats that several corpora share; no module here depends on a corpus."""
