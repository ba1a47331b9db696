"""From a sound to the factors that made it: autoencoders whose latents should be such factors, and how well they are.

render a grid of factors -> log-frequency spectra -> train autoencoders -> measure disentanglement -> move one latent at a time
"""
