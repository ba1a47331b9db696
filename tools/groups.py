"""Print `loso.strangers` for the speakers that params.yaml lists: `python -m tools.groups [--size 4] [--ways 3]`."""

import argparse

from artinv.data.groups import divide
from artinv.runtime.errors import gate
from artinv.runtime.params import PARAMS_FILE, read_yaml


def main() -> None:
    """Lines to put under `loso` in params.yaml."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=4, help="speakers of a group")
    parser.add_argument("--ways", type=int, default=3, help="in how many ways all speakers are divided")
    args = parser.parse_args()
    speakers = read_yaml(PARAMS_FILE)["loso"]["speakers"]
    print("\n".join(["  strangers:", *(f"    - {group}" for group in divide(speakers, args.size, args.ways))]))


if __name__ == "__main__":
    with gate():
        main()
