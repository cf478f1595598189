"""run.json: from what, by which rules and versions a plan was made, how long it took and how much memory."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from census_gis import __version__
from census_gis.config import ProjectConfig
from census_gis.store.beside import write_whole

__all__ = ["Ledger", "file_hash", "hashes"]

LIBRARIES = (
    "geopandas",
    "shapely",
    "pyproj",
    "pyogrio",
    "rasterio",
    "numpy",
    "pandas",
    "scipy",
    "numba",
)
# Files beside one that is named, which hold a part of what is read: tables and CRS of shapes, places of images.
PARTS = {
    ".shp": (".dbf", ".shx", ".prj", ".cpg"),
    ".tif": (".tfw", ".wld", ".prj"), ".tiff": (".tfw", ".tifw", ".wld", ".prj"),
    ".jpg": (".jgw", ".jpgw", ".wld", ".prj"), ".jpeg": (".jgw", ".jpegw", ".wld", ".prj"),
    ".png": (".pgw", ".pngw", ".wld", ".prj"),
}  # fmt: skip


class Ledger:
    """Seconds and peak memory of each step of a run."""

    def __init__(self) -> None:
        self.steps: dict[str, dict[str, float]] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step; the largest process so far is noted at its end."""
        begin = time.perf_counter()
        yield
        self.steps[name] = {
            "seconds": round(time.perf_counter() - begin, 3),
            "peak_memory_mb": round(_peak_mb(), 1),
        }

    def write(
        self, path: Path, config: ProjectConfig, *, now: str, figures: Mapping[str, Any]
    ) -> None:
        """Write run.json."""
        record = {
            "program": {"census_gis": __version__, "python": platform.python_version(),
                        "system": platform.platform(),
                        **{name: version(name) for name in LIBRARIES}},
            "time": now,
            "project": config.file.name,
            "seed": config.settings.seed,
            "profile": config.profile.name,
            "inputs": hashes(config.input_files(), config.file.parent),
            "rules": {key: {"value": r.value, "unit": r.unit, "source": r.source}
                      for key, r in sorted(config.profile.every().items())},
            "steps": self.steps,
            "figures": figures,
        }  # fmt: skip
        text = json.dumps(record, ensure_ascii=False, indent=1, default=str)
        write_whole(path, text.encode())


def hashes(files: Iterable[Path], folder: Path) -> dict[str, str]:
    """SHA-256 of each file and of its parts, by its path from a folder.

    A name alone would not do: towns hand in files of one name in folders of their own.
    """
    whole = (part for file in files for part in (file, *_parts(file)))
    return {_from(folder, file): file_hash(file) for file in whole}


def _parts(file: Path) -> list[Path]:
    """Files beside it that are read with it, in name order; their letters may be large or small."""
    wanted = PARTS.get(file.suffix.lower(), ())
    if not wanted:
        return []
    beside = (other for other in file.parent.iterdir() if other.stem.lower() == file.stem.lower())
    return sorted(other for other in beside if other.suffix.lower() in wanted)


def _from(folder: Path, file: Path) -> str:
    """The path from a folder, as a project file would have it."""
    try:
        return Path(os.path.relpath(file, folder)).as_posix()
    except ValueError:  # on another drive
        return file.as_posix()


def file_hash(path: Path) -> str:
    """SHA-256 of a file, or of all files of a folder in name order."""
    state = hashlib.sha256()
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    for file in files:
        with file.open("rb") as stream:
            while block := stream.read(1 << 20):
                state.update(block)
    return state.hexdigest()


def _peak_mb() -> float:
    """Peak resident memory of this process and of its largest ended child [MiB]; 0 where unknown."""
    if sys.platform == "win32":
        return 0.0
    import resource

    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return float(max(resource.getrusage(w).ru_maxrss for w in who)) / unit
