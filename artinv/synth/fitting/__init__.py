"""Inversion by synthesis: from sound or coils back to the controls of the vocal tract."""
