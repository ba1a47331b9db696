"""Repair one corpus' recordings, put them on one clock and reject what is unfit."""

from artinv.clean import CleanParams
from artinv.cleaning import clean_corpus
from artinv.errors import arguments, gate

if __name__ == "__main__":
    with gate():
        clean_corpus(*arguments("CORPUS"), CleanParams.load())
