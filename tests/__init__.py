"""Tests; `toys` holds what several of them share."""
