"""Metrics, bootstrap confidence intervals and prediction intervals."""
