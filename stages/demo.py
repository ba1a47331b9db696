"""Speak a synthetic corpus and write it in its native format."""

import sys

from artinv import demo
from artinv.errors import gate

if __name__ == "__main__":
    with gate():
        count = demo.write(sys.argv[1], f"data/demo/{sys.argv[1]}", demo.DemoParams.load())
        print(f"{sys.argv[1]}: {count} synthetic utterances")
