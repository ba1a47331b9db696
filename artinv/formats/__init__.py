"""File formats that several corpora share; no knowledge of any corpus."""
