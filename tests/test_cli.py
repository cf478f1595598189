"""Every command ends with a status of the contract and one clear message, whatever it was given."""

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pytest
import shapely

from census_gis import cli, synthetic
from census_gis.cli import speech
from census_gis.runner import pool

CODES = ("310199101200", "310199101201", "310199101202")
COMMAND = [sys.executable, "-m", "census_gis.cli"]
STATED = 'file    = "street.gpkg"\nlayer   = "buildings"'
posix = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A generated place of three districts, shared and never changed."""
    folder = tmp_path_factory.mktemp("place")
    synthetic.write(synthetic.county(districts=3, persons=3_000, seed=7), folder)
    return folder


@pytest.fixture
def project(place, tmp_path):
    """A copy of it that a test may break."""
    return shutil.copytree(place, tmp_path / "place") / "project.toml"


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


def replace(project, old, new):
    text = project.read_text(encoding="utf-8")
    assert old in text
    project.write_text(text.replace(old, new, 1), encoding="utf-8")


def relayer(project, layer, change):
    file = project.with_name("street.gpkg")
    change(gpd.read_file(file, layer=layer)).to_file(file, layer=layer, driver="GPKG")


def transformed(frame, change):
    return frame.set_geometry(gpd.GeoSeries(shapely.transform(frame.geometry.to_numpy(), change),
                                            index=frame.index, crs=frame.crs))  # fmt: skip


def truncate(project):
    file = project.with_name("street.gpkg")
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def trigger(project):
    with sqlite3.connect(project.with_name("street.gpkg")) as connection:
        connection.execute("CREATE TRIGGER t AFTER INSERT ON buildings BEGIN SELECT 1; END")


def disguise(project):
    project.with_name("b.geojson").write_text("<OGRVRTDataSource></OGRVRTDataSource>")
    replace(project, STATED, 'file = "b.geojson"')


def same_id(frame):
    return frame.assign(building_id=["twice", "twice", *frame["building_id"][2:]])


FAULTS = {
    "file": (2, "nowhere.gpkg", lambda p: replace(p, '"street.gpkg"', '"nowhere.gpkg"')),
    "layer": (2, "buildings", lambda p: replace(p, '"buildings"', '"bildings"')),
    "column": (2, "cengshu", lambda p: replace(p, 'floors = "floors"', 'floors = "cengshu"')),
    "our name": (3, "floors", lambda p: replace(p, "floors = ", "flors = ")),
    "key": (3, "snap_m", lambda p: replace(p, "snap_m", "snapm")),
    "earlier census": (2, "earlier.gpkg", lambda p: replace(
        p, "[population]", '[inputs.previous]\nfile = "earlier.gpkg"\n[population]')),
    "type": (3, "project.seed", lambda p: replace(p, "= 7", '= "seven"')),
    "no file": (3, "inputs.districts.file", lambda p: replace(p, '"street.gpkg"', '""')),
    "use": (3, "residential", lambda p: replace(
        p, STATED, STATED + '\nuse_values = { residental = ["x"] }')),
    "toml": (3, "9", lambda p: replace(p, "= 7", "= ")),
    "gbk": (3, "UTF-8", lambda p: p.write_bytes(p.read_text(encoding="utf-8").encode("gbk"))),
    "profile": (3, "cn2020", lambda p: replace(p, '"cn2020"', '"cn2021"')),
    "variable": (3, "NOWHERE", lambda p: replace(p, '"street.gpkg"', '"${NOWHERE}/a.gpkg"')),
    "rule": (3, "ea.persons.target", lambda p: replace(
        p, "[rules]", '[rules]\n"ea.person.target" = { value = 1, source = "x" }')),
    "band": (4, "500", lambda p: replace(
        p, "[rules]", '[rules]\n"ea.persons.low" = { value = 500, source = "x" }')),
    "total": (3, "4000", lambda p: replace(p, "= 3000", "= 4000")),
    "no crs": (2, "EPSG:4549", lambda p: relayer(
        p, "buildings", lambda f: f.set_crs(None, allow_override=True))),
    "degrees": (2, "121.", lambda p: relayer(
        p, "buildings", lambda f: f.to_crs(4490).set_crs(4549, allow_override=True))),
    "axes": (2, "EPSG:4549", lambda p: relayer(
        p, "buildings", lambda f: transformed(f, lambda c: c[:, ::-1]))),
    "empty": (2, "buildings", lambda p: relayer(p, "buildings", lambda f: f.iloc[:0])),
    "ids": (2, "twice", lambda p: relayer(p, "buildings", same_id)),
    "identity": (2, "身份证", lambda p: relayer(p, "buildings", lambda f: f.assign(身份证="1"))),
    "codes": (2, CODES[0], lambda p: relayer(
        p, "districts", lambda f: f.assign(district_code=CODES[0]))),
    "cut short": (2, "street.gpkg", truncate),
    "triggers": (2, "trigger", trigger),
    "disguise": (2, "GeoJSON", disguise),
    "output": (3, "outputs", lambda p: p.with_name("outputs").write_text("in the way")),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_ends_with_its_status_and_one_message_in_both_languages(project, census, fault):
    status, named, breaks = FAULTS[fault]
    breaks(project)
    for language, remedy, other in (("zh", "处理:", "fix:"), ("en", "fix:", "处理:")):
        code, out, err = census("run", project, "--quiet", "--lang", language)
        assert (code, out) == (status, "")
        assert named in err
        assert err.count(remedy) == 1
        assert other not in err
        assert not (project.parent / "outputs").is_dir()


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("run",), "PROJECT"),
        (("run", "x.toml", "--frsh"), "--fresh"),
        (("rum",), "run"),
        (("run", "x.toml", "--workers", "many"), "--workers"),
        (("run", "{project}", "--until", "pln"), "plan"),
        (("run", "{project}", "--districts", "99"), "99"),
        (("run", "x.toml"), "x.toml"),
    ],
)
def test_a_wrong_command_line_is_status_3_in_the_language_asked_for(place, census, words, named):
    filled = [word.format(project=place / "project.toml") for word in words]
    code, _, zh = census(*filled, "--lang=zh")
    assert code == 3
    assert named in zh
    assert "处理:" in zh
    code, _, en = census(*filled, "--lang", "en")
    assert code == 3
    assert "fix:" in en


def test_an_unknown_language_is_refused(place, census):
    assert census("run", place / "project.toml", "--lang", "fr")[0] == 3


def test_json_is_alone_on_stdout_also_when_it_fails(project, census):
    code, out, _ = census("run", "nowhere.toml", "--json")
    assert (code, json.loads(out)["exit"]) == (3, 3)
    code, out, err = census("inspect", project.with_name("street.gpkg"), "--json")
    assert (code, err) == (0, "")
    assert {layer["layer"] for layer in json.loads(out)["layers"]} >= {"districts", "buildings"}


def test_inspect_and_init_lead_to_a_project_that_runs(place, tmp_path, census):
    code, out, _ = census("init", tmp_path / "new", place / "street.gpkg", "--lang", "zh")
    assert code == 0
    made = tmp_path / "new" / "project.toml"
    assert str(made) in out
    assert census("run", made, "--until", "inputs", "--quiet")[0] in (0, 1)
    assert census("init", tmp_path / "new", place / "street.gpkg")[0] == 3  # never overwritten


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_run_says_aloud_that_nobody_gave_numbers_of_persons(project, census, lang):
    words = ("run", project, "--until", "plan", "--workers", 1, "--lang", lang)
    code, _, err = census(*words)
    assert "P511" not in err
    text = re.sub(r"persons_?\w* = \"persons\w*\",? ?", "", project.read_text(encoding="utf-8"))
    text = re.sub(r"persons_total .*", "", text)
    text = re.sub(r"\[inputs.register\].*?(?=\n\[)", "", text, flags=re.DOTALL)
    project.write_text(text, encoding="utf-8")
    relayer(project, "districts", lambda frame: frame.drop(columns=["persons", "persons_away"]))
    relayer(project, "buildings", lambda frame: frame.drop(columns="persons"))
    code, _, err = census(*words)
    assert code in (0, 1)
    assert {"zh": "! 3 个普查区没有人数总数", "en": "! 3 districts have no total"}[lang] in err
    assert "persons_total" in err


def test_a_run_of_chosen_districts_keeps_the_others(project, census):
    words = ("run", project, "--until", "plan", "--workers", 1, "--json")
    code, out, err = census(*words, "--quiet", "--districts", CODES[0])
    assert code in (0, 1)
    assert err == ""
    plan = project.parent / "outputs" / "plan.gpkg"
    assert set(gpd.read_file(plan, layer="districts")["district_code"]) == {CODES[0]}
    assert set(gpd.read_file(plan, layer="findings")["code"]) >= {"X102"}  # the others are missing
    code, out, err = census(*words)
    first = json.loads(out)
    assert set(gpd.read_file(plan, layer="districts")["district_code"]) == set(CODES)
    work = project.parent / "outputs" / ".work"
    made = {path.name: path.stat().st_mtime_ns for path in work.glob("*.sqlite")}
    code, out, _ = census(*words, "--districts", CODES[1])
    assert json.loads(out)["figures"] == first["figures"]
    again = {
        path.name for path in work.glob("*.sqlite") if path.stat().st_mtime_ns != made[path.name]
    }
    assert {name[: len(CODES[1])] for name in again} == {CODES[1]}
    code, out, _ = census("check", plan, "--json")
    assert json.loads(out)["exit"] == code


def _workers(parent):
    """Children of a process that are workers of its pool."""
    listed = subprocess.run(
        ["ps", "-e", "-ww", "-o", "pid,ppid,args"], capture_output=True, text=True
    ).stdout
    rows = [line.split(None, 2) for line in listed.splitlines()[1:]]
    return [int(pid) for pid, ppid, words in rows if int(ppid) == parent and "spawn_main" in words]


def _begun(project, *words):
    return subprocess.Popen(
        [*COMMAND, "run", str(project), "--until", "plan", "--workers", "2", *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        # A suite started in the background of a shell has SIGINT ignored, and its children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip


@posix
def test_ctrl_c_keeps_what_is_finished_and_the_next_run_goes_on(project, census):
    running = _begun(project, "--lang", "zh")
    work = project.parent / "outputs" / ".work"
    lines = []
    while not any("1/3" in line for line in lines):
        lines.append(running.stderr.readline())
        assert lines[-1], lines
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does: to workers as well
    err = running.stderr.read()
    running.wait(timeout=30)
    assert running.returncode == 130
    assert "已中断" in err
    assert "Traceback" not in err
    assert not (project.parent / "outputs" / "plan.gpkg").exists()
    assert not list(work.glob("*.packed"))
    done = set(work.glob("*.sqlite"))
    assert 1 <= len(done) < 3
    stamps = {path: path.stat().st_mtime_ns for path in done}
    assert census("run", project, "--until", "plan", "--workers", 1, "--quiet")[0] in (0, 1)
    assert {path: path.stat().st_mtime_ns for path in done} == stamps
    assert len(list(work.glob("*.sqlite"))) == 3


@posix
def test_districts_whose_workers_are_killed_are_named(project):
    running = _begun(project, "--lang", "en", "--json", "--quiet")
    end = time.monotonic() + 50
    seen = set()
    while running.poll() is None and time.monotonic() < end:
        # Not in the moment of their birth: Python's own pool prints the traceback of a thread then.
        for worker in seen & set(_workers(running.pid)):
            os.kill(worker, signal.SIGKILL)
        seen = set(_workers(running.pid))
        time.sleep(0.05)
    out, err = running.communicate(timeout=10)
    assert running.returncode == 5, (out, err)
    assert set(json.loads(out)["failed"]) == set(CODES)
    assert all(code in err for code in CODES)
    assert "Traceback" not in err


def _fatal(number):
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


@posix
def test_only_the_job_that_kills_its_worker_is_lost():
    done = pool.each(_fatal, list(range(8)), workers=2, lost=lambda number: -number)
    assert sorted(done) == [-3, 0, 1, 2, 4, 5, 6, 7]


def test_numbers_that_are_none_are_null_in_json():
    assert json.loads(cli.as_json_line({"a": np.nan, "b": [1.5]})) == {"a": None, "b": [1.5]}


# ---------------------------------------------------------------- what Windows does otherwise


@pytest.mark.parametrize("page", ["cp936", "cp1252"])
@pytest.mark.parametrize("words", [(), ("--json",)], ids=["words", "json"])
def test_a_code_page_that_lacks_characters_ends_no_command(place, tmp_path, page, words):
    file = shutil.copy(place / "street.gpkg", tmp_path / "面积m².gpkg")
    called = [*COMMAND, "inspect", str(file), "--lang", "zh", *words]
    ended = subprocess.run(
        called,
        capture_output=True,
        timeout=100,
        check=False,
        env=os.environ | {"PYTHONIOENCODING": page},
    )
    assert ended.returncode == 0, ended.stderr
    said = ended.stdout.decode(page)
    if words:
        assert "面积m²" in str(json.loads(said)) and said.isascii()
    else:
        assert ("面" if page == "cp936" else "\\u9762") in said


@pytest.mark.parametrize(
    ("identifier", "language"), [(0x0804, "zh"), (0x0404, "zh"), (0x0409, "en")]
)
def test_windows_is_asked_for_its_language_where_there_is_no_lang(
    monkeypatch, identifier, language
):
    asked = SimpleNamespace(kernel32=SimpleNamespace(GetUserDefaultUILanguage=lambda: identifier))
    monkeypatch.setattr(speech.ctypes, "windll", asked, raising=False)
    monkeypatch.setattr(speech.sys, "platform", "win32")
    monkeypatch.delenv("LANG", raising=False)
    monkeypatch.setattr(speech.Speech, "language", speech.Speech.language)
    speech.Speech.begin("")
    assert speech.Speech.language == language
    speech.Speech.begin("en")
    assert speech.Speech.language == "en"


@pytest.mark.parametrize("code", [5, 32, 33])
def test_a_file_open_in_another_program_is_said_with_its_own_name(census, monkeypatch, code):
    held = PermissionError(13, "denied", "o/.people.writing.xlsx", None, "o/people.xlsx")
    held.winerror = code

    def refuse(**_):
        raise held

    monkeypatch.setattr(cli, "app", refuse)
    status, _, said = census("inspect", "x", "--lang", "en")
    assert status == 2 and "another program (Excel" in said
    assert "o/people.xlsx" in said and "writing" not in said
    assert "其他程序（Excel" in census("inspect", "x", "--lang", "zh")[2]
