"""Film of one or two scenes: the head, the sound and the time, as GIF without sound or, with ffmpeg, as MP4 with sound."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from artinv.core.files import replacing
from artinv.runtime.errors import BadData, BadParams, reason
from artinv.show.view import acoustics, align, painter
from artinv.show.view.painter import INK, PAPER, QUIET
from artinv.show.view.scene import Scene

RATES = {".gif": 20, ".mp4": 25}
"""Pictures per second by file ending; a GIF counts its delays in 10 ms."""

LONGEST = {".gif": 20.0, ".mp4": 300.0}
"""Maximum length of a film in s."""

_WIDTHS = {".gif": 400, ".mp4": 720}  # pixels
_HEAD, _PHONES, _FOOT = 0.055, 0.05, 0.16  # heights of title, phones and sound as fractions of the width


def check(path: Path, kind: str) -> None:
    """Reject a film that cannot be written as `kind`, .gif or .mp4, before anything is computed."""
    if path.suffix.lower() != kind:
        raise BadParams(f"{path}: is no {kind} file; choose a name that ends with {kind}")
    if kind == ".mp4" and shutil.which("ffmpeg") is None:
        raise BadData(f"{path}: needs the program ffmpeg; install ffmpeg, or choose --gif")


def check_length(path: Path, scene: Scene) -> None:
    """Reject a film that would be too long."""
    most = LONGEST[path.suffix.lower()]
    if scene.seconds > most:
        fault = f"a film of {scene.seconds:.0f} s is longer than the limit of {most:.0f} s"
        raise BadData(f"{path}: {fault}; choose a part with --from and --to")


def write(path: Path, scene: Scene, other: Scene | None = None, *, way: str = "none") -> None:
    """Write the film in the format of its ending; the times are those of the first take."""
    kind = path.suffix.lower()
    pictures = frames(scene, other, way=way, rate=RATES[kind], width=_WIDTHS[kind])
    with replacing(path) as temporary:
        if kind == ".gif":
            _gif(temporary, pictures, RATES[kind])
        else:
            _mp4(temporary, path, pictures, RATES[kind], acoustics.wav(scene.sound, scene.sound_rate))


def frames(scene: Scene, other: Scene | None = None, *, way: str = "none", rate: int, width: int) -> Iterator[Image.Image]:
    """Yield the pictures of the film at `rate` Hz; their width and height are even."""
    staged = painter.stage(scene, other)
    pairs = align.knots(scene, other, way) if other else []
    ground: Image.Image | None = None
    for number in range(max(1, int(scene.seconds * rate))):
        time = number / rate
        head = painter.picture(staged, (time, float(align.mapped(pairs, np.array([time]))[0])), width)
        ground = ground or _ground(scene, other, head.size)
        picture = ground.copy()
        picture.paste(head, (0, round(_HEAD * width)))
        _playhead(picture, scene, time)
        yield picture


def _ground(scene: Scene, other: Scene | None, size: tuple[int, int]) -> Image.Image:
    """Return what does not move: the title, the phones and the outline of the sound."""
    width = size[0]
    height = round((_HEAD + _PHONES + _FOOT) * width) + size[1]
    image = Image.new("RGB", (width, height + height % 2), PAPER)
    pen = ImageDraw.Draw(image)
    font = _font(0.6 * _HEAD * width)
    title = " ".join(scene.text.split()) or " and ".join(take.name for take in (scene, other) if take)
    while len(title) > 4 and pen.textlength(title, font=font) > 0.96 * width:
        title = f"{title.rstrip('…')[:-1]}…"
    pen.text((0.02 * width, 0.5 * _HEAD * width), title, fill=INK, font=font, anchor="lm")
    top = size[1] + round(_HEAD * width)
    small = _font(0.6 * _PHONES * width)
    for phone in scene.phones:
        left, right = (time / scene.seconds * width for time in (phone.start, phone.end))
        if pen.textlength(phone.text, font=small) < right - left:
            pen.text(((left + right) / 2, top + 0.5 * _PHONES * width), phone.text, fill=INK, font=small, anchor="mm")
    ends, rate = acoustics.outline(scene.sound, scene.sound_rate)
    middle, half = top + (_PHONES + _FOOT / 2) * width, 0.46 * _FOOT * width
    for column in range(width):
        piece = ends[int(column / width * scene.seconds * rate): int((column + 1) / width * scene.seconds * rate) + 1]
        if len(piece):
            low, high = (middle - value / 127 * half for value in (piece[:, 0].min(), piece[:, 1].max()))
            pen.line((column, high, column, low), fill=QUIET)
    return image


def _playhead(picture: Image.Image, scene: Scene, time: float) -> None:
    """Mark the time below the head, and name the phone beside the head."""
    width, height = picture.size
    pen = ImageDraw.Draw(picture)
    x = round(time / scene.seconds * (width - 1))
    top = height - round((_PHONES + _FOOT) * width)
    pen.line((x, top, x, height), fill=painter.HUES["predicted", 1], width=max(2, width // 200))
    said = next((phone.text for phone in scene.phones if phone.start <= time < phone.end), "")
    pen.text((0.96 * width, height - (_PHONES + _FOOT + 0.05) * width), said, fill=INK, font=_font(0.08 * width), anchor="rs")


def _font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(max(8.0, size))


def _gif(path: Path, pictures: Iterator[Image.Image], rate: int) -> None:
    """Write a GIF that repeats; all pictures have the painter's colours."""
    colours = Image.new("P", (1, 1))
    colours.putpalette([value for colour in painter.palette() for value in colour])
    first, *rest = (picture.quantize(palette=colours, dither=Image.Dither.NONE) for picture in pictures)
    first.save(path, "GIF", save_all=True, append_images=rest, duration=1000 // rate, loop=0, optimize=False)


def _mp4(path: Path, named: Path, pictures: Iterator[Image.Image], rate: int, sound: bytes) -> None:
    """Write an MP4 with ffmpeg, which gets the pictures through a pipe and the sound as a file."""
    program = shutil.which("ffmpeg")
    if program is None:
        raise BadData(f"{named}: needs the program ffmpeg; install ffmpeg, or choose --gif")
    first = next(pictures)
    with TemporaryDirectory() as folder:
        heard, messages = Path(folder) / "sound.wav", Path(folder) / "messages"
        heard.write_bytes(sound)
        words = [
            program, "-nostdin", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{first.width}x{first.height}",
            "-r", str(rate), "-i", "pipe:0", "-i", f"file:{heard}", "-map_metadata", "-1", "-pix_fmt", "yuv420p",
            "-movflags", "+faststart", "-f", "mp4", f"file:{path}",
        ]
        with messages.open("wb") as errors:
            try:
                process = subprocess.Popen(  # noqa: S603 -- no shell
                    words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors,
                )
            except OSError as error:
                fault = f"the program ffmpeg cannot be started ({reason(error)})"
                raise BadData(f"{named}: {fault}; repair its installation, or choose --gif") from None
            with process:
                assert process.stdin is not None
                try:
                    process.stdin.write(first.tobytes())
                    for picture in pictures:
                        process.stdin.write(picture.tobytes())
                    process.stdin.close()
                except BrokenPipeError:
                    pass  # ffmpeg has ended; its message follows
                except BaseException:
                    process.kill()
                    raise
        if process.returncode:
            lines = [line for line in messages.read_text("utf-8", "replace").splitlines() if line.strip()]
            fault = lines[0].strip(". ") if lines else f"exit code {process.returncode}"
            raise BadData(f"{named}: cannot be written by ffmpeg ({fault}); repair its installation, or choose --gif")
