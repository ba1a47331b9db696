"""Fit the model, and ridge regression beside it, on the train set."""

from dataclasses import astuple
from pathlib import Path

from artinv.dataset import load, load_stats
from artinv.errors import gate
from artinv.features import FeatureParams
from artinv.files import write_json, write_text
from artinv.models import ModelParams
from artinv.normalize import average
from artinv.predict import Inverter
from artinv.splits import Split, speakers_of
from artinv.train import TrainParams, train

if __name__ == "__main__":
    with gate():
        params, models, features = TrainParams.load(), ModelParams.load(), FeatureParams.load()
        split = Split.load("data/split.json")
        training, valid = load(split.train), load(split.valid)
        mean, std = average(load_stats(speakers_of(split.train)).values())
        metrics = {}
        for name, file in (("ridge", "ridge"), (params.model, "inverter")):
            sizes = models.sizes(name)
            chosen = params.model_copy(update={"model": name})
            trained = train(chosen, sizes, training, valid, Path(f"models/.{file}.state"))
            Inverter(
                model=name, sizes=sizes, n_in=training[0].acoustics.shape[1], rate=training[0].rate, network=trained.network,
                features=features.model_dump(), statistics={"mean": mean, "std": std},
            ).save(f"models/{file}.safetensors")
            metrics[file] = {
                "epochs": len(trained.curve), "best_epoch": trained.best.epoch, "train_loss": trained.best.train,
                "valid_loss": trained.best.valid, "parameters": trained.parameters,
            }
        rows = [f"{epoch},{losses[0]:.6f},{losses[1]:.6f},{losses[2]:g}" for epoch, *losses in map(astuple, trained.curve)]
        write_text("plots/loss.csv", "\n".join(["epoch,train,valid,lr", *rows]) + "\n")
        write_json("metrics/train.json", metrics)
        print(f"{params.model}: validation loss {trained.best.valid:.4f} in epoch {trained.best.epoch} of {len(trained.curve)}")
