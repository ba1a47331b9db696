"""Player page, still image and film that show the sound and motion of one utterance, or of two takes.

    source -> Scene -> page (one self-contained HTML file) | still (a PNG image) | film (GIF, MP4)
    profile (what no coil moves) + positions of the coils -> head (outlines) -> painter (a picture)

`page.py` fills the template `page.html` with scenes, `page.css` and the scripts; `head.js` computes the same outlines as `head.py`.
"""
