"""Plans of earlier versions: layers and columns that came later are added to them, empty."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from census_gis.store.blank import LAYERS, add_layers, columns_of
from census_gis.tables import TABLES

__all__ = ["complete", "complete_layers", "shared_columns"]

SQL_TYPES = {"Int64": "INTEGER", "int64": "INTEGER", "float64": "REAL", "bool": "BOOLEAN"}


def complete_layers(path: Path, *, crs: object) -> None:
    """Add the layers a plan lacks; it is changed, not yet in its place, and nobody has it open."""
    with closing(sqlite3.connect(path)) as connection:
        missing = [layer for layer in LAYERS if not _columns(connection, "main", layer)]
    add_layers(path, missing, crs=crs)


def complete(connection: sqlite3.Connection) -> None:
    """Add the declared columns a plan lacks; it is changed and not yet in its place."""
    for layer in LAYERS:
        known = _columns(connection, "main", layer)
        for name in columns_of(layer):
            if known and name not in known:
                kind = SQL_TYPES.get(TABLES[layer][name].dtype, "TEXT")
                connection.execute(f'ALTER TABLE {layer} ADD COLUMN "{name}" {kind}')


def shared_columns(connection: sqlite3.Connection, names: list[str], layer: str) -> list[str]:
    """Those of some quoted columns that the layer of the attached file `other` has too.

    SQLite takes a quoted name it does not know for a text: it would be written into every row.
    """
    known = _columns(connection, "other", layer)
    return [name for name in names if name.strip('"') in known]


def _columns(connection: sqlite3.Connection, schema: str, layer: str) -> set[str]:
    """Names of a layer's columns; none where there is no such layer."""
    return {row[1] for row in connection.execute(f'PRAGMA {schema}.table_info("{layer}")')}
