"""Models, the training loop, speaker adaptation and calibration of prediction intervals."""
