"""Every kernel of the fabric does as plain Python what it does compiled: what is drawn for a district is the same."""

import importlib
import pkgutil
from dataclasses import fields
from functools import wraps

import numpy as np
import shapely
from numba.core.dispatcher import Dispatcher

from census_gis import fabric, geometry
from census_gis.fabric import blocks
from census_gis.fabric.adjacency import borders_between
from census_gis.fabric.borders import border_pieces, settle_crumbs
from census_gis.fabric.cells import cell_polygons
from census_gis.fabric.medians import as_one_line
from census_gis.fabric.mesh import build_mesh
from census_gis.fabric.verges import give_way
from census_gis.fabric.words import Words
from tests.fabric.nasty import district


def _modules():
    """All modules of the rooms whose kernels are looked at."""
    for room in (fabric, geometry):
        for found in pkgutil.iter_modules(room.__path__):
            yield importlib.import_module(f"{room.__name__}.{found.name}")


def _made_plain(monkeypatch):
    """Put the plain function in place of every compiled one, wherever it is called; all names, and those called."""
    names, called = set(), set()

    def noted(kernel):
        name = f"{kernel.__module__}.{kernel.__name__}"
        names.add(name)

        @wraps(kernel)
        def run(*given):
            called.add(name)
            return kernel(*given)

        return run

    for module in _modules():
        for name, value in list(vars(module).items()):
            if isinstance(value, Dispatcher):
                monkeypatch.setattr(module, name, noted(value.py_func))
    return names, called


def _drawn(seed, most):
    """All that kernels find for a random district: mesh, borders between cells and between areas, streets."""
    boundary, footprints, barriers, kinds = district(seed, most=most)
    words = Words(np.zeros(len(barriers), np.int64), ["primary"])
    lines = as_one_line(barriers, kinds, words, words)
    outlines = give_way(
        footprints, lines[np.flatnonzero(kinds == 1)], np.full((kinds == 1).sum(), 9.0)
    )
    mesh = build_mesh(boundary, footprints, lines, kinds)
    group = np.arange(mesh.n_cells, dtype=np.int32) // 3
    corner = settle_crumbs(mesh, group)
    pieces = border_pieces(mesh, corner)
    found = {field.name: getattr(mesh, field.name) for field in fields(mesh)}
    found |= {f"piece {name}": column for name, column in pieces._asdict().items()}
    found |= {"pairs": blocks.touching_pieces(mesh.twin, mesh.cell)}
    found |= {f"border {name}": column for name, column in borders_between(mesh, group).items()}
    shapes = {"lines": lines, "outlines": outlines, "cells": cell_polygons(mesh)}
    return found | {name: shapely.to_wkb(each) for name, each in shapes.items()}


def test_kernels_as_plain_python_draw_the_same_districts(monkeypatch):
    # One with strays, and one with a cell that touches itself at a point, are among them.
    seeds = ((4, 12), (40, 12), (29, 25))
    compiled = [_drawn(*seed) for seed in seeds]
    names, called = _made_plain(monkeypatch)
    for seed, found in zip(seeds, compiled, strict=True):
        plain = _drawn(*seed)
        for name, value in found.items():
            assert np.array_equal(value, plain[name]), (seed, name)
    unseen = sorted(names - called)
    assert not unseen, unseen
