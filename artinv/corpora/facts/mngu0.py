"""Facts of MNGU0, day 1: one speaker, EST tracks of 87 channels at 200 Hz, cm, y to the back, z up, no velum.

Position channels are found by name; other channels are ignored. A sample with a large error of the position fit (`_rms`) is lost.
"""

import re

from artinv.corpora.facts import Facts

RATE = 200.0
UNIT = 10.0  # mm
RMS_LIMIT = 15.0
"""Largest `_rms` of a usable position, in the unit of the corpus; good samples stay below 10."""

COILS = {"tt": "T1", "tb": "T2", "td": "T3", "li": "jaw", "ul": "upperlip", "ll": "lowerlip"}
AXES = {"x": ("_py", -UNIT), "y": ("_pz", UNIT)}
NAME = re.compile(r"mngu0_s1_\d{4}[a-f]?")

FACTS = Facts(
    name="mngu0", title="MNGU0 (day 1)", licence="research only, no redistribution",
    layout="the packages ema, wav and phone_labels (or mngu0_s1_ema_basic_1.1.0 and so on) with mngu0_s1_0001.ema and .wav",
    accent="british", speakers=("MNGU0",), sound_rate=16000, coil_rate=RATE, expected=1354,
)
