"""Synthetic speakers: lexicon, timing, gestures, articulation, recording and simulated faults."""

import numpy as np
import pytest
import torch
from scipy.signal import welch

from artinv.core import random_draws
from artinv.core.channels import COIL_COLUMNS
from artinv.synth.speaker.damage import Damage
from artinv.synth.speaker.gestures import Habits, follow, gestural_score
from artinv.synth.speaker.lexicon import LEXICON, Sentence, Word, sentence, spell
from artinv.synth.speaker.likeness import REAL_RANGES, excess
from artinv.synth.speaker.phones import GLIDING, PHONES, SYLLABIC
from artinv.synth.speaker.recorder import Articulograph, Microphone
from artinv.synth.speaker.recording import speak
from artinv.synth.speaker.speakers import Variability, make_speaker
from artinv.synth.speaker.timing import Pace, time_sentence
from artinv.synth.tract.anatomy import grid
from artinv.synth.tract.controls import CONTROLS, FRAME_RATE, RATE
from artinv.synth.tract.geometry import Geometry

ARPABET = {
    "aa", "ae", "ah", "ao", "aw", "ay", "eh", "er", "ey", "ih", "iy", "ow", "oy", "uh", "uw", "b", "ch", "d", "dh", "f", "g", "hh",
    "jh", "k", "l", "m", "n", "ng", "p", "r", "s", "sh", "t", "th", "v", "w", "y", "z", "zh",
}
LIST = [sentence("460", number) for number in range(1, 461)]
OBSTRUENTS = ("p", "b", "t", "d", "k", "g", "ch", "jh", "f", "v", "th", "dh", "s", "z", "sh", "zh")
RIDGE, VELUM = grid() > 2.5, (grid() > 1.7) & (grid() < 2.4)


@pytest.fixture(scope="module", params=["F03", "M02"])
def speaker(request):
    torch.set_num_threads(1)
    return make_speaker(request.param)


@pytest.fixture(scope="module")
def spoken(speaker):
    return [speak(speaker, sentence("460", number), number) for number in (1, 2)]


def articulated(speaker, numbers, stretch=1.0):
    """Yield labels and shapes of sentences, without sound."""
    geometry = Geometry(speaker.anatomy)
    for number in numbers:
        rng = random_draws.rng("test", number)
        timed = time_sentence(sentence("720", number), Pace(stretch=stretch), rng)
        controls = gestural_score(timed.segments, speaker.habits, rng).controls
        with torch.no_grad():
            yield timed.phones, geometry.shape(torch.from_numpy(controls.astype(np.float32)))


# phones and sentences

def test_the_phones_are_those_of_english():
    assert (set(PHONES) - {"sil"}) | set(GLIDING) == ARPABET
    assert {sound for parts in GLIDING.values() for sound, _ in parts} <= set(PHONES)
    assert all(phone.target.shape == phone.dominance.shape == (len(CONTROLS),) for phone in PHONES.values())


def test_every_word_has_known_phones_and_one_primary_stress():
    words = [word for words in LEXICON.values() for word in words] + [word for entry in LIST for word in entry.words]
    for word in words:
        assert {phone.rstrip("012") for phone in word.phones} <= ARPABET, word
        assert all((phone[-1] in "01") == (phone.rstrip("012") in SYLLABIC) for phone in word.phones), word
        assert word.text in ("the", "a") or sum(phone.endswith("1") for phone in word.phones) == 1, word


def test_sentences_of_a_list_are_distinct_and_reproducible():
    assert len({entry.text for entry in LIST}) == 460
    assert sentence("460", 7) == LIST[6] != sentence("720", 7)


def test_half_of_the_sentences_contain_real_words_only():
    known = {word.text for words in LEXICON.values() for word in words}
    framed = sum(all(word.text in known for word in entry.words) for entry in LIST)
    assert 0.4 < framed / len(LIST) < 0.6


def test_equal_spelling_means_equal_phones():
    sounds = {}
    for word in [word for words in LEXICON.values() for word in words] + [word for entry in LIST for word in entry.words]:
        plain = tuple(phone.rstrip("012") for phone in word.phones)
        assert sounds.setdefault(word.text, plain) == plain, word
    assert spell(("n", "g", "uh1")) != spell(("ng", "uh1"))
    assert spell(("t", "s", "hh", "iy1")) != spell(("t", "sh", "iy1"))


# timing and gestures

def test_labels_have_no_gaps_and_a_diphthong_has_one_label():
    timed = time_sentence(sentence("460", 2), Pace(), np.random.default_rng(0))
    assert timed.phones[0].start == 0
    assert timed.phones[-1].end == timed.seconds
    assert all(left.end == right.start for left, right in zip(timed.phones, timed.phones[1:], strict=False))
    assert timed.phones[0].text == timed.phones[-1].text == "sil"
    phones = [label.text for label in timed.phones if label.text != "sil"]
    assert phones == [phone for word in sentence("460", 2).words for phone in word.phones]
    assert [word.text for word in timed.words] == [word.text for word in sentence("460", 2).words]


def test_durations_depend_on_stress_position_and_pace():
    def seconds(stretch=1.0, *, function=False, vowel="iy1"):
        words = [Word("bid", ("b", vowel, "d"), function)] * 40
        phones = time_sentence(Sentence("", tuple(words)), Pace(stretch=stretch, pauses=0), np.random.default_rng(1)).phones[1:-1]
        return np.array([label.end - label.start for label in phones]).reshape(40, 3)

    normal = seconds()
    assert seconds(vowel="iy0")[:-1, 1].mean() / normal[:-1, 1].mean() == pytest.approx(1 / 1.25)
    assert seconds(function=True)[:-1, 0].mean() / normal[:-1, 0].mean() == pytest.approx(0.8)
    assert seconds(0.7).sum() / normal.sum() == pytest.approx(0.7)
    assert normal[-1, 2] / normal[:-1, 2].mean() > 1.1


def test_the_response_to_a_step_is_that_of_a_critically_damped_system():
    speed = 40.0
    clock = np.arange(200) / FRAME_RATE
    target = (clock > 0).astype(float)
    exact = 1 - (1 + speed * clock) * np.exp(-speed * clock)
    response = follow(target, speed)
    assert np.abs(response - exact).max() < 0.09  # the samples are 5 ms apart, a fifth of 1 / speed
    assert np.all(np.diff(response) >= 0)
    assert response[-1] == pytest.approx(1)


def test_a_control_that_no_phone_specifies_does_not_move():
    timed = time_sentence(LIST[0], Pace(), np.random.default_rng(0))
    no_jaw = Habits(dominance={name: np.where(np.array(CONTROLS) == "jaw", 0, phone.dominance) for name, phone in PHONES.items()})
    controls = gestural_score(timed.segments, no_jaw, np.random.default_rng(0)).controls
    assert np.ptp(controls[:, CONTROLS.index("jaw")]) == 0
    assert np.ptp(controls[:, CONTROLS.index("lh")]) > 1


def test_pitch_falls_over_a_sentence():
    ends = []
    for entry in LIST[:20]:
        timed = time_sentence(entry, Pace(), np.random.default_rng(2))
        pitch = gestural_score(timed.segments, Habits(pitch=100), np.random.default_rng(2)).pitch
        start, end = (round(time * FRAME_RATE) for time in (timed.segments[0].end, timed.segments[-1].start))
        third = (end - start) // 3
        ends.append((pitch[start:start + third].mean(), pitch[end - third:end].mean()))
    first, last = np.mean(ends, axis=0)
    assert 60 < last < 0.95 * first < 160


# articulation agrees with the labels

@pytest.mark.parametrize("stretch", [1.0, 0.75])
def test_stops_close_the_tract_and_only_nasals_open_the_port(speaker, stretch):
    nasals, count = ("m", "n", "ng"), 0
    for phones, shape in articulated(speaker, range(1, 13), stretch):
        for index, label in enumerate(phones):
            first, last = int(label.start * FRAME_RATE), int(np.ceil(label.end * FRAME_RATE))
            third = (last - first) // 3
            middle = slice(first + third, max(last - third, first + third + 1))
            text = label.text.rstrip("012")
            narrowest = {
                "lips": float(shape.lip_area[first:last].min()), "ridge": float(shape.area[first:last, RIDGE].min()),
                "velum": float(shape.area[first:last, VELUM].min()),
            }
            for sounds, place in (("p b m", "lips"), ("t d n ch jh", "ridge"), ("k g ng", "velum")):
                if text in sounds.split():
                    flap = label.end - label.start < 0.045
                    assert narrowest[place] < (0.3 if flap else 0.1), (label, narrowest)  # cm2
                    count += 1
            port = shape.port[middle]
            neighbours = [phones[place].text for place in (index - 1, index + 1) if 0 <= place < len(phones)]
            lowered_near = [neighbour in (*nasals, "sil") for neighbour in neighbours]
            if text in nasals:
                assert port.mean() > 0.06, label
            elif text in OBSTRUENTS and not all(lowered_near):
                assert shape.port[first:last].min() < 0.03, label
            elif text != "sil" and not any(lowered_near):
                assert port.max() < 0.08, label
    assert count > 80


# recordings

def test_a_recording_is_complete_and_reproducible(speaker, spoken):
    twin = make_speaker(speaker.name)
    for number, utterance in enumerate(spoken, 1):
        again = speak(twin, sentence("460", number), number)
        assert again.sound.tobytes() == utterance.sound.tobytes()
        assert again.coils.tobytes() == utterance.coils.tobytes()
        assert again.phones == utterance.phones
        assert utterance.sentence == sentence("460", number).text.lower().rstrip(".")
        assert (utterance.sound_rate, utterance.coil_rate) == (RATE, FRAME_RATE)
        assert abs(len(utterance.sound) / RATE - len(utterance.coils) / FRAME_RATE) < 1e-9
        assert 0 <= utterance.seconds - utterance.phones[-1].end < 0.02
        assert 0.2 < np.abs(utterance.sound).max() <= 1
    assert not np.array_equal(speak(speaker, sentence("460", 1), 2).sound[:1000], spoken[0].sound[:1000])


def test_coil_statistics_are_close_to_those_of_real_speakers(spoken, speaker):
    coils = np.concatenate([
        speak(speaker, sentence("720", number), number).coils[60:-60] for number in range(3, 11)
    ] + [utterance.coils[60:-60] for utterance in spoken])
    outside = excess(coils.mean(axis=0), coils.std(axis=0))
    assert outside.max() <= 0.25, dict(zip(REAL_RANGES, outside.round(2), strict=True))


def test_excess_is_measured_in_widths_of_the_real_range():
    mean, std = np.zeros(14), np.zeros(14)
    for column, (low, high, least, most) in REAL_RANGES.items():
        mean[COIL_COLUMNS.index(column)], std[COIL_COLUMNS.index(column)] = (low + high) / 2, (least + most) / 2
    assert excess(mean, std).max() == 0
    low, high, _, _ = REAL_RANGES["tb_x"]
    mean[COIL_COLUMNS.index("tb_x")] = high + 0.5 * (high - low)
    assert excess(mean, std)[list(REAL_RANGES).index("tb_x")] == pytest.approx([0.5, 0])


def test_without_variability_speakers_of_one_sex_are_equal_and_women_are_smaller():
    none = Variability(**dict.fromkeys(Variability.model_fields, 0))
    man, other_man, woman = make_speaker("M01", none), make_speaker("mjjn0", none), make_speaker("F01", none)
    assert man.anatomy == other_man.anatomy
    assert all(np.array_equal(man.habits.targets[name], other_man.habits.targets[name]) for name in PHONES)
    assert woman.anatomy.tract_mm < 0.9 * man.anatomy.tract_mm
    assert woman.habits.pitch > 1.5 * man.habits.pitch


def test_the_microphone_applies_its_tilt_and_its_noise():
    rng = np.random.default_rng(0)
    sound = rng.standard_normal(8 * RATE)
    plain, bright = (Microphone(tilt=tilt, highpass=1, snr=200).record(sound, RATE, rng) for tilt in (0, 9))
    frequency, ratio = welch(bright, RATE)[0], welch(bright, RATE)[1] / welch(plain, RATE)[1]
    slope = 10 * np.log10(ratio[np.searchsorted(frequency, 4000)] / ratio[np.searchsorted(frequency, 500)])
    assert slope == pytest.approx(9, abs=0.3)  # 3 dB an octave over three octaves
    clean, noisy = (Microphone(snr=snr).record(sound, RATE, np.random.default_rng(1)) for snr in (200, 20))
    assert 20 * np.log10(clean.std() / (noisy - clean).std()) == pytest.approx(20, abs=0.3)


def test_the_articulograph_rotates_shifts_and_drifts():
    coils = np.tile(np.array([10, 0], np.float32), (5, 7))
    quiet = Articulograph(rotation=90, shift=(1, 2), noise=0, wobble=0, drift=0, moved=(3, 0, -50))
    late, early = (quiet.record(coils, "s", order, np.random.default_rng(0)) for order in (4, 3))
    assert late.reshape(5, 7, 2)[0, 0] == pytest.approx([1, 12], abs=1e-5)
    assert early.reshape(5, 7, 2)[0, 0] == pytest.approx([1, -38], abs=1e-5)
    drifting = Articulograph(noise=0, wobble=0, drift=1)
    session = np.array([drifting.record(coils, "s", order, np.random.default_rng(0))[0] - coils[0] for order in range(400)])
    assert 0.4 < session.std() < 2
    assert np.abs(np.diff(session, axis=0)).max() < 0.6


def test_faults_have_the_specified_rates_and_durations():
    coils = np.zeros((400, 14), np.float32)
    damaged = [Damage(dropouts=0.2, spikes=0, reglued=0).afflict(coils, "s", order) for order in range(500)]
    gaps = np.array([np.isnan(utterance).any(axis=1).sum() for utterance in damaged])
    assert 0.14 < (gaps > 0).mean() < 0.26
    assert gaps[gaps > 0].min() >= 4
    assert gaps.max() <= 40
    assert max(np.isnan(utterance).any(axis=0).sum() for utterance in damaged) == 2
    spiked = Damage(dropouts=0, spikes=1, reglued=0).afflict(coils, "s", 1)
    jump = np.hypot(*spiked.reshape(400, 7, 2).transpose(2, 0, 1))
    assert 10 <= jump.max() <= 40
    assert 1 <= (jump > 0).sum() <= 3
    positions = np.array([Damage(dropouts=0, spikes=0, reglued=0.01).afflict(coils, "s", order)[0] for order in range(1, 200)])
    changes = (np.diff(positions, axis=0) != 0).any(axis=1).sum()
    assert 2 < changes < 30
    assert coils.max() == 0
