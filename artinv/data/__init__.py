"""From raw corpora to normalized records and their division into train, validation and test."""
