"""`artinv speak`: a sound file of the stated length, options, and faults in one line with exit code 2."""

import numpy as np
import pytest
import soundfile

from artinv.inversion import export
from artinv.synth.fitting.pitch import source_features
from tests.support import running
from tests.support.moved import moved

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def place(tmp_path):
    """Return a folder with trajectories and a sound of 0.6 s with pulses at 200 Hz."""
    export.write(tmp_path / "a.csv", moved())
    sound = np.zeros(9600, np.float32)
    sound[::80] = 0.5
    soundfile.write(tmp_path / "like.wav", sound, 16000)
    return tmp_path


def test_a_sound_is_written_and_one_line_says_how(place, capsys):
    running.command(place, "speak", "a.csv", "-o", "out.wav", "--voice", "M01", "--like", "like.wav")
    information = soundfile.info(place / "out.wav")
    assert (information.samplerate, information.channels, information.subtype) == (16000, 1, "PCM_16")
    assert information.frames == pytest.approx(9600, abs=240)
    features = source_features(soundfile.read(place / "out.wav")[0])
    assert np.median(features.pitch[features.voiced]) == pytest.approx(200, rel=0.03)
    out, = capsys.readouterr().out.splitlines()
    assert out.startswith("out.wav: 0.59 s, voice M01; pitch, voicing and loudness of like.wav; coils within ")


def test_an_earlier_sound_is_replaced(place):
    running.command(place, "speak", "a.csv", "-o", "out.wav")
    before = (place / "out.wav").read_bytes()
    running.command(place, "speak", "a.csv", "-o", "out.wav", "--voice", "F01")
    assert (place / "out.wav").read_bytes() != before


def test_equal_commands_give_equal_bytes(place):
    for name, words in (("b", ()), ("c", ()), ("d", ("--seed", "1")), ("e", ("--voice", "woman")), ("f", ("--scale", "mm"))):
        running.command(place, "speak", "a.csv", "-o", f"{name}.wav", *words)
    contents = {name: (place / f"{name}.wav").read_bytes() for name in "bcdef"}
    assert contents["b"] == contents["c"]
    assert len(set(contents.values())) >= 3
    assert contents["b"] != contents["d"]


@pytest.mark.parametrize(("words", "message"), [
    (("absent.csv", "-o", "out.wav"), "absent.csv: is no file"),
    (("empty.csv", "-o", "out.wav"), "empty.csv: is empty"),
    (("missing.csv", "-o", "out.wav"), "missing.csv: moved: tt_x, tt_y: NaN in all frames"),
    (("slow.csv", "-o", "out.wav"), "slow.csv: moved: its rate of 5 Hz is not within"),
    (("like.wav", "-o", "out.wav"), "like.wav: holds no trajectories"),
    (("a.csv", "-o", "out.wav", "--voice", "womann"), "--voice: unknown voice 'womann'"),
    (("a.csv", "-o", "out.wav", "--voice", "m01"), "did you mean 'M01'?"),
    (("a.csv", "-o", "out.wav", "--like", "absent.wav"), "absent.wav: is no file; name a sound for --like, or 'rule'"),
    (("a.csv", "-o", "out.wav", "--like", "a.csv"), "a.csv"),
    (("a.csv", "-o", "out.wav", "--like", "silent.wav"), "the sound: is silent"),
    (("a.csv", "-o", "nowhere/out.wav"), "nowhere/out.wav: its folder nowhere is missing"),
    (("a.csv", "-o", "a.csv"), "a.csv: is one of the files"),
    (("a.csv", "-o", "slow.csv"), "slow.csv: exists and is not a sound that `artinv speak` wrote"),
    (("a.csv", "-o", "like.wav", "--like", "like.wav"), "like.wav: is one of the files"),
    (("a.csv", "-o", "like.wav"), "like.wav: exists and is not a sound that `artinv speak` wrote"),
    (("a.csv", "-o", "."), ".: is a folder"),
    (("a.csv", "-o", "out.wav", "--seed", "-1"), "--seed: -1 is negative"),
    (("a.csv", "-o", "out.wav", "--scale", "cm"), "invalid choice: 'cm'"),
    (("a.csv",), "the following arguments are required: -o/--out"),
])
def test_faults_are_one_line_and_exit_code_2(words, message, place, capsys):
    motion = moved().motion.copy()
    motion[:, :2] = np.nan
    (place / "empty.csv").touch()
    export.write(place / "missing.csv", _changed(motion=motion))
    export.write(place / "slow.csv", _changed(rate=5.0))
    soundfile.write(place / "silent.wav", np.zeros(8000), 16000)
    before = {path.name: path.read_bytes() for path in place.iterdir()}
    with pytest.raises(SystemExit) as stop:
        running.command(place, "speak", *words)
    assert stop.value.code == 2
    lines = capsys.readouterr().err.splitlines()
    assert message in lines[-1]
    assert "Traceback" not in "".join(lines)
    assert {path.name: path.read_bytes() for path in place.iterdir()} == before


def _changed(**changes):
    from dataclasses import replace
    return replace(moved(), **changes)
