"""Latents that are moved one by one: pictures, films, sounds, and a page on which a latent is moved and heard."""
