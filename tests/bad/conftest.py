"""A good place with its plan, made once; a copy of it to spoil; and the command line in this process."""

from __future__ import annotations

import sys

import pytest

from census_gis import cli
from tests.bad.place import Place


@pytest.fixture(scope="session")
def census_of():
    """Calls a command in this process: exit status, stdout and stderr."""

    def call(capsys, *words):
        given, sys.argv = sys.argv, ["census-gis", *map(str, words)]
        try:
            with pytest.raises(SystemExit) as ended:
                cli.main()
        finally:
            sys.argv = given
        said = capsys.readouterr()
        return ended.value.code, said.out, said.err

    return call


@pytest.fixture
def census(census_of, capsys):
    return lambda *words: census_of(capsys, *words)


@pytest.fixture(scope="session")
def planned(tmp_path_factory):
    """A good place that has been planned."""
    place = Place.make(tmp_path_factory.mktemp("good") / "place")
    sys.argv = [
        "census-gis",
        "run",
        str(place.project),
        "--until",
        "plan",
        "--workers",
        "1",
        "--quiet",
    ]
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 0
    return place


@pytest.fixture
def place(planned, tmp_path):
    """A copy of it that a test may spoil."""
    return planned.copy(tmp_path / "place")
