"""Speak trajectories: from the motion of the articulators to sound.

A synthetic vocal tract repeats the motion, and the sound is computed from its shape. TRAJECTORY: a csv, npz, est, ssff, pos or mat
of artinv, a csv with a column `time` and the channels in mm, an .ema of MOCHA, a .mat of Haskins, an EMU bundle, or an utterance of
data/cleaned such as mocha/fsew0/fsew0_001. docs/speak.md explains the sound.
"""

import argparse
from pathlib import Path

from artinv.commands import output
from artinv.core.workspace import Workspace
from artinv.runtime.errors import BadData, BadParams, one_line
from artinv.speaking import RULE


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("trajectory", metavar="TRAJECTORY", help="a file of trajectories, or corpus/speaker/name")
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="OUT.wav", help="sound to write: 16 kHz, 16 bits")
    parser.add_argument("--voice", metavar="NAME", help="synthetic voice: woman, man, or a speaker of the demo corpora, such as "
                        "M01; default: woman or man, by the pitch of the sound or else by the trajectory")
    parser.add_argument("--like", metavar="SOUND", help="sound file whose pitch, voicing and loudness are used, stretched to the "
                        f"length of the trajectory; '{RULE}': a rule; default: the sound that TRAJECTORY holds, or the rule")
    parser.add_argument("--scale", choices=("speaker", "mm"), default="speaker", help="speaker: the motion is scaled from its "
                        "speaker to the voice (default); mm: its mm are those of the voice")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="seed of the noise of breath and friction; default: 0")


def run(options: argparse.Namespace, workspace: Workspace) -> None:
    """Check the arguments, read, speak, write, print one line."""
    like = [Path(options.like)] if options.like and options.like != RULE else []
    if like and not like[0].is_file():
        raise BadData(f"{like[0]}: is no file; name a sound for --like, or '{RULE}'")
    if options.seed < 0:
        raise BadParams(f"--seed: {options.seed} is negative; give a number of 0 or more")
    if not options.out.parent.is_dir():
        raise BadParams(f"{options.out}: its folder {options.out.parent} is missing; make it, or name another")
    output(options.out, Path(options.trajectory), *like)
    import torch

    from artinv.signal.mfcc import SOUND_RATE
    from artinv.speaking import reading, voices, writing
    from artinv.speaking.speaking import speak

    if options.out.exists() and options.out.stat().st_size and not writing.is_spoken(options.out):
        raise BadParams(f"{options.out}: exists and is not a sound that `artinv speak` wrote; name another file to write")

    torch.set_num_threads(1)  # short arrays are faster on one thread, and equal input gives equal bytes
    if options.voice is not None:
        voices.check(options.voice, "--voice: ")
    material = reading.read(options.trajectory, workspace)
    original = reading.original(material, options.like)
    try:
        spoken = speak(material, options.voice, original, scale=options.scale, seed=options.seed)
    except BadData as error:
        raise BadData(f"{options.trajectory}: {error}") from None
    writing.write(options.out, spoken.sound)
    source = "a rule" if spoken.by_rule else str(like[0]) if like else "its own sound"
    print(one_line(f"{options.out}: {len(spoken.sound) / SOUND_RATE:.2f} s, voice {spoken.voice}; pitch, voicing and loudness of "
                   f"{source}; coils within {spoken.error_mm:.1f} mm of their places"))
