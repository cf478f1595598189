"""census_gis: divide census districts into enumeration areas, and send people out to count them.

>>> import census_gis as cg
>>> cg.load_profile("un")["ea.persons.target"]
300
"""

import os
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

__version__ = "0.1.0"

# Names are looked up when used: importing the package loads no library that reads files.
__all__ = [
    "assign", "audit", "build_fabric", "check", "compare", "estimate_population", "export", "load_profile",
    "map_book", "number", "outline", "partition", "read_district", "read_plan", "refine", "report",
    "run", "web_map",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """A call of the public interface, imported when first asked for."""
    if name not in __all__:
        raise AttributeError(f"module 'census_gis' has no attribute {name!r}")
    return getattr(import_module("census_gis.api"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])


def _writable(folder: Path) -> bool:
    """Whether a file can be made in a folder, which is made where absent."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return False
    return True


def _user_cache() -> Path:
    """Where numba keeps compiled kernels when it cannot keep them beside the modules."""
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 - Path.home() raises where there is no home
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", home)) / "numba" / "Cache"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "numba"
    return Path(os.environ.get("XDG_CACHE_HOME", home / ".cache")) / "numba"


def _own_temporary() -> Path:
    """A folder under the system's temporary one that only this user can write: numba unpickles from it."""
    if sys.platform == "win32":  # the temporary folder is the user's own there
        return Path(tempfile.gettempdir()) / "census-gis-kernels"
    folder = Path(tempfile.gettempdir()) / f"census-gis-kernels-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    state = folder.lstat()
    if folder.is_symlink() or state.st_uid != os.getuid() or state.st_mode & 0o077:
        return Path(tempfile.mkdtemp(prefix="census-gis-kernels-"))
    return folder


def _place_kernels() -> None:
    """Name a folder for compiled kernels where numba has none: it would refuse to import them."""
    if os.environ.get("NUMBA_CACHE_DIR"):
        return
    if _writable(Path(__file__).parent / "__pycache__") or _writable(_user_cache()):
        return
    os.environ["NUMBA_CACHE_DIR"] = str(_own_temporary())
    if "numba" in sys.modules:  # it read its settings already
        sys.modules["numba"].config.CACHE_DIR = os.environ["NUMBA_CACHE_DIR"]


_place_kernels()
