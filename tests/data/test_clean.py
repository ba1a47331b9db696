from dataclasses import asdict, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artinv.core.records import Label, Rejected
from artinv.data.clean import CleanParams, clean
from artinv.data.frames import features
from artinv.runtime.errors import BadParams
from tests.support import corpora, recordings, toys
from tests.support.speech import CLEAN, FEATURES, changed, coils_at, talk
from tools.deps import CHOICES


def true_coils(cleaned, start, seed=0):
    return coils_at(start + np.arange(len(cleaned.coils)) / 100, seed)[:, :12]


def error(cleaned, start, seed=0, edge=10):
    return np.nanmax(np.abs(cleaned.coils[:, :12] - true_coils(cleaned, start, seed))[edge:-edge])


@pytest.mark.parametrize(("sound_rate", "coil_rate"), [(16000, 500), (16000, 200), (22050, 97.5), (20000, 100.08), (44100, 100)])
def test_sound_and_motion_are_synchronized(sound_rate, coil_rate):
    cleaned, report = clean(talk(sound_rate=sound_rate, coil_rate=coil_rate), CLEAN)
    assert (cleaned.sound_rate, cleaned.coil_rate, cleaned.coil_start) == (16000, 100, 0)
    assert len(cleaned.coils) == 1 + len(cleaned.sound) // 160 == 161
    assert error(cleaned, 0.2) < 0.1
    assert report.kept == cleaned.seconds == pytest.approx(1.6)
    assert (report.false, report.bridged, report.masked, report.ends) == (0, 0, 0, "phones")
    assert np.isnan(cleaned.coils[:, 12:]).all()
    assert cleaned.phones == (Label("sil", 0, pytest.approx(0.1)), Label("AA1", pytest.approx(0.1), 1.5), Label("sp", 1.5, 1.6))


@pytest.mark.parametrize("start", [0.0137, 0.25, 0.6])
def test_motion_that_starts_after_the_sound_keeps_its_time(start):
    cleaned, _ = clean(talk(coil_start=start), CLEAN)
    first = max(0.2, np.ceil(start * 100) / 100)
    assert len(cleaned.coils) == 1 + round((1.8 - first) * 100)
    assert error(cleaned, first) < 0.1
    assert cleaned.phones[0].text == ("sil" if start < 0.3 else "AA1")


def test_a_lag_is_reported_and_removed_only_if_the_parameters_name_it():
    utterance = talk(3.0, (0.2, 2.8), lag=0.05)
    cleaned, report = clean(utterance, CLEAN)
    assert error(cleaned, 0.1 - 0.05) < 0.1
    assert report.lag == pytest.approx(0.05, abs=0.02)
    assert report.explained > 0.3
    cleaned, report = clean(utterance, changed(CLEAN, lags={"hprc/F01": 0.05}))
    assert error(cleaned, 0.1) < 0.1
    assert report.lag == pytest.approx(0.0, abs=0.02)


def test_only_utterances_named_under_exclude_are_excluded():
    utterance = talk()
    record, report = clean(utterance, changed(CLEAN, exclude=[utterance.id]))
    assert isinstance(record, Rejected)
    assert (report.fault, report.kept) == ("excluded", 0)
    others = changed(CLEAN, exclude=[f"{utterance.id}x", f"hprc/F02/{utterance.name}"])
    report_with_others, report = (asdict(clean(utterance, params)[1]) for params in (others, CLEAN))
    np.testing.assert_equal(report_with_others, report)


@pytest.mark.parametrize(("key", "value"), [
    ("exclude", ["hprc/F01"]), ("exclude", ["hrpc/F01/F01_1"]), ("exclude", ["hprc/F01/a/b"]), ("lags", {"F01": 0.1}),
    ("lags", {"HPRC/F01": 0.1}),
])
def test_names_of_the_wrong_form_are_rejected(key, value):
    (name,) = value
    with pytest.raises(BadParams, match=f"{key} has '{name}'; write corpus/speaker.*one of hprc, mngu0, mocha"):
        changed(CLEAN, **{key: value})


@pytest.mark.parametrize("gap", [0.01, 0.05, 0.1])
def test_short_dropouts_are_interpolated(gap):
    utterance = talk()
    length = round(gap * 200)
    utterance.coils[200:200 + length, 4] = np.nan
    cleaned, report = clean(utterance, CLEAN)
    assert (report.bridged, report.masked) == (length, 0)
    assert error(cleaned, 0.2) < (0.1 if gap < 0.1 else 2)


@pytest.mark.parametrize("gap", [0.11, 0.5])
def test_long_dropouts_remain_unknown_and_are_counted(gap):
    utterance = talk()
    length = round(gap * 200)
    utterance.coils[150:150 + length, 4] = np.nan
    cleaned, report = clean(utterance, CLEAN)
    assert (report.bridged, report.masked) == (0, length)
    times = np.arange(161) / 100 + 0.2
    np.testing.assert_array_equal(np.isnan(cleaned.coils[:, 4]), (times > 0.745) & (times < 0.75 + gap - 0.004))
    complete, _ = clean(talk(), CLEAN)
    np.testing.assert_array_equal(np.delete(cleaned.coils, 4, axis=1), np.delete(complete.coils, 4, axis=1))


def test_a_completely_lost_coil_does_not_affect_the_others():
    utterance = talk()
    utterance.coils[:, 0:2] = np.nan
    cleaned, report = clean(utterance, CLEAN)
    assert np.isnan(cleaned.coils[:, :2]).all()
    assert np.isfinite(cleaned.coils[:, 2:12]).all()
    assert (report.samples, report.masked) == (10 * len(utterance.coils), 0)


def test_lost_samples_at_the_ends_remain_unknown():
    utterance = talk()
    utterance.coils[:100, 7] = np.nan
    cleaned, report = clean(utterance, CLEAN)
    np.testing.assert_array_equal(np.isnan(cleaned.coils[:, 7]), np.arange(161) < 30)
    assert report.masked == 100


@pytest.mark.parametrize("coil_rate", [100, 200, 500])
def test_spikes_are_removed_and_interpolated(coil_rate):
    utterance = talk(coil_rate=coil_rate)
    for channel, second in enumerate(np.linspace(0.5, 1.5, 12)):
        utterance.coils[round(second * coil_rate), channel] += 40
    cleaned, report = clean(utterance, CLEAN)
    assert (report.false, report.bridged) == (12, 12)
    assert error(cleaned, 0.2) < 0.25


def test_without_labels_the_endpoints_come_from_the_sound():
    cleaned, report = clean(talk(phones=(), words=(), snr_db=20), CLEAN)
    assert report.ends == "sound"
    assert cleaned.seconds == pytest.approx(1.6, abs=0.1)
    words, report = clean(talk(phones=(), words=(Label("one", 0.3, 1.7),)), CLEAN)
    assert report.ends == "words"
    assert words.seconds == pytest.approx(1.6)
    assert words.words == (Label("one", pytest.approx(0.1), pytest.approx(1.5)),)


def test_labels_of_another_recording_are_removed():
    wrong = (Label("AA1", 0.0, 0.6), Label("K", 0.6, 0.8))
    cleaned, report = clean(talk(3.0, (1.0, 2.5), phones=wrong, words=wrong), CLEAN)
    assert report.ends == "misfit"
    assert cleaned.phones == cleaned.words == ()
    assert "labels" in cleaned.notes[-1]
    assert cleaned.seconds == pytest.approx(1.7, abs=0.12)


@pytest.mark.parametrize(("start", "ends"), [(0.7, "misfit"), (0.9, "phones")])
def test_labels_are_kept_if_half_of_their_time_is_speech(start, ends):
    labels = (Label("AA1", start - 0.4, start + 0.8),)  # the sound has speech from 1 s on
    cleaned, report = clean(talk(3.0, (1.0, 2.5), phones=labels, words=()), CLEAN)
    assert report.ends == ends
    assert bool(cleaned.phones) == (ends == "phones")


@pytest.mark.parametrize(("rate", "coil_rate", "hertz"), [(100, 40, 16), (25, 200, 10), (100, 200, 20)])
def test_the_cutoff_is_at_most_0_4_of_both_rates(rate, coil_rate, hertz):
    wavy, plain = talk(coil_rate=coil_rate), talk(coil_rate=coil_rate)
    times = np.arange(len(wavy.coils)) / coil_rate
    wavy.coils[:, 0] += np.cos(2 * np.pi * hertz * (times - 0.2)).astype(np.float32)
    params = changed(CLEAN, rate=rate, lowpass=10 if rate == 25 else 20)
    remaining = clean(wavy, params)[0].coils[:, 0] - clean(plain, params)[0].coils[:, 0]
    wave = np.cos(2 * np.pi * hertz * np.arange(len(remaining)) / rate)
    assert (remaining @ wave / (wave @ wave)) == pytest.approx(0.5, abs=0.05)  # 6 dB down


def test_labels_are_cut_off_at_the_end_of_the_motion():
    utterance = talk()
    cleaned, _ = clean(replace(utterance, coils=utterance.coils[:301]), CLEAN)  # 1.5 s
    assert cleaned.seconds == pytest.approx(1.3)
    assert cleaned.phones[-1] == Label("AA1", pytest.approx(0.1), pytest.approx(1.3))
    slow = talk(coil_rate=100)
    cleaned, _ = clean(replace(slow, coils=slow.coils[:151]), CLEAN)  # the last sample at 1.5 s
    assert np.isfinite(cleaned.coils[:, :12]).all()
    assert len(cleaned.coils) == 131


@pytest.mark.parametrize("corpus", corpora.names())
def test_every_corpus_has_the_same_low_pass_by_default(corpus):
    """With the default of params.yaml, motion at 16 Hz is removed and motion at 4 Hz remains."""
    default = CleanParams.load(CHOICES)
    plain = clean(talk(corpus=corpus), default)[0].coils[20:-20, 0]
    for hertz, amplitude in ((16, 0.0), (4, 1.0)):
        jitter = talk(corpus=corpus)
        jitter.coils[:, 0] += np.sin(2 * np.pi * hertz * np.arange(len(jitter.coils)) / 200).astype(np.float32)
        assert np.abs(clean(jitter, default)[0].coils[20:-20, 0] - plain).max() == pytest.approx(amplitude, abs=0.02)


def test_cleaning_does_not_change_its_input():
    utterance = talk()
    utterance.coils[100:103, 2] = np.nan
    before = utterance.sound.copy(), utterance.coils.copy()
    clean(utterance, CLEAN)
    np.testing.assert_array_equal(utterance.sound, before[0])
    np.testing.assert_array_equal(utterance.coils, before[1])


@settings(max_examples=60)
@given(st.data())
def test_any_utterance_is_cleaned_consistently_or_rejected_with_a_reason(data):
    """For any length, rate, start, loss and labels, sound and coils match, and labels lie within the sound."""
    draw = data.draw
    samples, sound_rate = draw(st.integers(2000, 30000)), draw(st.sampled_from([8000, 16000, 22050]))
    coil_rate = draw(st.sampled_from([97.5, 100.08, 200]))
    frames = int(samples / sound_rate * coil_rate * draw(st.floats(0.7, 1.2)))
    generator = np.random.default_rng(draw(st.integers(0, 99)))
    coils = np.cumsum(generator.standard_normal((frames, 14)), axis=0)
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, 300))
        coils[start:start + draw(st.integers(1, 200)), draw(st.integers(0, 13)):draw(st.integers(1, 14))] = np.nan
    times = sorted(draw(st.lists(st.floats(0, samples / sound_rate + 0.2), min_size=3, max_size=3)))
    utterance = replace(
        toys.utterance(), sound=generator.uniform(-0.5, 0.5, samples).astype(np.float32), sound_rate=sound_rate,
        coils=coils.astype(np.float32), coil_rate=coil_rate, coil_start=draw(st.sampled_from([0, 0.013, 0.2])),
        phones=(Label("sil", *times[:2]), Label("a", *times[1:])),
    )
    record, report = clean(utterance, changed(CLEAN, limits={**CLEAN.limits.model_dump(), "min_seconds": 0.05, "min_overlap": 0.5}))
    assert report.bridged + report.masked <= report.samples
    if isinstance(record, Rejected):
        assert ": " in record.reason
        return
    assert len(record.coils) == 1 + len(record.sound) // 160
    assert all(0 <= label.start < label.end <= record.seconds for label in record.phones)
    assert features(record, FEATURES if len(record.coils) > 8 else changed(FEATURES, deltas=0)).id == utterance.id


@pytest.mark.parametrize(("values", "message"), [
    ({"rate": 99}, "must divide 16000"), ({"lowpass": 41}, "must not exceed 40 Hz"), ({"max_gap": -1}, "clean.max_gap"),
    ({"limits": {"min_seconds": 1}}, "clean.limits.min_level_db"), ({"lowpass": 0}, "clean.lowpass"),
    ({"spike_mm": 0}, "clean.spike_mm"), ({"spike_ratio": 0}, "clean.spike_ratio"), ({"max_speed": 0}, "clean.max_speed"),
    ({"lowpass": None}, "clean.lowpass"),
    ({"margin": -0.1}, "clean.margin"), ({"max_rejected": -0.1}, "clean.max_rejected"),
    ({"max_rejected": 1.1}, "clean.max_rejected"), ({"rate": 0}, "clean.rate"),
])
def test_bad_parameters_are_rejected(values, message):
    with pytest.raises(BadParams, match=message):
        changed(CLEAN, **values)


def test_parameters_at_their_limits_are_accepted():
    least = {"max_gap": 0.0, "spike_mm": 0.1, "spike_ratio": 0.1, "max_speed": 0.1, "margin": 0.0, "max_rejected": 0.0}
    assert changed(CLEAN, rate=1, lowpass=0.4, **least).max_gap == 0
    assert changed(CLEAN, lowpass=40, max_rejected=1.0).lowpass == 40


@recordings.needed
def test_a_real_recording_is_cleaned():
    mocha = corpora.get("mocha")
    (utterance,) = mocha.read(mocha.find(recordings.MOCHA).sources[0])
    cleaned, report = clean(utterance, changed(CLEAN, lowpass=10))
    assert (report.false, report.masked, report.ends) == (0, 0, "phones")
    assert abs(report.lag) < 0.03
    assert 1.4 < cleaned.seconds < 1.7
    unlabelled, report = clean(replace(utterance, phones=(), words=()), CLEAN)
    assert report.ends == "sound"
    assert unlabelled.seconds == pytest.approx(cleaned.seconds, abs=0.3)
