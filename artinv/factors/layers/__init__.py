"""What the hidden layers of an inverter know: speaker, sex, phone and trajectories, layer by layer, and what removal changes."""
