"""Real recordings beside the project, in `../shared/real`; tests marked `needed` are skipped where they are missing."""

import pytest

from tools.deps import ROOT

FOLDER = ROOT.parent / "shared" / "real"
MOCHA, EMU = FOLDER / "mocha", FOLDER / "emu"
needed = pytest.mark.skipif(not FOLDER.exists(), reason="the real recordings (../shared/real) are missing")

MEANS = {
    "li_x": 70, "ul_x": -962, "ll_x": -1178, "tt_x": 1146, "li_y": -2072, "ul_y": 409, "ll_y": -1873, "tt_y": -1189,
    "tb_x": 2947, "td_x": 4754, "v_x": 6278, "tb_y": -901, "td_y": -643, "v_y": -573,
}
"""Mean coil positions of the MOCHA utterance in 1/100 mm; x points backwards."""
