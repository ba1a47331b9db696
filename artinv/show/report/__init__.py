"""What a run gave, on one page that needs nothing but itself.

    metrics/ and plots/ -> Sources -> sections (tables and charts) -> page: one HTML file, equal bytes from equal inputs

Each section is a module with `section(sources)`, which gives the section, or which command makes what it needs; `page.py` holds
their order. `page.html` and `page.css` beside this file are the page's looks.
"""
