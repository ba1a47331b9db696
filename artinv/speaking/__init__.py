"""From trajectories to sound: a synthetic vocal tract repeats the motion of a file."""
