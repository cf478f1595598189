"""run.json: from what, by which rules and versions a plan was made, how long it took and how much memory."""

from __future__ import annotations

import hashlib
import json
import platform
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from census_gis import __version__
from census_gis.config import ProjectConfig
from census_gis.store.beside import write_whole

__all__ = ["Ledger", "file_hash"]

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
            "inputs": {file.name: file_hash(file) for file in config.input_files()},
            "rules": {key: {"value": r.value, "unit": r.unit, "source": r.source}
                      for key, r in sorted(config.profile.every().items())},
            "steps": self.steps,
            "figures": figures,
        }  # fmt: skip
        text = json.dumps(record, ensure_ascii=False, indent=1, default=str)
        write_whole(path, text.encode())


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
