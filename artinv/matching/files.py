"""Write a matched sound: settings and distances as JSON and CSV, the imitation as WAV, area functions of a vocal tract as CSV."""

from collections.abc import Iterator
from pathlib import Path

from artinv.core.files import write_json, write_text
from artinv.formats import sound
from artinv.matching.match import Match, Piece
from artinv.matching.matcher import Matcher
from artinv.matching.tract import PARTS, TractShapes, shapes_of

_TRACT = ("start_s", "time_s", "section", "part", "length_cm", "distance_cm", "area_cm2", "port_cm2")


def write(folder: Path, name: str, match: Match, matcher: Matcher) -> list[Path]:
    """Write the files of a sound into a folder, and return them."""
    spec = matcher.synthesizer.spec
    paths = [folder / f"{name}_match.{ending}" for ending in ("json", "csv", "wav")]
    write_json(paths[0], {
        "synth": matcher.synth, "network": matcher.network, "trained_on": matcher.provenance, "sample_rate": matcher.sample_rate,
        "seconds": matcher.seconds, "notes": match.notes, "parameters": {each.name: each.unit for each in spec},
        "pieces": [
            {"start": piece.start, "gain_db": piece.gain, "distance_before": piece.before, "distance_after": piece.after,
             "correlation_before": piece.correlation_before, "correlation": piece.correlation,
             "settings": {each.name: _setting(piece, number) for number, each in enumerate(spec)}}
            for piece in match.pieces
        ],
    })
    facts = ["start_s", "time_s", "gain_db", "distance_before_db", "distance_after_db", "correlation_before", "correlation"]
    columns = [*facts, *(f"{each.name}_{each.unit}" if each.unit else each.name for each in spec)]
    rows = [_row(piece, point, matcher) for piece in match.pieces for point in range(len(piece.values))]
    write_text(paths[1], "\n".join(",".join(row) for row in [columns, *rows]) + "\n")
    sound.write(paths[2], sound.to_int16(match.imitation), match.rate)
    return paths


def write_tract(folder: Path, name: str, match: Match, matcher: Matcher) -> list[Path]:
    """Write the area functions of all pieces, a row for each section, and return the file; nothing if there is no vocal tract."""
    lines = [",".join(_TRACT)]
    for piece in match.pieces:
        shapes = shapes_of(matcher.synthesizer, piece.values)
        if shapes is None:
            return []
        lines += [",".join(row) for point in range(len(piece.values)) for row in _sections(piece, point, shapes, matcher)]
    path = folder / f"{name}_tract.csv"
    write_text(path, "\n".join(lines) + "\n")
    return [path]


def _sections(piece: Piece, point: int, shapes: TractShapes, matcher: Matcher) -> Iterator[list[str]]:
    """Yield the rows of one shape, from the glottis to the lips."""
    for number, part in enumerate(PARTS):
        facts = [piece.start, piece.time(point, matcher)]
        lengths = [shapes.length[point, number], shapes.distance[point, number]]
        areas = [shapes.area[point, number], shapes.port[point]]
        yield [*(f"{value:.4f}" for value in facts), str(number + 1), part, *(f"{value:.4f}" for value in (*lengths, *areas))]


def _setting(piece: Piece, number: int) -> float | list[float]:
    """Return a value, or the values over time where settings move."""
    values = piece.values[:, number].tolist()
    return values[0] if len(values) == 1 else values


def _row(piece: Piece, point: int, matcher: Matcher) -> list[str]:
    """Return one row of the table; settings that move have a row for each point in time."""
    closeness = [piece.before, piece.after, piece.correlation_before, piece.correlation]
    facts = [piece.start, piece.time(point, matcher), piece.gain, *closeness]
    return [*(f"{value:.4f}" for value in facts), *(f"{value:.6g}" for value in piece.values[point])]
