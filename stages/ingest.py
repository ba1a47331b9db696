"""Read the native files of one corpus into one record per sentence, and report read, missing and unreadable files."""

from artinv.core.workspace import Workspace
from artinv.data.ingest import IngestParams, ingest
from artinv.runtime.errors import arguments, gate

if __name__ == "__main__":
    with gate():
        (corpus,) = arguments("CORPUS")
        workspace = Workspace()
        report = ingest(corpus, IngestParams.load(workspace.params), workspace)
        print(f"{corpus}: {report['utterances']} utterances of {len(report['speakers'])} speakers, {report['minutes']:.1f} minutes")
        table = workspace.ingest_metrics / f"{corpus}.csv"
        print(f"{report['unreadable']} files cannot be read; {table} lists missing and skipped files")
