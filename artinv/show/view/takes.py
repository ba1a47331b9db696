"""Motions of one or two takes on the same picture."""

from dataclasses import dataclass

from artinv.core.trajectory import Trajectory
from artinv.show.view import words
from artinv.show.view.scene import Scene


@dataclass(frozen=True, slots=True)
class Line:
    """One motion of the picture."""

    key: str  # measured or predicted; with -2 for the second take
    kind: str  # measured or predicted
    take: int  # 0 or 1
    name: str  # for the legend
    trajectory: Trajectory


def lines_of(scene: Scene, other: Scene | None = None) -> list[Line]:
    """Return the motions; of two takes, the measured one of each or else the estimate."""
    if other is None:
        return [Line(kind, kind, 0, _name(kind, trajectory), trajectory) for kind, trajectory in scene.motions.items()]
    lines = []
    for take, shown in enumerate((scene, other)):
        kind, trajectory = next(iter(shown.motions.items()))
        key = kind if take == 0 else f"{kind}-2"
        lines.append(Line(key, kind, take, f"take {take + 1}, {shown.name}: {_name(kind, trajectory)}", trajectory))
    return lines


def _name(kind: str, trajectory: Trajectory) -> str:
    if kind == "measured":
        return "measured"
    band = f", band: likely range ({100 * trajectory.level:.0f} %)" if trajectory.margin is not None else ""
    return f"{words.ESTIMATE}{band}"
