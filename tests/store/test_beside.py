"""Files that are there whole or not at all."""

from pathlib import Path

import pytest

from census_gis.store.beside import beside, write_whole


def test_a_file_changes_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text("old")
    with beside(path) as scratch:
        scratch.write_text("new")
        assert scratch.parent == tmp_path and scratch.suffix == ".json"
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert [file.name for file in tmp_path.iterdir()] == ["plan.json"]


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text("old")
    with pytest.raises(KeyError), beside(path) as scratch:
        scratch.write_text("half")
        raise KeyError
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("plan.json", "old")]


def test_a_block_that_wrote_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), beside(tmp_path / "plan.json"):
        pass


def test_what_a_killed_process_left_is_written_over(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    with beside(path) as scratch:
        scratch.write_bytes(b"1")
    scratch.write_bytes(b"half of a longer file")
    write_whole(path, b"2")
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("plan.json", b"2")]


def test_tags_tell_processes_apart(tmp_path: Path) -> None:
    path = tmp_path / "district.sqlite"
    with beside(path, tag="-1") as one, beside(path, tag="-2") as two:
        assert one != two
        one.write_bytes(b"1")
        two.write_bytes(b"2")
        assert not list(tmp_path.glob("*.sqlite"))
    assert path.read_bytes() == b"1"
