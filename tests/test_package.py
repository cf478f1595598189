"""The package itself: what it needs is declared, what it ships is there, and it starts anywhere."""

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

import census_gis

ROOT = Path(__file__).parents[1]
PACKAGE = Path(census_gis.__file__).parent
KERNEL = """
from numba import njit

@njit(cache=True)
def double(x):
    return 2 * x
"""
# Distributions whose module has another name.
MODULES = {"pillow": "PIL", "fonttools": "fontTools", "pylopdf-fonts-zh-cn": "pylopdf_fonts_zh_cn"}


@cache
def generated() -> dict[str, str]:
    """Pages of docs/, made in a process that has seen the package only: tests declare findings of their own."""
    code = "import json, generate; print(json.dumps(generate.pages()))"
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", code], cwd=ROOT / "docs", capture_output=True,
        encoding="utf-8", check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def imported(*, at_once: bool = False) -> set[str]:
    """Libraries the package imports; `at_once` leaves out those a function imports when it needs them."""
    names = set()
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        for node in tree.body if at_once else ast.walk(tree):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names.add(node.module.split(".")[0])
    return names - set(sys.stdlib_module_names) - {"census_gis"}


def declared() -> dict[str, str]:
    """Module names of the core dependencies, and what pyproject.toml calls them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    names = [re.match(r"[A-Za-z0-9._-]+", line)[0] for line in project["dependencies"]]
    return {MODULES.get(name.lower(), name.lower()): name for name in names}


def extras() -> set[str]:
    """Libraries an office installs only where it needs them: extras but those for developers."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lists = project["optional-dependencies"]
    lines = [
        line for name, some in lists.items() if name not in ("test", "notebooks") for line in some
    ]
    return {re.match(r"[A-Za-z0-9._-]+", line)[0] for line in lines}


def test_every_imported_library_is_declared():
    assert imported() <= set(declared()) | extras()


def test_the_package_starts_without_extras():
    assert imported(at_once=True) <= set(declared())


def test_every_declared_library_is_pinned():
    lines = (ROOT / "constraints.txt").read_text("utf-8").lower().splitlines()
    pinned = {line.split("==")[0].strip() for line in lines if "==" in line}
    assert {name.lower() for name in declared().values()} <= pinned


def test_every_file_beside_the_modules_is_shipped():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["census_gis"]
    shipped = {path for pattern in patterns for path in (ROOT / "census_gis").glob(pattern)}
    there = {path for path in (ROOT / "census_gis").rglob("*")
             if path.is_file() and path.suffix != ".py" and "__pycache__" not in path.parts}  # fmt: skip
    assert there <= shipped
    assert {path.suffix for path in there} >= {".toml", ".json", ".html", ".css", ".js"}


@pytest.mark.parametrize("page", ["data_dictionary.md", "findings.md", "rules.md"])
def test_generated_pages_are_up_to_date(page):
    assert (ROOT / "docs" / page).read_text("utf-8") == generated()[page], "run `make docs`"


def test_every_call_of_the_root_is_there():
    assert all(callable(getattr(census_gis, name)) for name in census_gis.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = census_gis.nonsense


def start(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Import a package with our __init__ and one kernel, where neither usual folder takes files."""
    package = folder / "census_gis"
    package.mkdir()
    (package / "__init__.py").write_bytes((PACKAGE / "__init__.py").read_bytes())
    (package / "kernel.py").write_text(KERNEL, "utf-8")
    blocked = package / "__pycache__"  # a file where a folder should be stops root too
    blocked.write_text("", "utf-8")
    (folder / "tmp").mkdir()
    names = ("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA")
    unset = {k: v for k, v in os.environ.items() if k != "NUMBA_CACHE_DIR"}
    given = {
        **unset,
        **dict.fromkeys(names, str(blocked)),
        "TMPDIR": str(folder / "tmp"),
        **environment,
    }
    code = "from census_gis.kernel import double; import os; print(double(2), os.environ['NUMBA_CACHE_DIR'])"
    return subprocess.run([sys.executable, "-B", "-c", code], cwd=folder, env=given,
                          capture_output=True, text=True, timeout=120, check=False)  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="folders of Windows are found otherwise")
def test_kernels_are_kept_in_a_private_temporary_folder_where_no_other_takes_them(tmp_path):
    done = start(tmp_path)
    assert done.returncode == 0, done.stderr
    value, folder = done.stdout.split()
    assert value == "4"
    assert Path(folder).parent == tmp_path / "tmp"
    assert Path(folder).stat().st_mode & 0o077 == 0
    assert list(Path(folder).rglob("*.nbi"))


@pytest.mark.skipif(sys.platform == "win32", reason="folders of Windows are found otherwise")
def test_a_folder_named_by_the_user_is_kept(tmp_path):
    (tmp_path / "mine").mkdir()
    done = start(tmp_path, NUMBA_CACHE_DIR=str(tmp_path / "mine"))
    assert done.stdout.split() == ["4", str(tmp_path / "mine")], done.stderr
