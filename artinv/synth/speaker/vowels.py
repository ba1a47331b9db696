"""The ten vowels: controls of the adult male, and the formants at which men and women aim."""

import numpy as np

_TABLE = {  # in the order of CONTROLS
    "iy": [3.024, 2.85, 10.993, 2.172, 2.2, 1.663, 6.225, 14.544, 7.604, 0.765, 0.0, 0.0, 1.857],
    "ih": [6.963, 2.786, 10.713, 2.14, 9.21, 1.602, 12.689, 16.206, 8.558, 0.147, 0.0, 0.0, 1.01],
    "eh": [9.702, 2.743, 11.995, 2.137, 15.578, 1.65, 15.848, 13.298, 7.365, 0.517, 0.0, 0.0, 0.8],
    "ae": [12.805, 2.7, 15.192, 2.062, 14.386, 1.532, 12.545, 9.219, 11.489, 1.481, 0.0, 0.0, 1.455],
    "aa": [9.209, 2.634, 20.0, 1.993, 13.026, 1.531, 10.413, 3.703, 8.06, 3.452, 0.0, 0.0, 0.436],
    "ao": [9.331, 2.584, 20.0, 1.963, 10.173, 1.573, 6.43, 3.0, 3.515, 4.171, 0.0, 0.0, -1.026],
    "uh": [5.044, 2.575, 20.0, 2.012, 9.295, 1.621, 5.194, 13.29, 2.962, 2.231, 0.0, 0.0, -1.542],
    "uw": [1.871, 2.789, 12.58, 2.135, 6.958, 1.723, 5.432, 17.735, 2.0, 2.591, 0.0, 0.0, -2.242],
    "ah": [9.21, 2.699, 16.512, 2.063, 19.0, 1.459, 12.144, 5.364, 6.356, 1.12, 0.0, 0.0, 1.519],
    "er": [4.5, 2.485, 3.564, 1.91, 5.517, 1.475, 13.636, 4.966, 5.41, 2.941, 0.0, 0.0, 1.04],
}

VOWELS = {name: np.array(row) for name, row in _TABLE.items()}
"""Name -> the 13 controls of `anatomy.MALE`, as fitted by experiments/fit_vowels.py together with FORMANTS."""

FORMANTS = {
    "male": {
        "iy": (348, 2211, 3010), "ih": (507, 1916, 2550), "eh": (596, 1679, 2480), "ae": (695, 1619, 2410), "aa": (693, 1188, 2440),
        "ao": (628, 930, 2410), "uh": (467, 1122, 2240), "uw": (367, 1368, 2240), "ah": (725, 1276, 2390), "er": (490, 1350, 1690),
    },
    "female": {
        "iy": (405, 2769, 3310), "ih": (610, 2204, 3070), "eh": (798, 1853, 2990), "ae": (991, 1814, 2850), "aa": (897, 1272, 2810),
        "ao": (744, 956, 2710), "uh": (541, 1303, 2680), "uw": (431, 1617, 2670), "ah": (958, 1511, 2780), "er": (500, 1640, 1960),
    },
}
"""F1, F2, F3 in Hz at which an adult of average size aims.

Neighbouring sounds pull at a vowel, so these lie beyond what is reached in sentences: there the vowels have, on average, the
formants and the coil positions of five real speakers (experiments/real_vowels.csv). er, and F3, are from Peterson & Barney
(1952, table II).
"""
