"""A yardstick that has learned toy digits, and untrained generators of all kinds."""

import pytest
import torch

from artinv.digits import yardstick
from artinv.digits.generators import KINDS, Model, build, phases_of
from tests.support import toy_digits


@pytest.fixture(autouse=True, scope="package")
def one_thread_each():
    """Compute on one thread."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="package")
def judge(one_thread_each):
    """Return a yardstick that has learned toy digits."""
    return yardstick.fit(toy_digits.clips(), toy_digits.clips(2, 1), toy_digits.yardstick_params())[0]


@pytest.fixture(scope="package")
def models():
    """Return an untrained generator of each kind."""
    made = {}
    for kind in KINDS:
        with torch.random.fork_rng():
            torch.manual_seed(1)
            sampler = build(kind, 4, 8 if kind == "flow" else 0)
        if kind in ("cwgan3", "cwgan4"):
            sampler.phases.copy_(phases_of(toy_digits.clips()))
        made[kind] = Model(kind, sampler.eval(), {"origin": "synthetic"})
    return made
