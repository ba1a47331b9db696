"""Presentation of results and motion: tables, plots, the report page and the player page."""
