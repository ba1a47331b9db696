"""Report of a run as one self-contained HTML page.

    metrics/ and plots/ -> Sources -> sections (tables and charts) -> page: one HTML file; equal inputs give equal bytes

Each section is a module with a function `section(sources)`, which returns the section, or the reason why it is absent. `ORDER` in
`page.py` lists them; `page.html` and `page.css` are the template and the style. What a reader needs at once is a part of the
section itself, all else is inside a `Fold`. A section states the origin of its data, seeds and numbers of utterances or speakers.
"""
