"""Run the stages from cleaned utterances to scores with labelled phones as evidence, and use the model that comes out."""

import json

import numpy as np
import pytest
import soundfile
import yaml

from artinv.core import store
from artinv.core.records import Label
from artinv.core.workspace import Workspace
from artinv.data.clean import CleanParams, clean
from artinv.data.dataset import Dataset
from artinv.data.splits import Split
from artinv.inversion import export
from artinv.learn.inverter import Inverter
from artinv.phones.evidence import WIDTH
from tests.conftest import change
from tests.support.running import command, stage
from tests.support.speech import talk
from tools.deps import CHOICES

SPEAKERS = {"hprc": ("F01", "F02"), "mocha": ("fsew0", "msak0")}
SMALL = {
    "corpora": list(SPEAKERS), "split": "indep", "test_speaker": "F01", "features.phones": "labels", "features.n_mels": 8,
    "features.n_mfcc": 2, "train.epochs": 2, "train.pooled_epochs": {"strided": 2}, "models.strided.dense": 8,
    "models.strided.width": 8, "evaluate.draws": 100, "evaluate.examples": 1, "adapt.utterances": [1], "clean.lowpass": 20.0,
    "loso.runs": ["indep-strided"], "loso.speakers": ["F01", "fsew0"], "loso.strangers": ["F01__fsew0"],
}
SPELLED = {"hprc": ("sil", "s", "iy1", "sil"), "mocha": ("sil", "s", "ii", "sil")}
TIMES = (0.0, 0.2, 0.6, 1.0, 1.2)


def spoken(corpus, speaker, number):
    labels = tuple(Label(*row) for row in zip(SPELLED[corpus], TIMES, TIMES[1:], strict=False))
    return talk(1.2, (0.2, 1.0), seed=number, corpus=corpus, speaker=speaker, name=f"{speaker}_{number:02d}", order=number,
                sentence=str(number), phones=labels, part=("train", "train", "valid", "test")[number % 4], origin="synthetic")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Return the workspace of a project in which the pipeline has run."""
    workspace = Workspace(tmp_path_factory.mktemp("phones"))
    choices = yaml.safe_load(CHOICES.read_text(encoding="utf-8"))
    change(choices, SMALL)
    workspace.params.write_text(yaml.safe_dump(choices), encoding="utf-8")
    params = CleanParams.load(workspace.params)
    for corpus, speakers in SPEAKERS.items():
        utterances = [spoken(corpus, speaker, number) for speaker in speakers for number in range(8)]
        store.write(workspace.cleaned / corpus, [clean(utterance, params)[0] for utterance in utterances])
        stage(workspace.root, "features", corpus)
        stage(workspace.root, "normalize", corpus)
    printed = [stage(workspace.root, name) for name in ("split", "train", "evaluate")]
    return workspace, printed[-1]


def test_the_scores_state_that_phones_were_known(project):
    workspace, printed = project
    assert "SYNTHETIC data, phones: labels, not to be compared with published numbers" in printed
    assert json.loads(workspace.scores.read_text())["phones"] == "labels"
    assert json.loads(workspace.details.read_text())["run"]["phones"] == "labels"
    report = json.loads((workspace.frame_metrics / "mocha.json").read_text())["phones"]
    assert report == {"source": "labels", "utterances": 16, "known": 16, "speakers_without": []}


def test_the_models_take_phones_and_predict_what_was_scored(project):
    workspace, _ = project
    frames = Dataset(workspace).load(Split.load(workspace.split).test)
    assert frames[0].acoustics.shape[1] == 6 + WIDTH
    for name in ("inverter", "ridge"):
        model = Inverter.load(workspace.model(name))
        assert (model.evidence, model.source, model.n_in, model.acoustic_values) == ({"phones": WIDTH}, "labels", 6 + WIDTH, 6)
        with_phones = model.predict(frames[0].acoustics)
        assert not np.allclose(with_phones, model.predict(frames[0].acoustics * ([1] * 6 + [0] * WIDTH)))


def test_leave_one_speaker_out_summarises_folds_with_equal_phones(project):
    workspace, _ = project
    for speaker in SMALL["loso.speakers"]:
        stage(workspace.root, "fold", "indep-strided", speaker)
        stage(workspace.root, "fold_score", "indep-strided", speaker)
    stage(workspace.root, "strangers", "strided", "F01__fsew0")
    stage(workspace.root, "strangers_score", "strided", "F01__fsew0")
    assert "indep strided: 2 test speakers" in (printed := stage(workspace.root, "loso"))
    assert "phones: labels" in printed
    assert json.loads(workspace.loso_scores.read_text())["phones"] == "labels"
    scores = workspace.fold_scores / "indep-strided/F01.json"
    content = json.loads(scores.read_text())
    del content["run"]["phones"]
    scores.write_text(json.dumps(content))
    with pytest.raises(SystemExit):
        stage(workspace.root, "loso")


def test_a_recording_is_inverted_with_labels_and_without(project, tmp_path):
    workspace, _ = project
    soundfile.write(tmp_path / "a.wav", talk(1.2, (0.2, 1.0), seed=3).sound, 16000)
    rows = zip(TIMES, TIMES[1:], SPELLED["hprc"], strict=False)
    (tmp_path / "a.lab").write_text("".join(f"{start} {end} {phone}\n" for start, end, phone in rows))
    model, speaker = ["--model", str(workspace.inverter)], ["--speaker-stats", str(workspace.stats / "hprc/F01.npz")]
    motions = []
    for name, words in (("labels", ["--labels", "a.lab"]), ("alone", [])):
        command(tmp_path, "invert", "a.wav", "-o", name, *model, *words)
        motions.append(export.read(tmp_path / name / "a.csv").motion[:, :12])
        assert export.facts(tmp_path / name / "a.csv").get("phones", "") == ("labels of a.lab" if words else "")
    assert not np.allclose(*motions)
    assert np.isfinite(motions).all()
    command(tmp_path, "invert", "a.wav", "-o", "own", *model, *speaker, "--labels", "a.lab")


def test_a_corpus_without_labels_ends_the_stage_in_one_line(project, capsys):
    workspace, _ = project
    path = workspace.cleaned / "usc"
    store.write(path, [clean(talk(1.2, (0.2, 1.0), corpus="usc", speaker="F1", phones=(), part="train"),
                             CleanParams.load(workspace.params))[0]])
    with pytest.raises(SystemExit) as caught:
        stage(workspace.root, "features", "usc")
    assert caught.value.code == 2
    (line,) = capsys.readouterr().err.strip().splitlines()[-1:]
    assert line.startswith("artinv: usc: features.phones is 'labels', but none of its 1 utterances has phone labels; add its label")
    assert not list((workspace.features / "usc").iterdir())
