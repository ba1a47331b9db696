"""Check pipelines/digits/params.yaml as a whole before any other stage of the pipeline runs."""

from artinv.core.files import write_text
from artinv.digits.choices import check
from artinv.digits.workspace import DigitsFiles
from artinv.runtime.errors import gate

if __name__ == "__main__":
    with gate():
        files = DigitsFiles()
        check(files.params)
        write_text(files.choices, "pipelines/digits/params.yaml has been checked\n")
