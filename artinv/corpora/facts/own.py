"""Facts of a user's own recordings, which a file `own.yaml` describes; speakers and rates are not known in advance."""

from artinv.corpora.facts import Facts

NAME = "own.yaml"
BUNDLE = "_bndl.json"  # ending of an EMU bundle

FACTS = Facts(
    name="own", title="own recordings", licence="your own",
    layout=f"recordings and {NAME}, which describes them (docs/own-recordings.md)",
    speakers=(), further=".+", sound_rate=16000, coil_rate=200.0,
)
