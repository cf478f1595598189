"""A folder of files appears whole or not at all, and nobody's own work is lost."""

import errno
import os

import pyogrio
import pytest

from census_gis.errors import ConfigError
from census_gis.present.exchange.folder import files_in, whole


def export(target, text="new"):
    with whole(target, purpose="shp") as place:
        (place.scratch / "a.txt").write_text(text)
    return place


def test_a_new_folder_has_the_files_and_a_record_of_them(tmp_path):
    export(tmp_path / "deep" / "shp")
    assert files_in(tmp_path / "deep" / "shp") == ["a.txt", "export.json"]


def test_an_untouched_export_is_replaced(tmp_path):
    export(tmp_path / "shp", "old")
    place = export(tmp_path / "shp")
    assert (tmp_path / "shp" / "a.txt").read_text() == "new"
    assert place.kept is None
    assert [p.name for p in tmp_path.iterdir()] == ["shp"]


@pytest.mark.parametrize("deed", ["change", "add", "remove"])
def test_an_export_somebody_worked_in_is_kept_aside(tmp_path, deed):
    export(tmp_path / "shp", "old")
    target = tmp_path / "shp"
    if deed == "change":
        (target / "a.txt").write_text("mine")
    elif deed == "add":
        (target / "b.txt").write_text("mine")
    else:
        (target / "a.txt").unlink()
    kept = export(target).kept
    assert (target / "a.txt").read_text() == "new"
    assert kept == tmp_path / "shp.kept-1"
    assert (deed == "remove") or any(p.read_text() == "mine" for p in kept.iterdir())


def test_a_failure_leaves_the_old_export_and_no_traces(tmp_path):
    export(tmp_path / "shp", "old")
    with pytest.raises(OSError, match="full"), whole(tmp_path / "shp", purpose="shp") as place:
        (place.scratch / "a.txt").write_text("half")
        raise OSError(errno.ENOSPC, "full")
    assert (tmp_path / "shp" / "a.txt").read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["shp"]


def test_a_rename_that_fails_brings_the_old_export_back(tmp_path, monkeypatch):
    export(tmp_path / "shp", "old")
    real = os.rename

    def held(self, target):
        if self.name.endswith(".writing"):
            raise PermissionError(errno.EACCES, "held", str(target))
        real(self, target)
        return target

    monkeypatch.setattr("pathlib.Path.replace", held)
    with pytest.raises(PermissionError):
        export(tmp_path / "shp")
    assert (tmp_path / "shp" / "a.txt").read_text() == "old"


def test_a_call_killed_between_its_renames_is_mended_by_the_next(tmp_path):
    export(tmp_path / "shp", "old")
    (tmp_path / "shp").rename(tmp_path / ".shp.old")
    with pytest.raises(RuntimeError), whole(tmp_path / "shp", purpose="shp"):
        raise RuntimeError
    assert (tmp_path / "shp" / "a.txt").read_text() == "old"


def test_a_folder_of_something_else_is_never_replaced(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "me.jpg").write_text("x")
    with pytest.raises(ConfigError, match="no folder of an earlier export"):
        export(tmp_path / "photos")
    (tmp_path / "file").write_text("x")
    with pytest.raises(ConfigError, match="no folder of an earlier export"):
        export(tmp_path / "file")
    assert (tmp_path / "photos" / "me.jpg").read_text() == "x"


def test_an_export_in_another_format_is_not_replaced(tmp_path):
    export(tmp_path / "x", "old")
    with pytest.raises(ConfigError, match="format gpkg"), whole(tmp_path / "x", purpose="gpkg"):
        pass
    assert (tmp_path / "x" / "a.txt").read_text() == "old"


@pytest.mark.parametrize("fault", [pyogrio.errors.FeatureError, pyogrio.errors.DataSourceError])
def test_what_gdal_says_of_a_disk_is_an_error_of_the_system(tmp_path, fault):
    with pytest.raises(OSError, match=str(tmp_path)), whole(tmp_path / "x", purpose="shp"):
        raise fault("Error in psSHP->sHooks.FWrite()")
    assert list(tmp_path.iterdir()) == []
