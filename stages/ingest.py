"""Read the native files of one corpus into one record per sentence, and report read, missing and unreadable files."""

from artinv.data.ingest import IngestParams, ingest
from artinv.runtime.errors import arguments, gate

if __name__ == "__main__":
    with gate():
        (corpus,) = arguments("CORPUS")
        report = ingest(corpus, IngestParams.load())
        print(f"{corpus}: {report['utterances']} utterances of {len(report['speakers'])} speakers, {report['minutes']:.1f} minutes")
        print(f"{report['unreadable']} files cannot be read; metrics/ingest/{corpus}.csv lists missing and skipped files")
