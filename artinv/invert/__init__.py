"""From a sound to trajectories, as a file or a table."""
