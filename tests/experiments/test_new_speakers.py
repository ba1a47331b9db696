"""New synthetic speakers: sound and motion of a session against the sentences that it was made of."""

import numpy as np
import pytest
import yaml
from scipy.signal import correlate

from artinv.core import store
from artinv.core.channels import derive
from artinv.core.files import write_json
from artinv.core.records import Utterance
from artinv.core.workspace import Workspace
from artinv.runtime.errors import BadData
from artinv.signal.resample import at_frames
from artinv.synth.corpus.population import PopulationParams
from experiments import new_speakers
from tests.support import quiet

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("speakers")
    new_speakers.write(place, quiet.PEOPLE, 2, 2)
    return place


def test_new_speakers_follow_the_population(folder):
    assert new_speakers.names(quiet.PEOPLE, 2) == ["F0002", "M0003"] == store.speakers(folder)


def test_sentences_are_synthesized_once_and_again_if_their_number_or_people_differ(folder, monkeypatch):
    calls = []
    monkeypatch.setattr(new_speakers, "write_sessions", lambda *args: calls.append(args))
    new_speakers.write(folder, quiet.PEOPLE, 2, 2)
    assert calls == []
    new_speakers.write(folder, quiet.PEOPLE, 2, 3)
    assert len(calls) == 1
    new_speakers.write(folder, quiet.PEOPLE.model_copy(update={"accents": ["british"]}), 2, 2)
    assert len(calls) == 2


def test_speakers_of_another_population_are_not_read(tmp_path):
    content = yaml.safe_load(Workspace().params.read_text())
    workspace = Workspace(tmp_path)
    workspace.params.write_text(yaml.safe_dump(content))
    with pytest.raises(BadData, match="does not hold the speakers that follow the population"):
        next(new_speakers.read(workspace))
    folder, people = tmp_path / new_speakers.FOLDER, PopulationParams.load(workspace.params)
    write_json(folder.with_suffix(".json"), people.model_dump())
    assert list(new_speakers.read(workspace)) == []
    content["sim2real"]["people"]["seed"] += 1
    workspace.params.write_text(yaml.safe_dump(content))
    with pytest.raises(BadData, match="run `python -m experiments"):
        next(new_speakers.read(workspace))


@pytest.mark.parametrize("place", [new_speakers.session, new_speakers.apart])
def test_sound_and_motion_are_those_of_each_sentence_at_the_same_time(folder, place):
    utterances = list(store.read(folder, Utterance, "F0002".__eq__))
    params = quiet.params()
    for utterance, spoken in zip(utterances, place(utterances, params), strict=True):
        lag = int(np.argmax(correlate(utterance.sound, spoken.sound))) - len(spoken.sound) + 1
        inside = utterance.sound[max(lag, 0):lag + len(spoken.sound)]
        again = spoken.sound[max(-lag, 0):][:len(inside)]
        assert np.corrcoef(inside, again)[0, 1] > 0.98, "only the high-pass of the microphone differs"
        start = lag / 16000
        assert len(spoken.motion) == len(spoken.sound) // 320 + 1
        times = np.clip(start + np.arange(len(spoken.motion)) / params.rate, 0, (len(utterance.coils) - 1) / utterance.coil_rate)
        coils = at_frames(utterance.coils.astype(float), utterance.coil_rate, utterance.coil_start, times, params.cutoff)
        error = np.abs(derive(coils) - spoken.motion)[:, :12]
        assert np.nanmax(error) < 0.6, "mm; the session need not begin on a sample"


def test_the_speed_of_playback_changes_the_duration_of_sound_and_motion(folder, monkeypatch):
    utterances = list(store.read(folder, Utterance, "M0003".__eq__))
    usual, fast = (new_speakers.session(utterances, quiet.params(speed=speed)) for speed in (0.0, 0.2))
    ratio = [len(one.sound) / len(other.sound) for one, other in zip(usual, fast, strict=True)]
    assert abs(np.log(ratio[0])) > 0.01
    assert ratio[1] == pytest.approx(ratio[0], abs=0.2), "one speed for a session; the margins of silence are drawn anew"
    assert all(len(one.motion) == len(one.sound) // 320 + 1 for one in fast)
