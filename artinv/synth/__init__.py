"""Articulatory synthesis: a differentiable vocal tract and synthetic speakers, in torch and numpy."""
