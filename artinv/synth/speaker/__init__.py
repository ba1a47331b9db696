"""Synthetic speakers: lexicon, timing, gestures, individual habits and the simulated recording session."""
