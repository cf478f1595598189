"""XML from outside: no document types, no entities, and the root it should have."""

from __future__ import annotations

from pathlib import Path
from xml.parsers import expat

from census_gis.errors import InputError
from census_gis.inputs.contents import refused
from census_gis.language import Text

__all__ = ["MOST_DEPTH", "damaged_xml", "look_root", "no_doctype"]

MOST_DEPTH = 200
BLOCK = 1 << 16


class _RootSeenError(Exception):
    """The first element was reached; carries its name."""


def no_doctype(path: Path) -> InputError:
    """The error for a file that declares a document type or entities."""
    return refused(
        path,
        Text("the file declares a document type (DOCTYPE) or entities; such files are not read.",
             "文件含有文档类型声明（DOCTYPE）或实体定义；不读取此类文件。"),
        Text("export it again, or remove the declaration.", "请重新导出，或删除该声明。"),
    )  # fmt: skip


def damaged_xml(path: Path, error: expat.ExpatError) -> InputError:
    """The error for XML that does not parse."""
    line, reason = error.lineno, expat.ErrorString(error.code)
    return refused(
        path,
        Text(f"the file is damaged or cut short at line {line} ({reason}).",
             f"文件在第 {line} 行处损坏或不完整（{reason}）。"),
        Text("copy or export the file again.", "请重新复制或导出该文件。"),
    )  # fmt: skip


def look_root(path: Path, root: str) -> str | None:
    """Name of the root element where it is not `root`; None where it is.

    Raises
    ------
    InputError
        For a document type, entities, or no XML at all.
    """
    parser = expat.ParserCreate(namespace_separator=" ")

    def doctype(*_: object) -> None:
        raise no_doctype(path)

    def start(name: str, _: object) -> None:
        raise _RootSeenError(name.rsplit(" ", 1)[-1])

    parser.StartDoctypeDeclHandler = doctype
    parser.EntityDeclHandler = doctype
    parser.StartElementHandler = start
    try:
        with path.open("rb") as stream:
            parser.ParseFile(stream)
    except _RootSeenError as seen:
        return None if str(seen) == root else str(seen)
    except (expat.ExpatError, ValueError) as error:
        return str(error)
    return ""
