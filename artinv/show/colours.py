"""Colours of pictures, plots and films; the pages have the same in their styles."""

PAPER, INK, QUIET, PALE, FAINT = "#ffffff", "#1a1a1a", "#595959", "#dddddd", "#cccccc"
"""Ground, text, quiet text, lines behind a drawing, and marks of what matters less."""

BLUE, ORANGE, RED, GREY, BLACK = "#0072b2", "#e69f00", "#d55e00", "#8c8c8c", "#222222"
"""Colours for colour-blind readers (Okabe and Ito); the greys differ in lightness."""

EVEN, ODD = "#ececea", "#f7f7f5"
"""Grounds of neighbouring phones."""

HUES = {("measured", 0): INK, ("predicted", 0): "#c24e00", ("measured", 1): "#00608f", ("predicted", 1): BLUE}
"""Colours of the lines of a head and of its curves, by kind and take; the estimate is dark enough for text."""

SKIN, SKIN_EDGE, LIP, BONE, ENAMEL = "#f6e0d3", "#8a6a5b", "#dd9488", "#efe6d2", "#fffdf6"
TONGUE, TONGUE_EDGE, VELUM = "#eeb4a8", "#a4574a", "#eec3b6"
"""Parts of a drawn head."""
