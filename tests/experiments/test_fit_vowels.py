"""The fit of vowels scores the speakers that its tables describe."""

from importlib.util import find_spec, module_from_spec

import numpy as np
import pytest

from artinv.synth.speaker import habits, phones
from artinv.synth.speaker.vowels import FORMANTS, VOWELS
from artinv.synth.tract.anatomy import MALE
from artinv.synth.tract.controls import CONTROL
from experiments.fit_vowels import Goals, adopt
from experiments.people import real_vowels


@pytest.fixture(autouse=True)
def _tables_restored():
    tables = {name: (VOWELS[name].copy(), phones.PHONES[name].target.copy()) for name in VOWELS}
    formants = {sex: dict(hertz) for sex, hertz in FORMANTS.items()}
    yield
    for name, (controls, target) in tables.items():
        VOWELS[name][:], phones.PHONES[name].target[:] = controls, target
    for sex, hertz in formants.items():
        FORMANTS[sex].update(hertz)


def test_after_adoption_speakers_are_those_of_a_new_process_with_the_adopted_tables():
    names = real_vowels().names
    before = habits.personal((0, "M02"), MALE, 1.2, 3.0)[0]
    controls = np.array([VOWELS[name] for name in names])
    controls[:, CONTROL["jaw"]] += 1.0
    goals = Goals(np.empty(0), {sex: np.array([FORMANTS[sex][name] for name in names], float) for sex in FORMANTS})
    adopt(names, controls, goals)
    spec = find_spec(habits.__name__)
    imported_now = module_from_spec(spec)
    spec.loader.exec_module(imported_now)
    own, expected = (module.personal((0, "M02"), MALE, 1.2, 3.0)[0] for module in (habits, imported_now))
    for name, target in expected.items():
        np.testing.assert_array_equal(own[name], target, err_msg=name)
    assert own["t"][CONTROL["jaw"]] != before["t"][CONTROL["jaw"]], "the mean jaw of the vowels pulls at consonants"
