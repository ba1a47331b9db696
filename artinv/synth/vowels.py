"""The ten vowels: how the adult male forms them, and how they ought to sound."""

import json
from pathlib import Path

import numpy as np

_TABLE = json.loads(Path(__file__).with_name("vowels.json").read_text(encoding="utf-8"))

VOWELS = {name: np.array(row) for name, row in _TABLE.items()}
"""Name -> 13 controls of `anatomy.MALE`; made by benchmarks/fit_vowels.py."""

PUBLISHED = {
    "male": {
        "iy": (270, 2290, 3010), "ih": (390, 1990, 2550), "eh": (530, 1840, 2480), "ae": (660, 1720, 2410), "aa": (730, 1090, 2440),
        "ao": (570, 840, 2410), "uh": (440, 1020, 2240), "uw": (300, 870, 2240), "ah": (640, 1190, 2390), "er": (490, 1350, 1690),
    },
    "female": {
        "iy": (310, 2790, 3310), "ih": (430, 2480, 3070), "eh": (610, 2330, 2990), "ae": (860, 2050, 2850), "aa": (850, 1220, 2810),
        "ao": (590, 920, 2710), "uh": (470, 1160, 2680), "uw": (370, 950, 2670), "ah": (760, 1400, 2780), "er": (500, 1640, 1960),
    },
}
"""Mean F1, F2, F3 in Hz of 33 men and 28 women (Peterson & Barney 1952, table II)."""
