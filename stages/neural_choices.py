"""Check pipelines/neural/params.yaml as a whole before any other stage of the pipeline runs."""

from artinv.core.files import write_text
from artinv.neural.choices import check
from artinv.neural.workspace import Places
from artinv.runtime.errors import gate

if __name__ == "__main__":
    with gate():
        places = Places()
        check(places.params)
        write_text(places.choices, "pipelines/neural/params.yaml has been checked\n")
