"""Read one corpus' native files into one record per sentence, and tell what was found, missing and unreadable."""

from artinv.data.ingest import IngestParams, ingest
from artinv.runtime.errors import arguments, gate

if __name__ == "__main__":
    with gate():
        (corpus,) = arguments("CORPUS")
        seen = ingest(corpus, IngestParams.load())
        print(f"{corpus}: {seen['utterances']} utterances of {len(seen['speakers'])} speakers, {seen['minutes']:.1f} minutes")
        print(f"{seen['unreadable']} files cannot be read; what is missing or skipped stands in metrics/ingest/{corpus}.csv")
