"""Inversion while a person speaks: a model with a short look-ahead, fed with blocks of sound."""
