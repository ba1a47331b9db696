"""Models, the training loop, and what is done with a trained model before it is scored."""
