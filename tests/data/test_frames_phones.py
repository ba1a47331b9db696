"""Test evidence of phones in the frames of a corpus: its place, its counts, its refusals, and that no other utterance enters it."""

import json
from dataclasses import replace

import numpy as np
import pytest

from artinv.core import store
from artinv.core.records import Frames, Label
from artinv.core.workspace import Workspace
from artinv.data.clean import clean
from artinv.data.dataset import Dataset
from artinv.data.dataset import build as normalize
from artinv.data.frames import build, features
from artinv.data.normalize import NormalizeParams, estimate
from artinv.phones import evidence
from artinv.phones.known import evidence_of
from artinv.runtime.errors import BadData, BadParams
from tests.support import toy_recognizer
from tests.support.speech import CLEAN, FEATURES, changed, talk

PARAMS = NormalizeParams(neighbours=4, regluing=3.0, available=0.5)
LABELS = (Label("sil", 0.0, 0.3), Label("s", 0.3, 0.9), Label("iy1", 0.9, 1.7), Label("sil", 1.7, 2.0))


def inputs(phones):
    return changed(FEATURES, phones=phones)


def spoken(number, **facts):
    """Return a cleaned utterance; some of the numbers belong to each part."""
    facts = {"phones": LABELS, "text": "cat", "part": ("train", "train", "valid", "test")[number % 4], **facts}
    return clean(talk(coil_rate=100, seed=number, name=f"F01_{number}", order=number, **facts), CLEAN)[0]


@pytest.fixture(scope="module")
def cleaned():
    return [spoken(number) for number in range(8)]


def built(folder, cleaned, phones):
    """Run the stages `features` and `normalize` on cleaned utterances."""
    workspace = Workspace(folder)
    store.write(workspace.cleaned / "hprc", cleaned)
    build("hprc", inputs(phones), workspace, workers=1)
    normalize("hprc", PARAMS, workspace, inputs(phones).evidence_values)
    return workspace


def content(workspace):
    return {path.relative_to(workspace.root): path.read_bytes() for path in workspace.root.rglob("*") if path.is_file()}


def test_without_phones_every_file_is_that_of_the_acoustics_alone(cleaned, tmp_path):
    workspace, other = built(tmp_path / "none", cleaned, "none"), Workspace(tmp_path / "alone")
    frames = [features(utterance, FEATURES) for utterance in cleaned]
    store.write(other.features / "hprc", frames)
    statistics = estimate(frames, PARAMS)
    for frame in frames:  # a z-score by hand
        np.testing.assert_array_equal(
            statistics.normalize(frame).acoustics, (frame.acoustics - statistics.acoustic_mean) / statistics.acoustic_std)
    normalize("hprc", PARAMS, other)
    made = content(workspace)
    assert {name: made[name] for name in content(other)} == content(other)
    assert set(json.loads(made[(workspace.frame_metrics / "hprc.json").relative_to(workspace.root)])) == {
        "estimated", "translation_mm", "undefined", "origin", "made_by"}


def test_evidence_follows_the_acoustics_and_is_never_normalized(cleaned, tmp_path):
    plain, workspace = built(tmp_path / "none", cleaned, "none"), built(tmp_path / "labels", cleaned, "labels")
    ids = [utterance.id for utterance in cleaned]
    for alone, frames, utterance in zip(Dataset(plain).load(ids), Dataset(workspace).load(ids), cleaned, strict=True):
        np.testing.assert_array_equal(frames.acoustics[:, :39], alone.acoustics)
        np.testing.assert_array_equal(frames.acoustics[:, 39:], evidence_of(utterance, "labels", len(utterance.coils)))
        assert frames.acoustics[:, 39:].any()
        np.testing.assert_array_equal(frames.motion, alone.motion)
    for name in ("data/stats/hprc/F01.npz", "data/stats/hprc/index.json"):
        assert (plain.root / name).read_bytes() == (workspace.root / name).read_bytes()
    stats, (speaker,) = Dataset(workspace).stats([cleaned[0].speaker_id]), [cleaned[0].speaker_id]
    before = store.Reader(workspace.features / "hprc/F01.npz", Frames)[cleaned[0].name]
    restored = stats[speaker].restore(stats[speaker].normalize(before))
    np.testing.assert_allclose(restored.acoustics, before.acoustics, atol=1e-3)


def test_evidence_of_an_utterance_comes_from_this_utterance_alone(cleaned, tmp_path):
    others = [utterance if utterance.order == 3 else replace(utterance, phones=(Label("m", 0.0, 1.0),)) for utterance in cleaned]
    first, second = (
        store.Reader(built(tmp_path / name, records, "labels").features / "hprc/F01.npz", Frames)
        for name, records in (("first", cleaned), ("second", others))
    )
    for utterance in cleaned:
        same = np.array_equal(first[utterance.name].acoustics, second[utterance.name].acoustics)
        assert same == (utterance.order == 3)
        np.testing.assert_array_equal(first[utterance.name].acoustics[:, :39], second[utterance.name].acoustics[:, :39])


def test_utterances_without_known_phones_have_zeros_and_are_counted(cleaned, tmp_path):
    other = [replace(utterance, speaker="M01", name=f"M01_{utterance.order}", phones=()) for utterance in cleaned[:3]]
    records = [*(replace(utterance, phones=()) if utterance.order in (2, 5) else utterance for utterance in cleaned), *other]
    workspace = built(tmp_path, records, "labels")
    known = json.loads((workspace.frame_metrics / "hprc.json").read_text())["phones"]
    assert known == {"source": "labels", "utterances": 11, "known": 6, "speakers_without": ["M01"]}
    zeros = {frames.name for frames in store.read(workspace.normalized / "hprc", Frames) if not frames.acoustics[:, 39:].any()}
    assert zeros == {"F01_2", "F01_5", "M01_0", "M01_1", "M01_2"}


@pytest.mark.parametrize("phones", ["aligned", "recognized"])
def test_the_recognizer_gives_evidence(cleaned, tmp_path, monkeypatch, phones):
    toy_recognizer.install(monkeypatch)
    workspace = built(tmp_path, cleaned, phones)
    for frames, utterance in zip(store.read(workspace.features / "hprc", Frames), cleaned, strict=True):
        np.testing.assert_array_equal(frames.acoustics[:, -evidence.WIDTH:], evidence_of(utterance, phones, len(utterance.coils)))
    report = json.loads((workspace.frame_metrics / "hprc.json").read_text())
    assert ("phones" in report) == (phones == "aligned")  # recognized phones are not known


@pytest.mark.parametrize(("phones", "lacking", "message"), [
    ("labels", {"phones": ()}, "none of its 8 utterances has phone labels; add its label files, take hprc off `corpora`, or choose"),
    ("labels", {"phones": (Label("sil", 0.0, 2.0),)}, "none of its 8 utterances has phone labels"),
    ("aligned", {"text": ""}, "none of its 8 utterances has a text whose words the dictionary of the recognizer has; add its transcr"),
    ("aligned", {"text": "dog"}, "none of its 8 utterances has a text whose words"),
])
def test_a_corpus_without_any_is_one_line(cleaned, tmp_path, monkeypatch, phones, lacking, message):  # noqa: PLR0917 -- fixtures
    toy_recognizer.install(monkeypatch)
    with pytest.raises(BadData, match=f"^hprc: features.phones is '{phones}', but {message}") as caught:
        built(tmp_path, [replace(utterance, **lacking) for utterance in cleaned], phones)
    assert "\n" not in str(caught.value)
    assert not list((tmp_path / "data/features/hprc").iterdir())


@pytest.mark.parametrize("phones", ["aligned", "recognized"])
def test_a_missing_recognizer_is_one_line(cleaned, tmp_path, monkeypatch, phones):
    toy_recognizer.uninstall(monkeypatch)
    with pytest.raises(BadParams, match=f"^features.phones: {phones}: needs the recognizer pocketsphinx; `pip install"):
        built(tmp_path, cleaned, phones)
    built(tmp_path / "labels", cleaned, "labels")
