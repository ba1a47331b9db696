"""Train the classifier by which all sounds are judged, and score it."""

from artinv.digits.fitting import fit_yardstick
from artinv.digits.results import yardstick_line
from artinv.digits.workspace import DigitsFiles
from artinv.digits.yardstick import YardstickParams
from artinv.runtime.errors import gate

if __name__ == "__main__":
    with gate():
        files = DigitsFiles()
        scores = fit_yardstick(files.sounds, YardstickParams.load(files.params), files.yardstick)
        scores.write(files.yardstick_scores)
        print(yardstick_line(scores))
