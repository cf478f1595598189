"""census_gis: divide census districts into enumeration areas, and send people out to count them.

>>> import census_gis as cg
>>> cg.load_profile("un")["ea.persons.target"]
300
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

# Names are looked up when used: importing the package loads no library that reads files.
__all__ = [
    "assign", "audit", "build_fabric", "check", "estimate_population", "export", "load_profile",
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
