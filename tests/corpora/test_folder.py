"""Search for the files of a corpus by name: each rule once, on empty files."""

import pytest

from artinv.corpora.native import folder
from artinv.corpora.native.source import Consequence, Listing, Missing, Source


@pytest.fixture
def make_files(tmp_path):
    def make(*names):
        for name in names:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(b"")
        return tmp_path

    return make


def find(root, **changes):
    return folder.find(root, **{"pattern": r"(?P<speaker>[a-z]+)_\d+", "needed": (".wav", ".ema"), "wanted": (".lab",),
                                "speakers": ("zoe", "amy"), **changes})


def test_sources_in_the_order_of_speakers_and_names(make_files):
    root = make_files("b/AMY_2.wav", "a/amy_2.ema", "zoe_1.ema", "zoe_1.WAV", "zoe_1.lab", "amy_1.wav", "c/amy_1.ema")
    assert find(root) == Listing(
        (Source("zoe", "zoe_1", (root / "zoe_1.WAV", root / "zoe_1.ema", root / "zoe_1.lab")),
         Source("amy", "amy_1", (root / "amy_1.wav", root / "c/amy_1.ema")),
         Source("amy", "amy_2", (root / "b/AMY_2.wav", root / "a/amy_2.ema"))),
        (Missing("amy", "2 of 2 utterances have no .lab (amy_1 first); they are read without it", Consequence.READ_WITHOUT),), (),
    )


def test_missing_files_are_reported_by_speaker(make_files):
    listing = find(make_files("zoe_1.wav", "zoe_2.wav", "zoe_2.ema", "zoe_2.lab", "zoe_3.wav", "zoe_3.lab"))
    assert [source.name for source in listing.sources] == ["zoe_2"]
    assert [(str(missing), missing.consequence) for missing in listing.missing] == [
        ("zoe: 2 of 3 utterances have no .ema (zoe_1 first); they are left out", Consequence.RECORDINGS_LEFT_OUT),
        ("zoe: 1 of 3 utterances have no .lab (zoe_1 first); they are read without it", Consequence.READ_WITHOUT),
        ("amy: no file; the speaker is left out", Consequence.SPEAKER_LEFT_OUT),
    ]


def test_files_that_are_not_used_are_counted(make_files):
    names = ("zoe.wav", "zoe_1.txt", "README", "eve_1.wav", "eve_1.ema", "ann_1.ema", "zoe_palate.wav", "zoe_1.wav", "zoe_1.ema")
    listing = find(make_files(*names), unusable=lambda path: "known to be bad" if path.name == "zoe_1.wav" else "")
    assert listing.sources == ()
    assert listing.skipped == (
        "zoe_1.wav: known to be bad", "zoe_palate.wav: palate trace, no speech",
        "1 files of ann, who is none of this project's speakers",
        "2 files of eve, who is none of this project's speakers", "3 files of other names",
    )


def test_unknown_speakers_are_accepted_with_others(make_files):
    listing = find(make_files("eve_1.wav", "eve_1.ema", "amy_1.wav", "amy_1.ema"), others=True, wanted=())
    assert [(source.speaker, source.name) for source in listing.sources] == [("amy", "amy_1"), ("EVE", "eve_1")]
    assert [str(missing) for missing in listing.missing] == ["zoe: no file; the speaker is left out"]


def test_of_two_files_of_the_same_name_the_one_in_the_last_folder_is_used(make_files):
    root = make_files("zoe/zoe_1.wav", "zoe/zoe_1.ema", "zoe_v1.1/zoe_1.wav")
    listing = find(root)
    assert listing.sources[0].files == (root / "zoe_v1.1/zoe_1.wav", root / "zoe/zoe_1.ema")
    assert listing.skipped == (f"{root / 'zoe/zoe_1.wav'}: {root / 'zoe_v1.1/zoe_1.wav'} of the same name is taken",)


def test_extra_and_shared_files_come_last(make_files):
    root = make_files("list.txt", "zoe_1.wav", "zoe_1.ema", "zoe_1.utt", "amy_1.wav", "amy_1.ema")
    listing = find(root, extra=(".utt",), shared=lambda path: path.name == "list.txt")
    assert [[path.name for path in source.files] for source in listing.sources] == [
        ["zoe_1.wav", "zoe_1.ema", "zoe_1.utt", "list.txt"], ["amy_1.wav", "amy_1.ema", "list.txt"]]
    assert not [missing for missing in listing.missing if ".utt" in missing.what]
    assert list(folder.of_source(listing.sources[1])) == [".wav", ".ema", ".txt"]


def test_links_are_followed_once_and_hidden_files_are_omitted(make_files, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "deep").mkdir()
    (elsewhere / "deep" / "b").write_bytes(b"")
    root = make_files("a", ".hidden", ".git/c", "z/d")
    (root / "link").symlink_to(elsewhere)
    (elsewhere / "deep" / "loop").symlink_to(root)
    (root / "y").symlink_to(root / "z")
    assert [path.relative_to(root).as_posix() for path in folder.walk(root)] == ["a", "link/deep/b", "y/d"]
