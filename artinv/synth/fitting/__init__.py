"""From sound or coils back to the controls of the vocal tract."""
