"""Facts of USC-TIMIT EMA: four speakers, 460 sentences, five per file; .mat files at about 100 Hz beside the sound, mm, no velum.

Sensors are found by name, because their order differs between speakers. Sentences 1-65 of F5 are displaced by about 12 mm from
her other sentences, and the origin of no speaker is at the incisors: `artinv.data.coordinate_frame` corrects both. Transcripts of
another session (M3, in some copies) are detected by the level of the sound.
"""

import re

from artinv.corpora.facts import CoilStatistics, Facts

SOUND_RATE = 20000
SPEAKERS = ("F1", "F5", "M1", "M3")
SENSORS = {"tt": "TT", "td": "TD", "tb": "TB", "li": "JAW", "ul": "UL", "ll": "LL"}
NAME = re.compile(r"usctimit_ema_[fm]\d_(\d{3})_(\d{3})")

COIL_STATISTICS = {
    "F1": CoilStatistics(
        (-17.4, -57.1, -38.0, -54.3, -25.6, -54.7, 1.8, -75.2, 11.7, -54.4, 13.1, -72.3),
        (3.63, 3.97, 3.20, 3.68, 3.60, 4.25, 1.76, 2.57, 1.39, 1.59, 2.29, 3.75), 450,
    ),
    "M3": CoilStatistics(
        (-19.2, -63.5, -44.7, -56.8, -29.9, -59.2, -0.7, -77.8, 13.7, -61.9, 10.7, -80.4),
        (6.28, 5.43, 5.62, 5.41, 6.26, 5.69, 5.83, 5.69, 7.22, 4.33, 7.01, 6.85), 453,
    ),
}
"""Speaker -> statistics over all utterances, in mm of the unified frame (x to the front, y up)."""

FACTS = Facts(
    name="usc", title="USC-TIMIT EMA", licence="research only, on request",
    layout="folders F1 F5 M1 M3 with mat, wav and trans, in them usctimit_ema_f1_001_005.mat and so on",
    accent="american", speakers=SPEAKERS, sound_rate=SOUND_RATE, other_sound_rates=(22050,), coil_rate=100.0, expected=460,
    coil_statistics=COIL_STATISTICS,
)
