"""Write a template for the page of `dvc plots show` that contains Vega's scripts: `python -m tools.plots_page FILE`.

DVC's own template loads Vega from the network. This one holds the scripts themselves, from the package vl-convert-python, so that
the plots are readable without network, also years later. `make plots` uses it.
"""

import sys
from pathlib import Path

from artinv.core.files import write_text
from artinv.runtime.errors import gate

TEMPLATE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>artinv: plots of DVC</title>
{{refresh_tag}}
<script>(() => {{
{scripts}
}})();</script>
<style>table {{ border-spacing: 15px; }}</style>
</head>
<body>
{{plot_divs}}
</body>
</html>
"""
"""DVC replaces `{{plot_divs}}` and `{{refresh_tag}}`; it adds its own links to scripts only to templates with `{{scripts}}`."""

VEGA_LITE = "5"
"""Major version of Vega-Lite that DVC's plots are written in."""


def template(scripts: str) -> str:
    r"""Return the template with scripts that define `window.vegaEmbed`; their other names do not reach the scripts of DVC.

    >>> r"a = '<\/script>'" in template("a = '</script>'")
    True
    """
    return TEMPLATE.format(scripts=scripts.replace("</script", "<\\/script"))


def scripts_of_vega() -> str:
    """Return Vega, Vega-Lite and Vega-Embed as one script."""
    import vl_convert  # noqa: PLC0415 -- in requirements-docs.txt, not needed to test the template

    versions = [version for version in vl_convert.get_vegalite_versions() if version.split(".")[0] == VEGA_LITE]
    return vl_convert.javascript_bundle(vl_version=versions[-1])


if __name__ == "__main__":
    with gate():
        write_text(Path(sys.argv[1]), template(scripts_of_vega()))
