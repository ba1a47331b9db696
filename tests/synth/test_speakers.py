import numpy as np
import pytest
import torch
from scipy.signal import welch

from artinv.core import dice
from artinv.core.channels import COIL_COLUMNS
from artinv.synth.speaker.damage import Damage
from artinv.synth.speaker.gestures import Habits, follow, score
from artinv.synth.speaker.lexicon import LEXICON, Sentence, Word, sentence, spell
from artinv.synth.speaker.likeness import REAL, excess
from artinv.synth.speaker.phones import GLIDING, PHONES, SYLLABIC
from artinv.synth.speaker.recorder import Articulograph, Microphone
from artinv.synth.speaker.recording import speak
from artinv.synth.speaker.speakers import Variability, make
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
    return make(request.param)


@pytest.fixture(scope="module")
def spoken(speaker):
    return [speak(speaker, sentence("460", number), number) for number in (1, 2)]


def moved(speaker, numbers, stretch=1.0):
    """Labels and shapes of sentences that are moved but not heard."""
    geometry = Geometry(speaker.anatomy)
    for number in numbers:
        rng = dice.rng("test", number)
        timed = time_sentence(sentence("720", number), Pace(stretch=stretch), rng)
        controls = score(timed.segments, speaker.habits, rng).controls
        with torch.no_grad():
            yield timed.phones, geometry.shape(torch.from_numpy(controls.astype(np.float32)))


# the inventory and the sentences

def test_the_inventory_is_that_of_english():
    assert (set(PHONES) - {"sil"}) | set(GLIDING) == ARPABET
    assert {sound for parts in GLIDING.values() for sound, _ in parts} <= set(PHONES)
    assert all(phone.target.shape == phone.dominance.shape == (len(CONTROLS),) for phone in PHONES.values())


def test_every_word_can_be_said_and_carries_one_main_stress():
    words = [word for words in LEXICON.values() for word in words] + [word for line in LIST for word in line.words]
    for word in words:
        assert {phone.rstrip("012") for phone in word.phones} <= ARPABET, word
        assert all((phone[-1] in "01") == (phone.rstrip("012") in SYLLABIC) for phone in word.phones), word
        assert word.text in ("the", "a") or sum(phone.endswith("1") for phone in word.phones) == 1, word


def test_a_list_has_no_sentence_twice_and_always_the_same_ones():
    assert len({line.text for line in LIST}) == 460
    assert sentence("460", 7) == LIST[6] != sentence("720", 7)


def test_half_of_the_lines_are_words_and_half_pseudo_words():
    known = {word.text for words in LEXICON.values() for word in words}
    framed = sum(all(word.text in known for word in line.words) for line in LIST)
    assert 0.4 < framed / len(LIST) < 0.6


def test_equal_spelling_is_equal_sound():
    sounds = {}
    for word in [word for words in LEXICON.values() for word in words] + [word for line in LIST for word in line.words]:
        plain = tuple(phone.rstrip("012") for phone in word.phones)
        assert sounds.setdefault(word.text, plain) == plain, word
    assert spell(("n", "g", "uh1")) != spell(("ng", "uh1"))
    assert spell(("t", "s", "hh", "iy1")) != spell(("t", "sh", "iy1"))


# timing and gestures

def test_labels_run_without_gaps_and_a_diphthong_is_one_label():
    timed = time_sentence(sentence("460", 2), Pace(), np.random.default_rng(0))
    assert timed.phones[0].start == 0
    assert timed.phones[-1].end == timed.seconds
    assert all(left.end == right.start for left, right in zip(timed.phones, timed.phones[1:], strict=False))
    assert timed.phones[0].text == timed.phones[-1].text == "sil"
    said = [label.text for label in timed.phones if label.text != "sil"]
    assert said == [phone for word in sentence("460", 2).words for phone in word.phones]
    assert [word.text for word in timed.words] == [word.text for word in sentence("460", 2).words]


def test_durations_follow_stress_position_and_pace():
    def seconds(stretch=1.0, *, function=False, vowel="iy1"):
        words = [Word("bid", ("b", vowel, "d"), function)] * 40
        phones = time_sentence(Sentence("", tuple(words)), Pace(stretch=stretch, pauses=0), np.random.default_rng(1)).phones[1:-1]
        return np.array([label.end - label.start for label in phones]).reshape(40, 3)

    normal = seconds()
    assert seconds(vowel="iy0")[:-1, 1].mean() / normal[:-1, 1].mean() == pytest.approx(1 / 1.25)
    assert seconds(function=True)[:-1, 0].mean() / normal[:-1, 0].mean() == pytest.approx(0.8)
    assert seconds(0.7).sum() / normal.sum() == pytest.approx(0.7)
    assert normal[-1, 2] / normal[:-1, 2].mean() > 1.1


def test_a_step_is_followed_as_a_critically_damped_system_does():
    speed = 40.0
    clock = np.arange(200) / FRAME_RATE
    plan = (clock > 0).astype(float)
    exact = 1 - (1 + speed * clock) * np.exp(-speed * clock)
    found = follow(plan, speed)
    assert np.abs(found - exact).max() < 0.09  # the samples are 5 ms apart, a fifth of 1 / speed
    assert np.all(np.diff(found) >= 0)
    assert found[-1] == pytest.approx(1)


def test_what_no_phone_asks_for_stays_put():
    timed = time_sentence(LIST[0], Pace(), np.random.default_rng(0))
    silent = Habits(dominance={name: np.where(np.array(CONTROLS) == "jaw", 0, phone.dominance) for name, phone in PHONES.items()})
    controls = score(timed.segments, silent, np.random.default_rng(0)).controls
    assert np.ptp(controls[:, CONTROLS.index("jaw")]) == 0
    assert np.ptp(controls[:, CONTROLS.index("lh")]) > 1


def test_pitch_falls_over_a_sentence():
    ends = []
    for line in LIST[:20]:
        timed = time_sentence(line, Pace(), np.random.default_rng(2))
        pitch = score(timed.segments, Habits(pitch=100), np.random.default_rng(2)).pitch
        start, end = (round(time * FRAME_RATE) for time in (timed.segments[0].end, timed.segments[-1].start))
        third = (end - start) // 3
        ends.append((pitch[start:start + third].mean(), pitch[end - third:end].mean()))
    first, last = np.mean(ends, axis=0)
    assert 60 < last < 0.95 * first < 160


# what the labels promise

@pytest.mark.parametrize("stretch", [1.0, 0.75])
def test_stops_close_and_the_velum_opens_for_nasals_alone(speaker, stretch):
    nasals, count = ("m", "n", "ng"), 0
    for phones, shape in moved(speaker, range(1, 13), stretch):
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
            lowered_near = [phones[near].text in (*nasals, "sil") for near in (index - 1, index + 1) if 0 <= near < len(phones)]
            if text in nasals:
                assert port.mean() > 0.06, label
            elif text in OBSTRUENTS and not all(lowered_near):
                assert shape.port[first:last].min() < 0.03, label
            elif text != "sil" and not any(lowered_near):
                assert port.max() < 0.08, label
    assert count > 80


# the recording chain

def test_a_recording_is_whole_and_the_same_every_time(speaker, spoken):
    twin = make(speaker.name)
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


def test_coils_move_as_those_of_real_speakers(spoken, speaker):
    coils = np.concatenate([
        speak(speaker, sentence("720", number), number).coils[60:-60] for number in range(3, 11)
    ] + [utterance.coils[60:-60] for utterance in spoken])
    outside = excess(coils.mean(axis=0), coils.std(axis=0))
    assert outside.max() <= 0.25, dict(zip(REAL, outside.round(2), strict=True))


def test_excess_counts_in_widths_of_the_real_range():
    mean, std = np.zeros(14), np.zeros(14)
    for column, (low, high, least, most) in REAL.items():
        mean[COIL_COLUMNS.index(column)], std[COIL_COLUMNS.index(column)] = (low + high) / 2, (least + most) / 2
    assert excess(mean, std).max() == 0
    low, high, _, _ = REAL["tb_x"]
    mean[COIL_COLUMNS.index("tb_x")] = high + 0.5 * (high - low)
    assert excess(mean, std)[list(REAL).index("tb_x")] == pytest.approx([0.5, 0])


def test_speakers_differ_by_name_and_seed_and_women_are_smaller():
    still = Variability(**dict.fromkeys(Variability.model_fields, 0))
    man, other_man, woman = make("M01", still), make("mjjn0", still), make("F01", still)
    assert man.anatomy == other_man.anatomy
    assert all(np.array_equal(man.habits.targets[name], other_man.habits.targets[name]) for name in PHONES)
    assert woman.anatomy.tract_mm < 0.9 * man.anatomy.tract_mm
    assert woman.habits.pitch > 1.5 * man.habits.pitch


def test_the_microphone_keeps_its_colour_and_its_noise():
    rng = np.random.default_rng(0)
    sound = rng.standard_normal(8 * RATE)
    plain, bright = (Microphone(tilt=tilt, highpass=1, snr=200).record(sound, RATE, rng) for tilt in (0, 9))
    frequency, ratio = welch(bright, RATE)[0], welch(bright, RATE)[1] / welch(plain, RATE)[1]
    slope = 10 * np.log10(ratio[np.searchsorted(frequency, 4000)] / ratio[np.searchsorted(frequency, 500)])
    assert slope == pytest.approx(9, abs=0.3)  # 3 dB an octave over three octaves
    clean, noisy = (Microphone(snr=snr).record(sound, RATE, np.random.default_rng(1)) for snr in (200, 20))
    assert 20 * np.log10(clean.std() / (noisy - clean).std()) == pytest.approx(20, abs=0.3)


def test_the_articulograph_turns_shifts_and_drifts():
    coils = np.tile(np.array([10, 0], np.float32), (5, 7))
    quiet = Articulograph(rotation=90, shift=(1, 2), noise=0, wobble=0, drift=0, moved=(3, 0, -50))
    late, early = (quiet.record(coils, "s", order, np.random.default_rng(0)) for order in (4, 3))
    assert late.reshape(5, 7, 2)[0, 0] == pytest.approx([1, 12], abs=1e-5)
    assert early.reshape(5, 7, 2)[0, 0] == pytest.approx([1, -38], abs=1e-5)
    drifting = Articulograph(noise=0, wobble=0, drift=1)
    session = np.array([drifting.record(coils, "s", order, np.random.default_rng(0))[0] - coils[0] for order in range(400)])
    assert 0.4 < session.std() < 2
    assert np.abs(np.diff(session, axis=0)).max() < 0.6


def test_damage_comes_at_its_rate_and_lasts_as_it_should():
    coils = np.zeros((400, 14), np.float32)
    lost = [Damage(dropouts=0.2, spikes=0, reglued=0).afflict(coils, "s", order) for order in range(500)]
    gaps = np.array([np.isnan(one).any(axis=1).sum() for one in lost])
    assert 0.14 < (gaps > 0).mean() < 0.26
    assert gaps[gaps > 0].min() >= 4
    assert gaps.max() <= 40
    assert max(np.isnan(one).any(axis=0).sum() for one in lost) == 2
    spiked = Damage(dropouts=0, spikes=1, reglued=0).afflict(coils, "s", 1)
    leap = np.hypot(*spiked.reshape(400, 7, 2).transpose(2, 0, 1))
    assert 10 <= leap.max() <= 40
    assert 1 <= (leap > 0).sum() <= 3
    levels = np.array([Damage(dropouts=0, spikes=0, reglued=0.01).afflict(coils, "s", order)[0] for order in range(1, 200)])
    jumps = (np.diff(levels, axis=0) != 0).any(axis=1).sum()
    assert 2 < jumps < 30
    assert coils.max() == 0
