"""Say a digit: from a word to its sound.

DIGIT: 0 to 9, or zero to nine. The model `articulatory` needs no training: a synthetic vocal tract makes the gestures of the word.
The others are networks that the pipeline `digits` has trained; cvae, flow, cwgan1 to cwgan4. docs/digits.md compares them.
"""

import argparse
from pathlib import Path

from artinv.commands import output
from artinv.core.workspace import Workspace
from artinv.runtime.errors import BadParams, expected

ARTICULATORY = "articulatory"
DEFAULT_VOICE = "woman"


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("digit", metavar="DIGIT", help="0 to 9, or a word")
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="OUT.wav", help="sound to write: 16 kHz, 16 bits")
    parser.add_argument("--model", default=ARTICULATORY, metavar="KIND", help="articulatory, cvae, flow, cwgan1 ... cwgan4; "
                        "default: %(default)s")
    parser.add_argument("--voice", metavar="NAME", help="articulatory: woman, man, a speaker of the demo corpora such as M01, or F "
                        "or M and four figures for a drawn speaker, such as F0001; default: " + DEFAULT_VOICE)
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="number of the take; default: 0")


def run(options: argparse.Namespace, workspace: Workspace) -> None:
    """Check the arguments, generate, write, print one line."""
    if not 0 <= options.seed < 2**31:
        raise BadParams(f"--seed: {options.seed} is not within 0 to {2**31 - 1}; correct it")
    if not options.out.parent.is_dir():
        raise BadParams(f"{options.out}: its folder {options.out.parent} is missing; make it, or name another")
    output(options.out)
    import numpy as np
    import torch

    from artinv.digits import articulatory
    from artinv.digits.generators import KINDS, Model
    from artinv.digits.words import NAMES, digit_of
    from artinv.digits.workspace import DigitsFiles
    from artinv.signal.mfcc import SOUND_RATE
    from artinv.speaking import writing

    digit = digit_of(options.digit)
    if options.model not in (ARTICULATORY, *KINDS):
        raise BadParams(f"--model: unknown model '{options.model}'; {expected(options.model, (ARTICULATORY, *KINDS))}")
    if options.out.exists() and options.out.stat().st_size and not writing.is_spoken(options.out):
        raise BadParams(f"{options.out}: exists and is not a sound that artinv spoke; name another file to write")
    torch.set_num_threads(1)  # equal input gives equal bytes
    if options.model == ARTICULATORY:
        voice = DEFAULT_VOICE if options.voice is None else options.voice
        articulatory.check(voice, "--voice: ")
        sound, who = articulatory.render(digit, voice, options.seed).sound, f"voice {voice}"
    elif options.voice is not None:
        raise BadParams(f"--voice: {options.model} has no voices; leave it out, or use --model {ARTICULATORY}")
    else:
        from artinv.digits.saying import say

        path = DigitsFiles(workspace.root).model(options.model)
        sound, who = say(Model.load(path, options.model), digit, options.seed), f"model {options.model}"
    writing.write(options.out, np.asarray(sound))
    print(f"{options.out}: {NAMES[digit]}, {len(sound) / SOUND_RATE:.2f} s, {who}")
