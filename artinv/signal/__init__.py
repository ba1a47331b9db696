"""Sound and motion as arrays of numbers: features, resampling, gaps, endpoints."""
