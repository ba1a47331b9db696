"""From trajectories to sound: a synthetic vocal tract repeats the motion of a file."""

RULE = "rule"
"""Stands in the place of a sound: pitch, voicing and loudness follow a rule."""
