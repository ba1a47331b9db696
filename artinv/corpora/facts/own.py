"""Recordings of one's own, explained by a file `own.yaml`; nothing is known of them beforehand, neither speakers nor rates."""

from artinv.corpora.facts import Facts

NAME = "own.yaml"
BUNDLE = "_bndl.json"  # ending of an EMU bundle

FACTS = Facts(
    name="own", title="own recordings", licence="your own",
    layout=f"recordings and {NAME}, which says how they are to be read (docs/own-recordings.md)",
    speakers=(), sound_rate=16000, coil_rate=200.0,
)
