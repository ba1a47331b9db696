"""artinv: reproducible acoustic-to-articulatory inversion."""

__version__ = "0.1.0"
