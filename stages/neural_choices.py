"""Check pipelines/neural/params.yaml as a whole before any other stage of the pipeline runs."""

from artinv.core.files import write_text
from artinv.neural.choices import check
from artinv.neural.workspace import NeuralFiles
from artinv.runtime.errors import gate

if __name__ == "__main__":
    with gate():
        files = NeuralFiles()
        check(files.params)
        write_text(files.choices, "pipelines/neural/params.yaml has been checked\n")
