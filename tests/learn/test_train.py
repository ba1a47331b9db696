"""Test the training loop: reproducibility, learning rates, resuming and messages."""

import numpy as np
import pytest
import torch

from artinv.core.records import Frames
from artinv.learn import losses, models, training_state
from artinv.learn.batches import Pool
from artinv.learn.loop import halvings, learning_rates
from artinv.learn.train import TrainParams, evaluate, train
from artinv.learn.training_state import Epoch
from artinv.runtime.errors import BadData, BadParams
from tests.learn.test_models import SMALL

QUICK = {
    "model": "tcn", "epochs": 4, "batch_frames": 120, "lr": 3e-3, "schedule": "plateau", "halve_after": 1, "stop_after": 9,
    "alpha": 0.5, "clip": 1.0, "seed": 0, "threads": 1, "device": "cpu", "precision": "float32",
}


def params(**changes):
    return TrainParams.of({**QUICK, **changes})


def sizes(name):
    return models.get(name).Sizes.of(SMALL[name])


def corpus(count, seed=0, rate=100.0):
    """Return utterances whose motion is a smooth linear function of the acoustics, with some values missing."""
    random = np.random.default_rng(seed)
    mixing = np.random.default_rng(99).standard_normal((3, 18))
    utterances = []
    for number in range(count):
        length = int(random.integers(15, 40))
        acoustics = np.cumsum(random.standard_normal((length, 3)), 0) / 4
        motion = (acoustics @ mixing).astype(np.float32)
        motion[: length // 4, number % 18] = np.nan
        utterances.append(Frames(
            corpus="toy", speaker=f"s{number % 2}", name=f"{number}", order=number, sentence=f"{number}", part="train", rate=rate,
            acoustics=acoustics.astype(np.float32), motion=motion,
        ))
    return utterances


TRAINING, VALID = corpus(8), corpus(4, seed=1)


def weights(trained):
    return {key: value.numpy().tobytes() for key, value in trained.network.state_dict().items()}


@pytest.fixture(scope="module")
def plain():
    return train(params(), sizes("tcn"), TRAINING, VALID)


@pytest.mark.parametrize("name", SMALL)
def test_every_model_trains(name):
    trained = train(params(model=name, epochs=2), sizes(name), TRAINING, VALID)
    assert not trained.network.training
    assert len(trained.curve) == (1 if name in ("mean", "ridge") else 2)
    assert trained.best.valid == min(epoch.valid for epoch in trained.curve)
    assert trained.best.valid == pytest.approx(evaluate(trained.network, Pool(VALID), params()), rel=1e-6)
    assert trained.parameters == {"mean": 0, "ridge": 18 * (3 * 5 + 1)}.get(name, trained.parameters)


def test_training_lowers_the_loss(plain):
    untrained = models.build("tcn", sizes("tcn"), 3, 100.0)
    assert plain.best.valid < 0.8 * evaluate(untrained, Pool(VALID), params())


def test_equal_seeds_give_equal_bytes(plain):
    torch.rand(7)
    again = train(params(), sizes("tcn"), TRAINING, VALID)
    assert weights(again) == weights(plain)
    assert again.curve == plain.curve
    assert weights(train(params(seed=1), sizes("tcn"), TRAINING, VALID)) != weights(plain)


def test_equal_seeds_give_equal_bytes_on_two_threads():
    first, second = (train(params(model="strided", threads=2, epochs=1), sizes("strided"), TRAINING, VALID) for _ in range(2))
    assert weights(first) == weights(second)


def test_training_restores_global_settings():
    torch.manual_seed(5)
    before = torch.get_rng_state(), torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    train(params(epochs=1, model="mlp", threads=2), sizes("mlp"), TRAINING, VALID)
    assert torch.equal(torch.get_rng_state(), before[0])
    assert (torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()) == before[1:]


def test_a_linear_schedule_falls_to_0_over_all_epochs():
    chosen = params(schedule="linear", epochs=4, lr=1.0)
    curve = []
    rates = []
    for epoch in range(4):
        rates += learning_rates(chosen, curve, 5)
        curve.append(Epoch(epoch + 1, 1.0, 1.0, 0.0))
    np.testing.assert_allclose(rates, 1 - np.arange(20) / 20)
    trained = train(chosen.model_copy(update={"lr": 3e-3}), sizes("tcn"), TRAINING, VALID)
    assert [epoch.lr for epoch in trained.curve] == pytest.approx([3e-3 * share for share in (1, 0.75, 0.5, 0.25)])


def test_a_linear_schedule_ignores_the_validation_loss():
    trained = train(params(schedule="linear", epochs=6, stop_after=1, lr=0.3), sizes("tcn"), TRAINING, VALID)
    assert len(trained.curve) == 6
    assert len(train(params(epochs=6, stop_after=1, lr=0.3), sizes("tcn"), TRAINING, VALID).curve) < 6


@pytest.mark.parametrize(("name", "schedule"), [("bilstm", "linear"), ("tcn", "linear"), ("tcn", "plateau")])
@pytest.mark.parametrize("saved", [True, False])
def test_a_resumed_training_gives_the_same_bytes(name, schedule, saved, tmp_path, monkeypatch):
    state = tmp_path / "state"
    chosen = params(model=name, schedule=schedule, epochs=5)
    whole = train(chosen, sizes(name), TRAINING, VALID)
    write, calls = training_state.save, []

    def interrupt(*arguments):
        calls.append(len(calls))
        if saved or len(calls) < 3:
            write(*arguments)
        if len(calls) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(training_state, "save", interrupt)
    with pytest.raises(KeyboardInterrupt):
        train(chosen, sizes(name), TRAINING, VALID, state)
    assert [path.name for path in tmp_path.iterdir()] == ["state"]
    epochs = len(torch.load(state, weights_only=True)["curve"])
    assert epochs == (3 if saved else 2)
    calls += [0] * 9
    rest = train(chosen, sizes(name), TRAINING, VALID, state)
    assert weights(rest) == weights(whole)
    assert rest.curve == whole.curve
    assert len(calls) == 3 + 9 + 5 - epochs
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("change", ["params", "data", "sizes"])
def test_a_state_with_other_parameters_or_data_is_ignored(change, plain, tmp_path, monkeypatch):
    state = tmp_path / "state"
    write = training_state.save

    def interrupt(*arguments):
        write(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(training_state, "save", interrupt)
    other = {
        "params": (params(lr=1e-3), sizes("tcn"), TRAINING),
        "data": (params(), sizes("tcn"), corpus(8, seed=3)),
        "sizes": (params(), sizes("tcn").model_copy(update={"width": 9}), TRAINING),
    }[change]
    with pytest.raises(KeyboardInterrupt):
        train(*other, VALID, state)
    monkeypatch.setattr(training_state, "save", write)
    assert weights(train(params(), sizes("tcn"), TRAINING, VALID, state)) == weights(plain)


def test_a_start_is_continued_in_a_copy(plain):
    before = weights(plain)
    further = train(params(lr=1e-9, epochs=1), sizes("tcn"), TRAINING, VALID, start=plain.network)
    assert weights(plain) == before
    assert weights(further) != before
    for after, kept in zip(further.network.parameters(), plain.network.parameters(), strict=True):
        torch.testing.assert_close(after, kept, atol=1e-6, rtol=0)


def test_the_state_of_another_start_is_ignored(plain, tmp_path, monkeypatch):
    state, write = tmp_path / "state", training_state.save
    other = train(params(seed=5, epochs=1), sizes("tcn"), TRAINING, VALID)

    def interrupt(*arguments):
        write(*arguments)
        raise KeyboardInterrupt

    for start in (plain, other):
        with monkeypatch.context() as patch:
            patch.setattr(training_state, "save", interrupt)
            with pytest.raises(KeyboardInterrupt):
                train(params(), sizes("tcn"), TRAINING, VALID, state, start=start.network)
        resumed = train(params(), sizes("tcn"), TRAINING, VALID, state, start=other.network)
        assert weights(resumed) == weights(train(params(), sizes("tcn"), TRAINING, VALID, start=other.network))


@pytest.mark.parametrize("content", [
    b"", b"nonsense", b"PK\x03\x04 but no more", b"J", b"M", b"r", b"XH", b"G\xa5\xed5r\xe6",  # truncated pickles
])
def test_a_damaged_state_is_named(content, tmp_path):
    state = tmp_path / "state"
    state.write_bytes(content)
    with pytest.raises(BadData, match=r"state: is not a training state \(\w+\); delete it") as caught:
        train(params(), sizes("tcn"), TRAINING, VALID, state)
    assert "\n" not in str(caught.value)


def test_an_incomplete_state_is_named(tmp_path):
    torch.save({"curve": []}, tmp_path / "state")
    with pytest.raises(BadData, match="is not a training state"):
        train(params(), sizes("tcn"), TRAINING, VALID, tmp_path / "state")


def test_training_stops_early_and_returns_the_best_epoch():
    trained = train(params(model="mlp", epochs=60, stop_after=3, lr=0.05), sizes("mlp"), TRAINING, VALID)
    assert len(trained.curve) < 60
    assert len(trained.curve) == trained.best.epoch + 3
    assert trained.best.valid == pytest.approx(evaluate(trained.network, Pool(VALID), params()), rel=1e-6)


def test_the_learning_rate_is_halved_when_the_loss_stalls():
    curve = [Epoch(number + 1, 0, valid, 0) for number, valid in enumerate([5, 4, 4, 4, 4, 3, 3, 2, 2, 2])]
    assert [halvings(curve[:end], 2) for end in range(11)] == [0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2]


def test_the_curve_records_the_learning_rate():
    trained = train(params(model="mlp", epochs=12, lr=0.05, halve_after=1), sizes("mlp"), TRAINING, VALID)
    expected = [0.05 / 2 ** halvings(list(trained.curve[:end]), 1) for end in range(len(trained.curve))]
    assert [epoch.lr for epoch in trained.curve] == expected
    assert expected[-1] < 0.05


def test_the_loss_of_a_pool_does_not_depend_on_its_batches():
    network = models.build("tcn", sizes("tcn"), 3, 100.0)
    parts = [evaluate(network, Pool(TRAINING), params(batch_frames=frames)) for frames in (1, 150, 10_000)]
    assert parts == pytest.approx([parts[0]] * 3, rel=1e-5)
    batch = Pool(TRAINING).batch(range(8))
    whole = losses.combine(losses.terms(network(batch.acoustics, batch.lengths).detach(), batch.motion, batch.mask), 0.5)
    assert parts[0] == pytest.approx(float(whole), rel=1e-5)


def test_bfloat16_gives_a_similar_loss():
    trained = train(params(precision="bfloat16"), sizes("tcn"), TRAINING, VALID)
    exact = train(params(), sizes("tcn"), TRAINING, VALID)
    assert all(value.dtype == torch.float32 for value in trained.network.state_dict().values())
    assert trained.best.valid == pytest.approx(exact.best.valid, abs=0.1)


def test_invalid_training_input_is_named():
    with pytest.raises(BadData, match="no utterances to validate with; check `split`"):
        train(params(), sizes("tcn"), TRAINING, [])
    with pytest.raises(BadData, match=r"different frame rates \[50.0, 100.0\] Hz"):
        train(params(), sizes("tcn"), TRAINING, corpus(2, rate=50.0))
    with pytest.raises(BadParams, match=r"train.lr: training diverged in epoch \d"):
        train(params(model="mlp", lr=1e30), sizes("mlp"), TRAINING, VALID)
    if not torch.cuda.is_available():
        with pytest.raises(BadParams, match="'cuda' is not available"):
            train(params(device="cuda"), sizes("tcn"), TRAINING, VALID)
    with pytest.raises(BadParams, match=r"bad value 2.0 for 'train.alpha'"):
        params(alpha=2.0)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="CUDA kernels need a CUDA device; other tests cover training on the CPU")
@pytest.mark.parametrize("name", SMALL)
def test_training_on_cuda_is_reproducible(name):
    runs = [train(params(model=name, device="cuda", precision="auto", epochs=2), sizes(name), TRAINING, VALID) for _ in range(2)]
    assert weights(runs[0]) == weights(runs[1])
    assert all(value.device.type == "cpu" for value in runs[0].network.state_dict().values())
