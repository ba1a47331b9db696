"""The training loop equals a plain loop, byte by byte, for the networks of inversion and for any other batches and losses."""

import copy

import pytest
import torch

from artinv.learn import losses, models, training_state
from artinv.learn.batches import Pool
from artinv.learn.loop import LoopParams, descend, reproducible
from artinv.learn.train import evaluate, train
from artinv.signal.features import FeatureParams
from artinv.signal.warp import Warp
from tests.learn.test_train import TRAINING, VALID, params, sizes, weights
from tests.support.inverters import FEATURES

LOOP = {"epochs": 4, "lr": 0.05, "schedule": "plateau", "halve_after": 1, "stop_after": 9, "clip": 1.0, "seed": 3, "threads": 1,
        "device": "cpu", "precision": "float32"}


def plain(chosen, name, warp=None):
    """Train a network of inversion without the loop: the steps of Adam, one after another."""
    torch.manual_seed(chosen.seed)
    pool, valid = Pool(TRAINING), Pool(VALID)
    network = models.build(name, sizes(name), pool.width, TRAINING[0].rate)
    optimizer = torch.optim.Adam(network.parameters(), lr=chosen.lr)
    lowest, best = float("inf"), None
    for epoch in range(1, chosen.epochs + 1):
        batches = list(pool.batches(chosen.batch_frames, (chosen.seed, epoch)))
        network.train()
        for step, batch in enumerate(batches):
            optimizer.param_groups[0]["lr"] = chosen.lr * (1 - (epoch - 1 + step / len(batches)) / chosen.epochs)
            optimizer.zero_grad()
            acoustics = warp(batch.acoustics) if warp else batch.acoustics
            terms = losses.terms(network(acoustics, batch.lengths), batch.motion, batch.mask)
            losses.combine(terms, chosen.alpha).backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), chosen.clip)
            optimizer.step()
        if (loss := evaluate(network, valid, chosen)) < lowest:
            lowest, best = loss, copy.deepcopy(network.state_dict())
    return {key: value.numpy().tobytes() for key, value in best.items()}


@pytest.mark.parametrize("name", ["bilstm", "strided", "tcn"])
def test_training_equals_a_plain_loop_byte_by_byte(name):
    chosen = params(model=name, schedule="linear", epochs=3)
    with torch.random.fork_rng():
        expected = plain(chosen, name)
    assert weights(train(chosen, sizes(name), TRAINING, VALID)) == expected


def line(seed=0, count=64):
    """Return points of a line with noise."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.rand(count, 1, generator=generator)
    return x, 2 * x - 1 + 0.01 * torch.randn(count, 1, generator=generator)


def fit(chosen, state=None, mark=""):
    """Fit a line by the loop, with batches and a loss of the test's own."""
    x, y = line()
    with reproducible(chosen):
        network = torch.nn.Linear(1, 1)

        def terms(rows):
            error = network(x[rows]) - y[rows]
            return torch.stack([error.square().sum(), torch.tensor(float(len(rows)))])

        return descend(
            network, chosen, batches=lambda epoch: list(torch.arange(64).roll(epoch).split(8)), terms=terms, state=state, mark=mark,
            combine=lambda sums: sums[0] / sums[1], validate=lambda: float((network(x) - y).detach().square().mean()),
        )


def test_a_network_of_another_kind_learns_and_the_curve_holds_its_losses():
    trained = fit(LoopParams.of(LOOP | {"epochs": 60}))
    assert trained.best.valid < 1e-3
    x, y = line()
    assert float((trained.network(x) - y).detach().square().mean()) == pytest.approx(trained.best.valid)
    assert trained.curve[0].train > 10 * trained.best.train
    solution = torch.linalg.lstsq(torch.cat([x, torch.ones_like(x)], 1), y).solution.flatten()
    found = torch.cat([trained.network.weight.flatten(), trained.network.bias]).detach()
    assert torch.allclose(found, solution, atol=0.02)


def test_an_interrupted_run_resumes_to_equal_bytes_and_one_with_another_mark_starts_again(tmp_path, monkeypatch):
    chosen, state = LoopParams.of(LOOP), tmp_path / "state"
    whole, write = fit(chosen), training_state.save

    def interrupt(*arguments):
        write(*arguments)
        raise KeyboardInterrupt

    for mark, epochs in (("same", 3), ("other", 4)):
        monkeypatch.setattr(training_state, "save", interrupt)
        with pytest.raises(KeyboardInterrupt):
            fit(chosen, state, "same")
        calls = []
        monkeypatch.setattr(training_state, "save", lambda *arguments, calls=calls: calls.append(write(*arguments)))
        again = fit(chosen, state, mark)
        assert len(calls) == epochs
        assert weights(again) == weights(whole)
        assert not state.exists()


def test_a_warp_is_drawn_in_every_step_as_in_a_plain_loop():
    """The random state inside the loop is that of the seed, so that random changes of a batch are reproducible."""
    warp = Warp.of(FeatureParams.of(FEATURES | {"n_mfcc": 3, "n_mels": 6, "deltas": 0}), torch.ones(3).numpy(), 0.2)
    chosen = params(model="tcn", schedule="linear", epochs=2)
    with torch.random.fork_rng():
        expected = plain(chosen, "tcn", warp)
    trained = weights(train(chosen, sizes("tcn"), TRAINING, VALID, warp=warp))
    assert trained == expected
    assert trained != weights(train(chosen, sizes("tcn"), TRAINING, VALID))
