"""Report of a run as one self-contained HTML page.

    metrics/ and plots/ -> Sources -> sections (tables and charts) -> page: one HTML file; equal inputs give equal bytes

Each section is a module with a function `section(sources)`, which returns the section, or the reason why it is absent. `page.py`
defines their order; `page.html` and `page.css` are the template and the style.
"""
