"""Data preparation: read raw corpora, clean and normalize the records, divide them into train, validation and test sets."""
