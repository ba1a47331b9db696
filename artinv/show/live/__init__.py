"""The live page: a microphone moves the drawn head of `artinv.show.view`; inference runs in the browser.

`page` writes the page, `server` serves it on this machine. The scripts that compute (model, resampler, features, network, stream)
are the counterparts of modules of `artinv.live`, and tests compare them.
"""
