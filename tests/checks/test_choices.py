"""Each fault that params.yaml can have is reported in one line before a stage runs; possible choices are accepted."""

import json
import subprocess
import sys

import pytest
import yaml

from artinv.checks import choices
from artinv.checks.choices import SECTIONS, check
from artinv.core.workspace import Workspace
from artinv.runtime.errors import ArtinvError
from artinv.runtime.placeholders import SLOW
from tests import conftest
from tests.support import toy_recognizer
from tools.deps import CHOICES, ROOT


@pytest.fixture
def chosen(tmp_path):
    """Return a function that checks the parameters of the tests with some changes."""
    (tmp_path / "data").mkdir()

    def run(changes, **choice):
        content = yaml.safe_load(CHOICES.read_text(encoding="utf-8"))
        conftest.change(content, changes)
        (tmp_path / "params.yaml").write_text(yaml.safe_dump(content))
        check(Workspace(tmp_path), **choice)

    return run


FAULTS = {
    "split": ({"split": "idep"}, "bad value 'idep' for 'split': .*; did you mean 'indep'?"),
    "epochs": ({"train.epochs": -1}, "bad value -1 for 'train.epochs'"),
    "rate": ({"train.lr": "fast"}, "bad value 'fast' for 'train.lr'"),
    "section": ({"normalise": {}}, "unknown key 'normalise'; .*; did you mean 'normalize'?"),
    "key of a section": ({"train.epoch": 3}, "unknown key 'train.epoch'; .*; did you mean 'epochs'?"),
    "key of a group": ({"sim2real.peple": {}}, "unknown key 'sim2real.peple'; .*; did you mean 'people'?"),
    "key of a subsection": ({"clean.limits.min_second": 1}, "unknown key 'clean.limits.min_second'; .*'min_seconds'?"),
    "corpus": ({"corpora": ["mocah"]}, "corpora: unknown corpus 'mocah'; expected one of .*; did you mean 'mocha'?"),
    "no corpus": ({"corpora": []}, "corpora: lists no corpus"),
    "corpus twice": ({"corpora": ["mocha", "hprc", "hprc"]}, "corpora: lists hprc twice; remove one"),
    "corpus without demo": ({"corpora": ["own"]}, "corpora: own has no synthetic speakers"),
    "no demo speaker": ({"demo.speakers": ["F01"]}, "demo.speakers: contains no speaker of mocha"),
    "demo speaker": ({"demo.speakers": ["F01", "F1", "fsew0", "MNGU0", "fsw"]}, "demo.speakers: unknown speaker 'fsw'; .*'fsew0'?"),
    "raw folder": ({"raw": "data/raw"}, "data/raw/mocha: is not there; put MOCHA-TIMIT there"),
    "test speaker": ({"test_speaker": "fswe0"}, "test_speaker: unknown speaker 'fswe0'; .*; did you mean 'fsew0'?"),
    "corpus of the speaker": ({"test_speaker": "usc/F01"}, "test_speaker: unknown speaker 'usc/F01'; expected one of"),
    "speaker of no listed corpus": ({"corpora": ["mocha"]}, "test_speaker: unknown speaker 'F01'"),
    "valid speaker": ({"split": "indep", "valid_speakers": ["M0"]}, "valid_speakers: unknown speaker 'M0'"),
    "valid is test": ({"split": "indep", "valid_speakers": ["F01"]}, "valid_speakers needs .* other than test_speaker"),
    "train corpora": ({"split": "indep", "corpora": ["mocha", "hprc"], "train_corpora": ["usc"]}, "train_corpora names .*'usc'"),
    "no other speaker": ({"split": "indep", "corpora": ["mngu0"], "test_speaker": "MNGU0"}, "the train set is empty"),
    "lag": ({"clean.lags": {"mocha/fsew": 0.1}}, "clean.lags: unknown speaker 'mocha/fsew'; .*; did you mean 'mocha/fsew0'?"),
    "fold": ({"loso.speakers": ["F01", "fsew"]}, "loso.speakers: unknown speaker 'fsew'; .*; did you mean 'fsew0'?"),
    "group": ({"loso.strangers": ["F01__fsew"]}, "loso.strangers: 'fsew' is none of loso.speakers"),
    "run": ({"loso.runs": ["indep-mpl"]}, "bad value .* for 'loso.runs'"),
    "model": ({"train.model": "bilstn"}, "train.model: unknown model 'bilstn'; .*; did you mean 'bilstm'?"),
    "calibrated": ({"loso.calibrated": "strid"}, "loso.calibrated: unknown model 'strid'; .*; did you mean 'strided'?"),
    "size": ({"models.mlp.width": 0}, "bad value 0 for 'models.mlp.width'"),
    "sizes of another model": ({"models.mlp.widht": 3}, "unknown key 'models.mlp.widht'; .*; did you mean 'width'?"),
    "sizes of no model": ({"models.mpl": {}}, "unknown model 'mpl'"),
    "sum of layers": ({"train.model": "layersum", "models.layersum.model": "tnc"}, "models.layersum.model: unknown model 'tnc'"),
    "sum without layers": ({"train.model": "layersum"}, "train.model: layersum needs layers, features.kind is 'mfcc'; set"),
    "sum of other layers": ({"train.model": "layersum", "models.layersum.layers": 12, "features.kind": "ssl"},
                            "models.layersum.layers: is 12, but features.ssl.layers lists 1; set it to 1, or list 12 layers"),
    "universal": ({"sim2real.universal.train.model": "mlp"}, "sim2real.universal.sizes: unknown key"),
    "population": ({"sim2real.people.speakers": 6}, "sim2real.universal.valid_speakers: 6 of 6 speakers leave none for training"),
    "sum of layers and phones": ({"train.model": "layersum", "features.kind": "ssl", "features.phones": "labels"},
                                 "features.phones: is labels, but the model layersum takes the hidden layers of features.kind ssl"),
    "phones": ({"features.phones": "lables"}, "bad value 'lables' for 'features.phones': .*; did you mean 'labels'?"),
    "share of phones": ({"train.without_phones": 1.0}, "bad value 1.0 for 'train.without_phones'"),
    "features": ({"features.kind": "ssl"}, "features.ssl.checkpoint: 'checkpoints/wavlm-base' is not a folder"),
}


@pytest.mark.parametrize(("changes", "message"), FAULTS.values(), ids=FAULTS)
def test_a_fault_gives_one_line_that_names_file_fault_and_cure(chosen, tmp_path, changes, message):
    with pytest.raises(ArtinvError, match=message.replace("?", r"\?")) as caught:
        chosen(changes)
    assert str(caught.value).startswith(f"{tmp_path}/params.yaml: ")
    assert "\n" not in str(caught.value)


POSSIBLE = {
    "tests": {}, "small": conftest.SMALL, "one corpus": {"corpora": ["mocha"], "test_speaker": "fsew0"},
    "full names": {"split": "dep", "test_speaker": "hprc/F01", "valid_speakers": ["usc/F1"]},
    "phones": {"features.phones": "labels", "features.kind": "logmel"},
    "more synthetic speakers": {"demo.extra_speakers": 2, "test_speaker": "M05"}, "text": {"train.lr": "1e-05"},
    "unseen": {"split": "indep", "unseen_text": True, "train_corpora": ["usc"], "test_speaker": "fsew0"},
}


@pytest.mark.parametrize("changes", POSSIBLE.values(), ids=POSSIBLE)
def test_possible_choices_are_accepted(chosen, changes):
    chosen(changes)


@pytest.mark.parametrize("changes", [
    {"corpora": ["own"], "test_speaker": "anna", "split": "indep"}, {"corpora": ["own", "hprc"], "test_speaker": "own/anna"},
    {"corpora": ["hprc"], "test_speaker": "F12", "loso.speakers": ["F01", "F12"], "loso.strangers": ["F01__F12"]},
])
def test_speakers_of_a_corpus_that_can_have_others_are_accepted(chosen, tmp_path, changes):
    for name in ("own", "hprc"):
        (tmp_path / "raw" / name).mkdir(parents=True)
    chosen({"raw": "raw"} | changes)
    with pytest.raises(ArtinvError, match="test_speaker: unknown speaker 'nobody'"):
        chosen({"raw": "raw", "corpora": ["hprc"], "test_speaker": "nobody"})


@pytest.mark.parametrize("phones", ["aligned", "recognized"])
def test_phones_of_the_recognizer_need_it(chosen, monkeypatch, phones):
    toy_recognizer.install(monkeypatch)
    chosen({"features.phones": phones})
    toy_recognizer.uninstall(monkeypatch)
    message = f"features.phones: {phones}: needs the recognizer pocketsphinx; `pip install 'artinv\\[phones\\]'`, or leave it out$"
    with pytest.raises(ArtinvError, match=message):
        chosen({"features.phones": phones})
    chosen({"features.phones": "labels"})


def test_speakers_of_folds_must_belong_to_listed_corpora_before_folds_run(chosen):
    changes = {"corpora": ["mocha"], "test_speaker": "fsew0", "loso.speakers": ["F01", "fsew0"], "loso.strangers": ["F01__fsew0"]}
    chosen(changes)
    with pytest.raises(ArtinvError, match=r"loso.speakers: unknown speaker 'F01'; expected one of .*'fsew0'"):
        chosen(changes, folds=True)
    chosen(changes | {"corpora": ["mocha", "hprc"]}, folds=True)
    with pytest.raises(ArtinvError, match=r"loso.speakers: unknown speaker 'fsew0'"):
        chosen({"corpora": ["hprc"], "demo.speakers": ["F01"], "loso.speakers": ["F01", "fsew0"],
                "loso.strangers": ["F01__fsew0"]}, folds=True)


def test_models_of_folds_must_take_phones_before_folds_run(chosen):
    for models in ({"loso.runs": ["indep-layersum"]}, {"loso.calibrated": "layersum"}):
        chosen(models | {"features.phones": "labels"})
        chosen(models, folds=True)
        with pytest.raises(ArtinvError, match=r"features.phones: is labels, .* set it to none, or choose another model"):
            chosen(models | {"features.phones": "labels"}, folds=True)


def run(code, folder=ROOT):
    command = [sys.executable, "-c", f"import sys\n{code}"]
    return subprocess.run(command, cwd=folder, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True).stdout


WITHOUT_LIBRARIES = "from artinv.runtime.placeholders import replace_libraries; replace_libraries()\n"


def test_models_are_the_same_without_the_slow_libraries():
    """The schemas of all sections, and of the sizes of each model, are those with the libraries."""
    code = ("import json; from artinv.checks import choices; from artinv.learn import models\n"
            "kinds = [*choices.SECTIONS, *(models.get(name).Sizes for name in models.names())]\n"
            "print(json.dumps([kind.model_json_schema() for kind in kinds]))\n")
    names = choices.models.names()
    expected = [kind.model_json_schema() for kind in [*SECTIONS, *(choices.models.get(name).Sizes for name in names)]]
    assert json.loads(run(WITHOUT_LIBRARIES + code)) == json.loads(json.dumps(expected))


def test_the_stage_imports_no_slow_library_and_writes_the_same_line_for_any_choices(tmp_path):
    contents = []
    for speaker in ("F01", "F02"):
        project = tmp_path / speaker
        (project / "data").mkdir(parents=True)
        text = CHOICES.read_text(encoding="utf-8")
        (project / "params.yaml").write_text(text.replace("test_speaker: F01", f"test_speaker: {speaker}"))
        code = (f"import runpy; runpy.run_path({str(ROOT / 'stages/choices.py')!r}, run_name='__main__')\n"
                f"print([name for name in {SLOW!r} if getattr(sys.modules.get(name), '__file__', None)])")
        assert run(code, project) == "[]\n"
        contents.append((project / "data/choices.txt").read_bytes())
    assert contents[0] == contents[1] != b""


def test_the_stage_writes_nothing_if_there_is_a_fault(tmp_path):
    (tmp_path / "params.yaml").write_text(CHOICES.read_text(encoding="utf-8").replace("split: spec", "split: idep"))
    done = subprocess.run([sys.executable, "-m", "stages.choices"], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)},
                          capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("artinv: params.yaml: bad value 'idep' for 'split'")
    assert [path.name for path in tmp_path.iterdir()] == ["params.yaml"]
