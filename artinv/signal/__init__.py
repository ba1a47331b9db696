"""Signal processing of sound and motion: acoustic features, resampling, repair of gaps, endpoints of speech."""
