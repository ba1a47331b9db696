"""Checks of downloaded corpora: one module per kind of check; a check takes a Session and yields findings, each with a cure."""
