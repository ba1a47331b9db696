"""Player page and still image that show the sound and motion of one utterance.

    source -> Scene -> page (one self-contained HTML file) | still (a PNG image)

`page.py` fills the template `page.html` with a scene, `page.css` and the scripts.
"""
