"""Draw sheets of spectrograms, and write a page on which generated digits are heard beside recorded ones."""

from artinv.digits.choices import EvaluationParams, TrainParams
from artinv.digits.workspace import DigitsFiles
from artinv.runtime.errors import gate
from artinv.show.digits import write

if __name__ == "__main__":
    with gate():
        files = DigitsFiles()
        params, kinds = EvaluationParams.load(files.params), TrainParams.load(files.params).models
        paths = write(files.page, files.sounds, files.models, kinds, params)
        print(f"written:  {' '.join(map(str, paths))}")
