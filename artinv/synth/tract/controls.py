"""The 13 control parameters of the vocal tract, one value of each per frame.

Tongue points are given as (s, d). s runs along the outer wall: 0 top of the larynx tube, 1 start of the bend, 2 end of the
bend, 3 upper incisors. d is the distance from that wall (rear pharynx, velum, palate) in mm; d <= 0 is contact. In these
coordinates a target means the same in every anatomy, and a closure needs no collision test.

| name | unit | meaning |
|---|---|---|
| jaw | mm | opening of the lower incisors along the jaw's path |
| ap_s ap_d | 1, mm | tongue apex |
| tb_s tb_d | 1, mm | tongue body |
| td_s td_d | 1, mm | tongue dorsum |
| rt_d | mm | tongue root, distance from the rear pharynx |
| lh | mm | lip opening with the jaw at rest; open lips move with the jaw; below 0 the lips are pressed together |
| lp | mm | lip protrusion |
| vel | 1 | velum, 0 raised .. 1 lowered; the port opens above 0.3 |
| lat | 1 | lowering of the tongue sides, 0 .. 1 |
| lar | mm | raising of the larynx |
"""

RATE = 16000
"""Sampling rate of the sound in Hz."""

HOP = 80
"""Sound samples per frame of controls."""

FRAME_RATE = RATE // HOP
"""Frames of controls per second: 200 Hz."""

BOUNDS = {
    "jaw": (0.0, 20.0),
    "ap_s": (2.45, 2.94), "ap_d": (-3.0, 24.0),
    "tb_s": (1.80, 2.50), "tb_d": (-3.0, 24.0),
    "td_s": (1.35, 1.80), "td_d": (-3.0, 24.0),
    "rt_d": (3.0, 28.0),
    "lh": (-3.0, 18.0), "lp": (-3.0, 9.0),
    "vel": (-0.1, 1.0), "lat": (0.0, 1.0), "lar": (-6.0, 6.0),
}
"""Control -> lowest and highest value used in speech. The geometry accepts any value and applies its own physical limits."""

CONTROLS = tuple(BOUNDS)
"""Names of the columns of every array of controls, in order."""

CONTROL = {name: column for column, name in enumerate(CONTROLS)}
"""Control -> its column."""
