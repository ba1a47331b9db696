"""Pure functions that compare motions: metrics, bootstrap, intervals."""
