"""Where the evidence of phones comes from that a model is trained with."""

from typing import Literal

Source = Literal["", "labels", "aligned", "recognized"]
"""Labels of the corpus, its text aligned with the sound, or the sound alone; empty for none, or for a blend of them."""
