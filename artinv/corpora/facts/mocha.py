"""Facts of MOCHA-TIMIT: seven speakers, 460 sentences each, EST tracks at 500 Hz, 1/100 mm, x to the back.

Coils were reattached during some sessions (fsew0 before sentences 125 and 284, msak0 before 40, 251, 299 and 426). Their mean
jumps there; the moving mean of the normalization follows it.
"""

from artinv.corpora.facts import Facts

SPEAKERS = ("fsew0", "msak0", "faet0", "ffes0", "maps0", "mjjn0", "falh0")
LABELLED = ("fsew0", "msak0", "mjjn0", "ffes0")
VELUM = ("fsew0", "msak0", "faet0", "ffes0")
RATE = 500.0
UNIT = 0.01  # mm
LIST = "mocha-timit.txt"
UNUSABLE = {"msak0_268": "its sound is known to be bad"} | {f"falh0_{number}": "known to be unusable" for number in range(466, 471)}
LOST = {"msak0_118": "tt"}

FACTS = Facts(
    name="mocha", title="MOCHA-TIMIT", licence="non-commercial research, with its licence file",
    layout="folders such as fsew0 or fsew0_v1.1 with fsew0_001.wav and fsew0_001.ema, and mocha-timit.txt",
    accent="british", speakers=SPEAKERS, velum=VELUM, sound_rate=16000, coil_rate=RATE, expected=460,
    masked={(speaker, f"v_{axis}"): "no velum coil" for speaker in ("maps0", "mjjn0") for axis in "xy"}
    | {("falh0", f"v_{axis}"): "velum coil not documented" for axis in "xy"},
)
