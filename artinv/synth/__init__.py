"""A differentiable vocal tract and the people who speak with it; pure torch and numpy."""
