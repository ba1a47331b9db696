"""Let synthetic speakers say the digits; store sound and articulation."""

from artinv.digits.speech import SpeakParams, speak_digits
from artinv.digits.workspace import DigitsFiles
from artinv.runtime.errors import gate

if __name__ == "__main__":
    with gate():
        files = DigitsFiles()
        params = SpeakParams.load(files.params)
        count = speak_digits(params, files.spoken)
        print(f"{count} digits of {params.speakers} SYNTHETIC speakers")
