"""`synth` and `demo` from outside: counts, refusals, what is said beforehand."""

import json
import sys
from pathlib import Path

import pytest

from census_gis import cli
from census_gis.runner import demo


@pytest.fixture
def census(capsys, monkeypatch):
    """Calls a command in this process: exit status, stdout and stderr."""

    def call(*words):
        monkeypatch.setattr(sys, "argv", ["census-gis", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return ended.value.code, said.out, said.err

    return call


def test_synth_prints_its_counts(census, tmp_path):
    asked = ("--districts", 4, "--persons", 3_000, "--townships", 2)
    code, out, err = census("synth", tmp_path / "a", *asked, "--json", "--lang", "en")
    record = json.loads(out)
    assert code == 0
    assert (record["districts"], record["persons"], record["townships"]) == (4, 3_000, 2)
    assert record["towns"] + record["villages"] == 4 and record["eas"] == 12
    assert record["buildings"] > 300 and record["roads"] > 20
    assert Path(record["project"]) == tmp_path / "a" / "project.toml"
    assert "2/2" in err
    code, out, err = census("synth", tmp_path / "a", *asked, "--lang", "zh", "--quiet")
    assert code == 0 and "普查区 4 个" in out and err == ""


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("asked", [
    ("--districts", 5, "--persons", 1_000), ("--districts", 9_000, "--persons", 9_000_000),
    ("--districts", 3, "--persons", 3_000, "--townships", 4),
])  # fmt: skip
def test_a_place_that_cannot_be_is_an_error_of_options(census, tmp_path, asked, lang):
    code, out, err = census("synth", tmp_path / "x", *asked, "--lang", lang)
    assert code == 3 and out == ""
    assert ("处理" if lang == "zh" else "fix:") in err
    assert not (tmp_path / "x").exists()


def test_an_unknown_scale_is_refused(census, tmp_path):
    code, _, err = census("demo", "--out", tmp_path / "x", "--scale", "town", "--lang", "en")
    assert code == 3 and "village or street or county" in err
    assert not (tmp_path / "x").exists()


def test_a_county_is_announced_with_its_time_and_disk(tmp_path):
    said = demo.forecast("county", tmp_path)
    assert said is not None
    assert "minutes" in said.en and "GB" in said.en and str(tmp_path) in said.zh
    assert demo.forecast("street", tmp_path) is None
