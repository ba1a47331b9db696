"""Results and motion for people: tables, plots, the report and the player."""
