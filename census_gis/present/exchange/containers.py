"""GeoPackage and GeoParquet: formats that carry the layers of a plan as they are."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio

from census_gis.language import Text
from census_gis.present.exchange.fields import write_fields
from census_gis.present.exchange.source import Loss, PlanSource
from census_gis.store import styles

__all__ = ["write_geopackage", "write_parquet"]

# A GeoPackage notes when it was changed; ours depends on content alone.
NO_DATE = "2000-01-01T00:00:00Z"


def write_geopackage(
    plan: PlanSource, folder: Path, *, advance: Callable[[str], None]
) -> list[Loss]:
    """All layers in one file, drawn by QGIS as the plan is; without log and packed inputs."""
    path = folder / "plan.gpkg"
    columns: dict[str, list[str]] = {}
    with _undated():
        for layer in plan.layers:
            frame = plan.layer(layer)
            columns[layer] = [str(name) for name in frame.columns if name != "geometry"]
            _append(path, layer, frame)
            advance(layer)
    with closing(sqlite3.connect(path)) as connection:
        styles.write(connection, plan.layers)
        connection.execute("UPDATE gpkg_contents SET last_change = ?", (NO_DATE,))
        connection.commit()
        connection.execute("PRAGMA journal_mode=DELETE")
    write_fields(folder / "fields.csv", columns, short={})
    return []


def write_parquet(plan: PlanSource, folder: Path, *, advance: Callable[[str], None]) -> list[Loss]:
    """One GeoParquet file a layer that has rows, in the plan's coordinate system."""
    losses: list[Loss] = []
    columns: dict[str, list[str]] = {}
    for layer in plan.layers:
        frame = plan.layer(layer)
        if len(frame):
            columns[layer] = [str(name) for name in frame.columns if name != "geometry"]
            frame.to_parquet(folder / f"{layer}.parquet", index=False)
            if "geometry" not in frame:
                losses.append(
                    Loss(
                        layer,
                        Text("has no shapes: a plain Parquet table", "无几何：普通 Parquet 表"),
                    )
                )
        advance(layer)
    write_fields(folder / "fields.csv", columns, short={})
    return losses


def _append(path: Path, layer: str, frame: pd.DataFrame) -> None:
    shaped = isinstance(frame, gpd.GeoDataFrame)
    kinds = set(frame.geometry.dropna().geom_type) if shaped else set()
    single = len({kind.removeprefix("Multi") for kind in kinds}) == 1
    kind = next(iter(kinds)).removeprefix("Multi") if single else "Unknown"
    multi = single and any(name.startswith("Multi") for name in kinds)
    options = {"geometry_type": f"Multi{kind}" if multi else kind} if shaped else {}
    pyogrio.write_dataframe(
        frame, path, layer=layer, driver="GPKG", append=path.exists(), promote_to_multi=multi,
        dataset_options=None if path.exists() else {"VERSION": "1.3"}, **options,
    )  # fmt: skip
    if pyogrio.read_info(path, layer=layer, force_feature_count=True)["features"] != len(frame):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))


@contextmanager
def _undated() -> Iterator[None]:
    # The folder is flushed to the disk once, when it is whole; until then SQLite need not wait.
    options = {"OGR_CURRENT_DATE": NO_DATE, "OGR_SQLITE_SYNCHRONOUS": "OFF"}
    pyogrio.set_gdal_config_options(options)
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options(dict.fromkeys(options))
