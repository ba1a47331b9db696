"""Evaluation of one split, of leave-one-speaker-out folds, and of transfer from synthetic to real speech."""
