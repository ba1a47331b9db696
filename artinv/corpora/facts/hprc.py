"""Facts of the Haskins production rate comparison: eight speakers, 720 sentences at normal and fast rate; .mat files, mm, no velum.

Sound at 44.1 kHz and sensors at 100 Hz start together; x to the front, y lateral, z up. Fields and sensors are found by name.
"""

import re

from artinv.corpora.facts import CoilStatistics, Facts

SPEAKERS = ("F01", "F02", "F03", "F04", "M01", "M02", "M03", "M04")
SOUND_RATE, RATE = 44100, 100
SENSORS = {"tt": "TT", "td": "TR", "tb": "TB", "li": "JAW", "ul": "UL", "ll": "LL"}
SILENCE = "sp"
NAME = re.compile(r"[fm]\d\d_b(\d+)_s(\d+)_r(\d+)_([nf])")

COIL_STATISTICS = {
    "F01": CoilStatistics(
        (-19.1, -9.0, -50.9, -6.4, -37.1, -2.6, -5.4, -25.6, 8.2, 4.2, 4.4, -24.0),
        (4.73, 5.33, 3.92, 5.04, 5.43, 4.58, 2.21, 3.55, 1.50, 1.92, 2.47, 4.22), 1738,
    ),
    "F02": CoilStatistics(
        (-18.3, -6.6, -51.1, -0.7, -36.4, -1.1, -13.5, -20.4, 8.6, 5.1, 7.3, -27.0),
        (5.19, 4.75, 3.56, 3.73, 4.12, 4.41, 1.96, 3.12, 1.67, 1.38, 2.61, 4.11), 1560,
    ),
    "F03": CoilStatistics(
        (-14.6, -9.7, -44.4, -5.6, -28.1, -4.0, 1.6, -21.8, 10.2, 0.3, 11.5, -24.9),
        (4.16, 4.22, 2.50, 3.53, 3.06, 4.26, 1.39, 2.79, 1.41, 1.03, 1.60, 3.50), 1617,
    ),
    "F04": CoilStatistics(
        (-16.8, -10.2, -45.3, 0.7, -28.2, -4.4, -2.4, -19.0, 8.8, 5.7, 7.0, -27.0),
        (4.87, 5.55, 3.73, 4.68, 4.50, 5.85, 1.43, 3.82, 1.61, 2.14, 2.78, 5.38), 1618,
    ),
    "M01": CoilStatistics(
        (-15.6, -12.5, -39.5, -6.9, -24.8, -9.9, -0.3, -23.3, 12.4, 1.4, 12.0, -26.7),
        (3.85, 3.63, 4.64, 4.40, 3.38, 3.90, 0.91, 2.06, 1.16, 1.47, 1.35, 3.21), 1553,
    ),
    "M02": CoilStatistics(
        (-13.5, -11.7, -58.2, -6.9, -36.5, -1.8, 0.6, -22.0, 11.4, 5.9, 14.3, -25.5),
        (4.99, 6.27, 3.81, 5.21, 3.76, 6.44, 1.50, 3.68, 1.77, 1.48, 2.23, 5.36), 1554,
    ),
    "M03": CoilStatistics(
        (-15.8, -8.7, -50.0, 0.4, -32.9, -0.7, -1.8, -20.2, 12.0, -2.0, 6.3, -27.4),
        (4.43, 4.30, 3.09, 3.94, 3.96, 4.21, 1.24, 2.84, 1.54, 1.24, 1.84, 3.81), 1610,
    ),
    "M04": CoilStatistics(
        (-19.7, -8.4, -43.1, -4.8, -31.9, -4.8, -2.6, -21.5, 11.5, 0.7, 8.4, -24.6),
        (4.12, 3.88, 3.96, 4.65, 4.17, 5.15, 1.33, 1.72, 1.06, 1.30, 1.39, 2.50), 1620,
    ),
}
"""Speaker -> statistics over all utterances, in mm of the unified frame (x to the front, y up)."""

FACTS = Facts(
    name="hprc", title="Haskins production rate comparison", licence="research only, no redistribution",
    layout="folders F01 to M04 with data/F01_B01_S01_R01_N.mat and so on",
    accent="american", speakers=SPEAKERS, further=r"[FM]\d\d",
    sound_rate=SOUND_RATE, coil_rate=RATE, coil_statistics=COIL_STATISTICS,
)
