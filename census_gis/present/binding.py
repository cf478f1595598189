"""Bind pages of finished PDFs into another: a township's book from its districts', the changed sheets of all.

Pages are copied by qpdf as they are, so that a sheet is the same in every book it is bound into.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pikepdf

from census_gis.language import Language
from census_gis.present.pdf_file import Bookmark, finish, print_on_both_sides

__all__ = ["Chapter", "Leaf", "bind"]


@dataclass(frozen=True)
class Leaf:
    """One sheet of a file: its title, its first page (from 0) there, and the labels of all its pages."""

    words: str
    first: int
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Chapter:
    """Sheets of one file that stand together."""

    words: str
    source: Path
    leaves: tuple[Leaf, ...]


def bind(path: Path, chapters: Sequence[Chapter], *, title: str, language: Language) -> int:
    """Write a PDF of the chapters' pages, outlined title > chapter > sheet; returns its pages.

    Parameters
    ----------
    path
        The PDF; it appears whole or not at all.
    chapters
        In their order.

    Returns
    -------
    int
        0 where there is no sheet: then nothing is written.
    """
    labels: list[str] = []
    marks: list[Bookmark] = []
    with ExitStack() as open_files, pikepdf.new() as pdf:
        for chapter in chapters:
            if not chapter.leaves:
                continue
            source = open_files.enter_context(pikepdf.open(chapter.source))
            if "/Duplex" in source.Root.get("/ViewerPreferences", {}):
                print_on_both_sides(pdf)
            under = []
            for leaf in chapter.leaves:
                under.append(Bookmark(leaf.words, len(labels)))
                for page in range(leaf.first, leaf.first + len(leaf.labels)):
                    pdf.pages.append(source.pages[page])
                labels += leaf.labels
            marks.append(Bookmark(chapter.words, under[0].page, tuple(under)))
        if labels:
            outline = [Bookmark(title, 0, tuple(marks))]
            finish(pdf, path, title=title, language=language, outline=outline, labels=labels)
    return len(labels)
