"""A page and a sheet on which one can see and hear how a mouth moved.

    source -> Scene -> page (one self-contained HTML file) | still (a picture)

`page.html`, `page.css` and the `.js` files beside this one are the page's parts; `page.py` puts them and a scene together.
"""
