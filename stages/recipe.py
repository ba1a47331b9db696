"""Write down what all folds have in common, code and choices: `python -m stages.recipe SCRIPT`.

A fold depends on this one file instead of on some forty, and the lock of all folds, which DVC reads at every command, is short.
"""

import hashlib
from pathlib import Path

from artinv.errors import arguments, gate
from artinv.files import write_json
from artinv.params import read_yaml

if __name__ == "__main__":
    with gate():
        (script,) = arguments("SCRIPT")
        stage, choices = read_yaml(Path("pipelines/loso/dvc.yaml"))["stages"][f"{script}_recipe"], read_yaml(Path("params.yaml"))
        write_json(f"data/loso/recipe/{script}.json", {
            "code": {path: hashlib.sha256(Path(path).read_bytes()).hexdigest() for path in stage["deps"]},
            "choices": {key: choices[key] for key in stage["params"]},
        })
