"""Print `loso.strangers` for the speakers that params.yaml lists: `python -m tools.groups [--size 4] [--ways 3]`."""

import argparse

from artinv.core.workspace import Workspace
from artinv.data.groups import divide
from artinv.runtime.errors import gate
from artinv.runtime.params import read_yaml


def main(workspace: Workspace) -> None:
    """Print the lines for section `loso` of params.yaml."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=4, help="speakers per group")
    parser.add_argument("--ways", type=int, default=3, help="number of different divisions into groups")
    args = parser.parse_args()
    speakers = read_yaml(workspace.params)["loso"]["speakers"]
    print("\n".join(["  strangers:", *(f"    - {group}" for group in divide(speakers, args.size, args.ways))]))


if __name__ == "__main__":
    with gate():
        main(Workspace())
