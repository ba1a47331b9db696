"""Parametric synthesizers with one face: described parameters in, sound out, differentiable and in batches."""
