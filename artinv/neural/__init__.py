"""Speech from recordings of the brain: readers of recordings, simulated recordings, splits and decoders."""
