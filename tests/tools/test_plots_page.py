"""The template for DVC's plots contains its scripts and no address."""

from dvc_render.html import HTML
from dvc_render.vega import VegaRenderer

from tools.plots_page import template

POINTS = [{"epoch": 1, "loss": 0.5, "rev": "workspace"}, {"epoch": 2, "loss": 0.4, "rev": "workspace"}]


def test_dvc_fills_the_template_without_links_to_scripts():
    chart = VegaRenderer(POINTS, "loss", x="epoch", y="loss", anchors_y_definitions=[{"filename": "loss.csv", "field": "loss"}])
    page = HTML(template("window.vegaEmbed = show"))
    page.with_scripts(chart.SCRIPTS)
    page.with_element(chart.generate_html())
    text = page.embed()
    assert "window.vegaEmbed = show" in text
    assert "vegaEmbed('#loss', spec)" in text
    assert "src=" not in text
    assert "{plot_divs}" not in text
    assert "{refresh_tag}" not in text
