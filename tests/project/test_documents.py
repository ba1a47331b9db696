"""The pages: their links lead somewhere, their examples run, and the commands that they name exist."""

import re
import runpy

import numpy as np
import pytest
import yaml

import artinv
from artinv import commands
from tests.support import corpora, running
from tests.support.bulk_runs import put
from tests.support.inverters import babble
from tests.support.spoken import fragment
from tools import deps

PAGES = sorted(
    path for pattern in ("*.md", "docs/*.md", "docs/annex/*.md", "artinv/bundled/*.md") for path in deps.ROOT.glob(pattern)
)
NAMES = [str(path.relative_to(deps.ROOT)) for path in PAGES]


def text_of(page):
    return (deps.ROOT / page).read_text(encoding="utf-8")


def prose_of(page):
    """Return a page without blocks of code."""
    return re.sub(r"^ *```.*?^ *```", "", text_of(page), flags=re.DOTALL | re.MULTILINE)


def blocks_of(page, language):
    return re.findall(rf"```{language}\n(.*?)```", text_of(page), re.DOTALL)


def anchors_of(page):
    """Return the anchors of the headings, as GitHub and the site name them."""
    headings = re.findall(r"^#+ (.+)$", prose_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", NAMES)
def test_links_lead_to_files_and_headings(page):
    for link in re.findall(r"\]\(([^)\s]+)\)", prose_of(page)):
        if link.startswith("http"):
            continue
        name, _, anchor = link.partition("#")
        target = ((deps.ROOT / page).parent / name).resolve() if name else deps.ROOT / page
        assert target.is_file(), link
        assert not anchor or anchor in anchors_of(target), link


def test_the_first_page_is_short():
    assert len(text_of("README.md").split()) <= 900


@pytest.mark.parametrize("page", NAMES)
def test_pages_name_existing_commands_and_targets(page):
    code = "\n".join([*re.findall(r"`([^`\n]+)`", text_of(page)), *blocks_of(page, "sh")])
    targets = set(re.findall(r"^(\w[\w-]*):", text_of("Makefile"), re.MULTILINE))
    assert set(re.findall(r"^make ([\w-]+)", code, re.MULTILINE)) <= targets
    assert set(re.findall(r"^artinv ([a-z][\w-]*)", code, re.MULTILINE)) <= set(commands.names())
    assert not re.search(r"python -m artinv(?!\.)", text_of(page))


def test_the_site_lists_every_page_once():
    listed = [name for pages in runpy.run_path(str(deps.ROOT / "docs/conf.py"))["NAVIGATION"].values() for name in pages]
    assert sorted(listed) == sorted({*(name.removesuffix(".md") for name in NAMES), "docs/reference"} - {"README"})


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Return a folder with the recordings that the examples name."""
    folder = tmp_path_factory.mktemp("examples")
    put(folder / "me.wav", babble(1.5))
    for number in (1, 2):
        put(folder / f"recordings/{number}.wav", babble(0.8, seed=number))
    fragment(folder / "data/raw/mocha", corpora.get("mocha"))
    return folder


def test_pages_of_the_site_are_changed_once_for_keyboards_and_screen_readers():
    conf = runpy.run_path(str(deps.ROOT / "docs/conf.py"))
    page = "".join(conf["READABLE"])
    changed = conf["readable"](page)
    assert changed == "".join(conf["READABLE"].values())
    assert conf["readable"](changed) == changed


def test_the_examples_of_the_python_page_run(place, capsys):
    names = {}
    for block in blocks_of("docs/python.md", "python"):
        running.code(place, block, names)
    assert names["trajectory"].motion.shape == (151, 18)
    assert [len(each.motion) for each in names["trajectories"]] == [81, 81]
    np.testing.assert_allclose(names["artinv"].read(place / "me.csv").motion, names["trajectory"].motion, atol=1e-4)
    assert (place / "me.png").read_bytes().startswith(b"\x89PNG")
    assert len(names["table"]) == 151
    assert names["utterance"].corpus == "mocha"
    assert capsys.readouterr().out.startswith("absent.wav: ")


def test_the_first_python_example_runs(place):
    put(place / "a.wav", babble(1.0))
    (example,) = blocks_of("README.md", "python")
    assert running.code(place, example, {}).shape == (101, 36)


def test_the_python_page_lists_the_public_names():
    line = re.search(r"^`artinv.__all__` is the public interface: (.*?)\. ", text_of("docs/python.md"), re.MULTILINE)[1]
    assert sorted(re.findall(r"`(\w+)`", line)) == sorted(name for name in artinv.__all__ if name != "__version__")


def test_the_model_card_belongs_to_the_package():
    card = text_of("artinv/bundled/universal.md")
    params = yaml.safe_load(text_of("params.yaml"))["sim2real"]
    training = params["people"]["speakers"] - params["universal"]["valid_speakers"]
    assert f"made {params['people']['speakers']}\nspeakers" in card
    assert f"{training}\nspeakers train" in card
    for use in ("no medical device", "diagnosis", "identifying or verifying speakers", "synthetic speech only"):
        assert use in card.lower()


def test_pages_are_built_with_pinned_packages_beside_the_pinned_ones():
    """The tools of the site lie in a folder of their own, whose packages must not hide those of requirements.txt."""
    pins = [dict(line.split("==") for line in text_of(name).splitlines() if line and line[0] != "#")
            for name in ("requirements.txt", "requirements-docs.txt")]
    assert {"Sphinx", "furo", "myst-parser", "vl-convert-python"} <= set(pins[1])
    assert not {name.lower() for name in pins[0]} & {name.lower() for name in pins[1]}


def test_the_models_are_artifacts():
    artifacts = yaml.safe_load(text_of("models/dvc.yaml"))["artifacts"]
    outs = [out if isinstance(out, str) else next(iter(out)) for file in deps.PIPELINES for stage in deps.stages(file).values()
            for out in stage.get("outs", [])]
    assert sorted(f"models/{artifact['path']}" for artifact in artifacts.values()) == sorted(
        out for out in outs if out.startswith("models/"))
    assert all(artifact["type"] == "model" and artifact["desc"] for artifact in artifacts.values())
