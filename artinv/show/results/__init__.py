"""Results as text tables and as plots."""
