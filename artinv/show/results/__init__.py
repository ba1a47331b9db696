"""Results as plain tables and as plots."""
