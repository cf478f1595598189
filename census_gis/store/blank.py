"""A plan without rows: all layers of the contract, the log, the styles, the packed districts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pandas as pd
import pyogrio

from census_gis.store import log, styles
from census_gis.store.faults import disk_faults
from census_gis.tables import TABLES, conform

__all__ = [
    "GEOMETRY",
    "LAYERS",
    "PACKED",
    "add_layers",
    "blank",
    "columns_of",
    "quoted",
    "srs_id_of",
]

LAYERS = (
    "districts", "enumeration_areas", "dwelling_parts", "ea_lines", "context_lines", "context_areas",
    "context_points", "outside_buildings", "units", "settings", "ea_descriptions", "staff",
    "assignments", "crews", "findings", "retired_codes", "edits", "special_areas", "disputes",
    "corrections", "events",
)  # fmt: skip
GEOMETRY = {
    "districts": "MultiPolygon", "enumeration_areas": "MultiPolygon", "dwelling_parts": "MultiPolygon",
    "ea_lines": "MultiLineString", "context_lines": "MultiLineString", "context_areas": "MultiPolygon",
    "context_points": "Point", "outside_buildings": "MultiPolygon", "crews": "MultiPolygon",
    "findings": "Unknown", "edits": "Unknown", "special_areas": "MultiPolygon", "disputes": "Unknown",
    "corrections": "Unknown",
}  # fmt: skip
PACKED = "district_inputs"
# Layers whose rows are asked for district by district.
INDEXED = (
    "enumeration_areas", "dwelling_parts", "ea_lines", "ea_descriptions", "findings", "edits",
    "retired_codes",
)  # fmt: skip


def columns_of(layer: str) -> list[str]:
    """Declared columns of a layer but for its geometry."""
    return [name for name in TABLES[layer] if name != "geometry"]


def quoted(layer: str) -> list[str]:
    """Columns of a layer as SQL names them, its geometry last."""
    return [f'"{name}"' for name in [*columns_of(layer), *(["geom"] if layer in GEOMETRY else [])]]


def blank(path: Path, *, crs: object) -> None:
    """Write an empty plan; the file must not exist."""
    add_layers(path, LAYERS, crs=crs)
    with closing(sqlite3.connect(path)) as connection:
        log.create(connection)
        connection.execute(
            f"CREATE TABLE {PACKED} (fid INTEGER PRIMARY KEY, district_code TEXT NOT NULL UNIQUE, "
            "digest TEXT NOT NULL, data BLOB NOT NULL)"
        )
        connection.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES (?, ?, ?)",
            (PACKED, "attributes", PACKED),
        )
        for layer in INDEXED:
            connection.execute(f"CREATE INDEX {layer}_of_district ON {layer} (district_code)")
        styles.write(connection, LAYERS)
        connection.commit()


def add_layers(path: Path, layers: Iterable[str], *, crs: object) -> None:
    """Add layers without rows to a plan, or to a file that is yet to be made."""
    for name in layers:
        _write_layer(path, name, conform(pd.DataFrame(columns=list(TABLES[name])), name, crs=crs))


def srs_id_of(crs: object, folder: Path) -> int:
    """Number a reference system gets in a plan, learnt from an empty one made in a folder."""
    template = folder / "blank.gpkg"
    template.unlink(missing_ok=True)
    try:
        with disk_faults(template):
            frame = conform(pd.DataFrame(columns=list(TABLES["districts"])), "districts", crs=crs)
            _write_layer(template, "districts", frame)
            with closing(sqlite3.connect(template)) as connection:
                found = connection.execute("SELECT srs_id FROM gpkg_geometry_columns").fetchone()
        return int(found[0])
    finally:
        template.unlink(missing_ok=True)


def _write_layer(path: Path, name: str, frame: pd.DataFrame) -> None:
    geometry = {"geometry_type": GEOMETRY[name]} if name in GEOMETRY else {}
    pyogrio.write_dataframe(
        frame, path, layer=name, driver="GPKG", append=path.exists(),
        dataset_options=None if path.exists() else {"VERSION": "1.3"}, **geometry,
    )  # fmt: skip
