"""Supported corpora: their facts, readers and writers; a module in `facts`, `readers` or `writers` registers itself by its name."""
