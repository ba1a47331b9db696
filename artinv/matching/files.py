"""Write a matched sound: settings and distances as JSON and CSV, the imitation as WAV."""

from pathlib import Path

from artinv.core.files import write_json, write_text
from artinv.formats import sound
from artinv.matching.match import Match, Piece
from artinv.matching.matcher import Matcher


def write(folder: Path, name: str, match: Match, matcher: Matcher) -> list[Path]:
    """Write the files of a sound into a folder, and return them."""
    spec = matcher.synthesizer.spec
    paths = [folder / f"{name}_match.{ending}" for ending in ("json", "csv", "wav")]
    write_json(paths[0], {
        "synth": matcher.synth, "network": matcher.network, "trained_on": matcher.provenance, "sample_rate": matcher.sample_rate,
        "seconds": matcher.seconds, "notes": match.notes, "parameters": {each.name: each.unit for each in spec},
        "pieces": [
            {"start": piece.start, "gain_db": piece.gain, "distance_before": piece.before, "distance_after": piece.after,
             "correlation": piece.correlation,
             "settings": {each.name: _setting(piece, number) for number, each in enumerate(spec)}}
            for piece in match.pieces
        ],
    })
    facts = ["start_s", "time_s", "gain_db", "distance_before_db", "distance_after_db", "correlation"]
    columns = [*facts, *(f"{each.name}_{each.unit}" if each.unit else each.name for each in spec)]
    rows = [_row(piece, point, matcher) for piece in match.pieces for point in range(len(piece.values))]
    write_text(paths[1], "\n".join(",".join(row) for row in [columns, *rows]) + "\n")
    sound.write(paths[2], sound.to_int16(match.imitation), match.rate)
    return paths


def _setting(piece: Piece, number: int) -> float | list[float]:
    """Return a value, or the values over time where settings move."""
    values = piece.values[:, number].tolist()
    return values[0] if len(values) == 1 else values


def _row(piece: Piece, point: int, matcher: Matcher) -> list[str]:
    """Return one row of the table; settings that move have a row for each point in time."""
    time = piece.start + (point / (len(piece.values) - 1) * matcher.seconds if len(piece.values) > 1 else 0)
    facts = [piece.start, time, piece.gain, piece.before, piece.after, piece.correlation]
    return [*(f"{value:.4f}" for value in facts), *(f"{value:.6g}" for value in piece.values[point])]
