"""Finish a PDF: description, outline, page labels; and put it on disk whole or not at all."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from census_gis.language import Language
from census_gis.store.beside import beside

__all__ = ["Bookmark", "Outlet", "finish", "print_on_both_sides"]


@dataclass(frozen=True)
class Bookmark:
    """A line of the outline: words, page (from 0), and the lines under it."""

    words: str
    page: int
    under: tuple[Bookmark, ...] = ()


class Outlet(io.RawIOBase):
    """Passes bytes on to a file; the first refusal of the disk is kept, and raised when the block ends.

    qpdf meets a full disk in a destructor, and would end the whole process.

    Parameters
    ----------
    target
        A file open for writing in binary.
    """

    def __init__(self, target: IO[bytes]) -> None:
        super().__init__()
        self._target = target
        self._refusal: OSError | None = None

    def writable(self) -> bool:
        """Whether bytes may be written."""
        return True

    def write(self, data: object) -> int:
        """Write bytes, or nothing once the disk has refused some."""
        some = bytes(data)  # type: ignore[call-overload]
        if self._refusal is None:
            try:
                self._target.write(some)
            except OSError as error:
                self._refusal = error
        return len(some)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Raise what the disk said."""
        super().__exit__(kind, error, trace)
        if self._refusal is not None and error is None:
            raise self._refusal


def finish(
    pdf: pikepdf.Pdf, path: Path, *, title: str, language: Language, outline: Sequence[Bookmark],
    labels: Sequence[str],
) -> None:  # fmt: skip
    """Describe a PDF, write it under a temporary name, force it to disk, and give it its name."""
    _describe(pdf, title, language)
    if labels:
        pdf.Root.PageLabels = _page_labels(labels)
    with pdf.open_outline() as tree:
        tree.root.extend(_outline_item(mark) for mark in outline)
    with beside(path, tag=f".{os.getpid()}") as scratch, scratch.open("wb") as handle:
        with Outlet(handle) as outlet:
            pdf.save(
                outlet,  # type: ignore[arg-type]
                deterministic_id=True,
                object_stream_mode=pikepdf.ObjectStreamMode.generate,
            )
        handle.flush()
        os.fsync(handle.fileno())


def _describe(pdf: pikepdf.Pdf, title: str, language: Language) -> None:
    tongue = "zh-CN" if language == "zh" else "en"
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as about:
        about["dc:title"] = title
        about["dc:language"] = [tongue]
        about["pdf:Producer"] = "census_gis"
    pdf.docinfo["/Title"] = String(title)
    pdf.docinfo["/Producer"] = String("census_gis")
    pdf.Root.Lang = String(tongue)
    pdf.Root.PageMode = Name.UseOutlines
    # "Fit to page" would spoil the scale of the maps.
    preferences = pdf.Root.get("/ViewerPreferences", Dictionary())
    preferences.PrintScaling = Name("/None")
    preferences.DisplayDocTitle = True
    pdf.Root.ViewerPreferences = preferences


def print_on_both_sides(pdf: pikepdf.Pdf) -> None:
    """Have viewers print both sides of the paper, turned on its long edge."""
    pdf.Root.ViewerPreferences = Dictionary(Duplex=Name.DuplexFlipLongEdge)


def _page_labels(labels: Sequence[str]) -> Dictionary:
    numbers: list[object] = []
    for page, label in enumerate(labels):
        numbers += [page, Dictionary(P=String(label))]
    return Dictionary(Nums=Array(numbers))


def _outline_item(mark: Bookmark) -> pikepdf.OutlineItem:
    item = pikepdf.OutlineItem(mark.words, mark.page, "Fit")
    item.children.extend(_outline_item(below) for below in mark.under)
    return item
