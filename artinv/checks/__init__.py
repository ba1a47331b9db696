"""What may be wrong with freshly downloaded corpora, and how it is cured: one module per kind of check, Session -> findings."""
