"""Repair one corpus' recordings, put them on one clock and reject what is unfit."""

import sys

from artinv.clean import CleanParams
from artinv.cleaning import clean_corpus
from artinv.errors import gate

if __name__ == "__main__":
    with gate():
        clean_corpus(sys.argv[1], CleanParams.load())
