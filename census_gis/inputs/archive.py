"""Archives (.zip, .kmz): unpacked by ourselves into a private folder that goes away again.

GDAL's own reading inside archives is never used. Only members of kinds that are read here are taken out, each
under a plain name, and what is really inflated is counted, whatever the archive says of itself.
"""

from __future__ import annotations

import errno
import stat
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any

from census_gis.errors import CensusGISError, InputError
from census_gis.findings import Kind
from census_gis.inputs.contents import refused
from census_gis.inputs.door import FORMATS, Checked, check
from census_gis.inputs.rasters import IMAGES
from census_gis.language import Text

__all__ = ["Files", "Member", "members"]

# Design note on imagery and population, 4.3 point 6.
MOST_ENTRIES, MOST_BYTES, MOST_RATIO = 500, 4 << 30, 100
SMALL = 10 << 20  # below this a high ratio does no harm: a table of zeros packs well
BLOCK = 1 << 20
DATA = {suffix for suffix, driver in FORMATS.items() if driver not in (*IMAGES, "ZIP")}
SIDE = {".shx", ".dbf", ".prj", ".cpg"}
IN_GDB = {".gdbtable", ".gdbtablx", ".gdbindexes", ".atx", ".spx", ".freelist", ".horizon", ""}
NESTED = {".zip", ".kmz", ".rar", ".7z", ".gz", ".tgz", ".bz2", ".xz", ".tar", ".zst", ".jar"}
LITTER = ("__MACOSX/", "._", ".DS_Store", "Thumbs.db", "desktop.ini")
UTF8_FLAG, LOCKED_FLAG = 0x800, 0x1
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError)  # fmt: skip
FULL = (errno.ENOSPC, errno.EDQUOT)

F013 = Kind(
    "F013", "note",
    Text("{n} members of the archive are of no kind read here and were left packed ({names})",
         "压缩包中有 {n} 个成员不是可读取的类型，未解压（{names}）"),
    Text("nothing to do, unless data is among them", "其中如有数据，请转换格式后重新提供；否则无需处理"),
)  # fmt: skip


@dataclass(frozen=True)
class Member:
    """A data file that may be opened, and how messages name it."""

    checked: Checked
    shown: str


@dataclass(frozen=True)
class Files:
    """The data files behind a path: the file itself, or those of an archive."""

    all: tuple[Member, ...]
    packed: bool = False
    findings: list[dict[str, Any]] = field(default_factory=list)


@contextmanager
def members(path: Path) -> Iterator[Files]:
    """Data files behind a path, there for as long as the block runs.

    Raises
    ------
    InputError
        As `census_gis.inputs.door.check`; an archive too large, locked, nested, with paths that lead out of it,
        or without data. Errors raised in the block about a member name the archive too.
    """
    checked = check(path)
    if checked.driver != "ZIP":
        yield Files((Member(checked, checked.path.name),))
        return
    with tempfile.TemporaryDirectory(prefix="census-gis-") as folder:
        names, left = _unpack(checked.path, Path(folder))
        shown = {file.name: name for file, name in names}
        found = [F013.at(path.name, "", n=len(left), names=", ".join(left[:5]))] if left else []
        try:
            some = tuple(Member(check(file), name) for file, name in names)
            yield Files(some, True, found)
        except CensusGISError as error:
            if error.where not in shown:
                raise
            where = f"{path.name}/{shown[error.where]}"
            raise type(error)(error.what, where=where, rows=error.rows, fix=error.fix) from error


def _unpack(path: Path, folder: Path) -> tuple[list[tuple[Path, str]], list[str]]:
    """Data files taken out, with their names in the archive, and names of members left packed."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = _entries(archive, path)
            files = {entry: name for entry, name in entries if _wanted(name)}
            left = [name for entry, name in entries if entry not in files and not _litter(name)]
            budget = MOST_BYTES
            for entry, name in files.items():
                target = folder / _place(name)
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(entry) as packed:
                    budget -= _inflate(packed, target, budget, entry.compress_size, path)
    except BROKEN as error:
        if isinstance(error, OSError) and error.errno in FULL:
            raise  # the fault is of this computer's disk, not of the archive
        raise refused(
            path, Text(f"the archive is damaged ({error}).", f"压缩包已损坏（{error}）。"),
            Text("pack or copy it again.", "请重新压缩或复制。"),
        ) from error  # fmt: skip
    found = {folder / _unit(name): _unit(name) for name in files.values() if _is_data(name)}
    if not found:
        raise refused(
            path, Text("the archive holds no file of a kind read here.", "压缩包中没有可读取的数据文件。"),
            Text(f"it may hold: {', '.join(sorted(DATA))}.", f"可包含：{'、'.join(sorted(DATA))}。"),
        )  # fmt: skip
    return sorted((file, str(name)) for file, name in found.items()), sorted(left)


def _inflate(packed: IO[bytes], target: Path, budget: int, size: int, path: Path) -> int:
    """Write one member, block by block, and stop where it grows beyond what is allowed."""
    done = 0
    allowed = max(SMALL, MOST_RATIO * size)
    with target.open("xb") as out:
        while block := packed.read(BLOCK):
            done += len(block)
            if done > budget or done > allowed:
                raise _bomb(path, done)
            out.write(block)
    return done


def _entries(archive: zipfile.ZipFile, path: Path) -> list[tuple[zipfile.ZipInfo, str]]:
    """The archive's list of contents, refused where anything in it is not plain."""
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(archive.infolist()) > MOST_ENTRIES:
        raise refused(
            path,
            Text(f"the archive has {len(archive.infolist()):,} members, more than {MOST_ENTRIES}.",
                 f"压缩包有 {len(archive.infolist()):,} 个成员，超过上限 {MOST_ENTRIES}。"),
            Text("pack only the layers needed.", "请只打包需要的图层。"),
        )  # fmt: skip
    total = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if total > MOST_BYTES or (total > SMALL and total > MOST_RATIO * max(packed, 1)):
        raise _bomb(path, total)
    named = [(entry, _name(entry)) for entry in entries]
    for entry, name in named:
        _refuse_member(entry, name, path)
    places = [_place(name).as_posix().casefold() for _, name in named if _wanted(name)]
    if len(places) != len(set(places)):
        raise refused(
            path, Text("the archive holds two files of one name.", "压缩包中有同名文件。"),
            Text("give every file its own name.", "请使各文件名称不同。"),
        )  # fmt: skip
    return named


def _refuse_member(entry: zipfile.ZipInfo, name: str, path: Path) -> None:
    shown = "".join(sign if sign.isprintable() else "?" for sign in name[:80])
    parts = name.replace("\\", "/").split("/")
    what = None
    if name.startswith(("/", "\\")) or ".." in parts or ":" in name or not name.isprintable():
        what = Text(
            f"the member '{shown}' leads out of the archive.", f"成员“{shown}”指向压缩包之外。"
        )
    elif stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
        what = Text(
            f"the member '{shown}' is a link, not a file.", f"成员“{shown}”是链接而不是文件。"
        )
    elif entry.flag_bits & LOCKED_FLAG:
        what = Text("the archive is locked with a password.", "压缩包已加密。")
    elif PurePosixPath(name).suffix.lower() in NESTED:
        what = Text(f"'{shown}' is an archive in the archive.", f"“{shown}”是嵌套的压缩包。")
    if what is not None:
        raise refused(
            path, what,
            Text("unpack it, and pack the data files alone.", "请解压后只打包数据文件。"),
        )  # fmt: skip


def _name(entry: zipfile.ZipInfo) -> str:
    """Name of a member: UTF-8 where it says so or can be, else GB18030."""
    if entry.flag_bits & UTF8_FLAG:
        return unicodedata.normalize("NFC", entry.filename)
    raw = entry.orig_filename.encode("cp437", "replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return unicodedata.normalize("NFC", raw.decode(encoding))
        except UnicodeDecodeError:
            continue
    return entry.filename


def _wanted(name: str) -> bool:
    """Whether a member is data or belongs to data."""
    pure = PurePosixPath(name)
    if _litter(name):
        return False
    if _gdb(pure) is not None:
        return pure.suffix.lower() in IN_GDB
    return pure.suffix.lower() in DATA | SIDE and pure.suffix.lower() != ".gdb"


def _litter(name: str) -> bool:
    return name.startswith("__MACOSX/") or PurePosixPath(name).name.startswith(LITTER)


def _is_data(name: str) -> bool:
    return _gdb(PurePosixPath(name)) is not None or PurePosixPath(name).suffix.lower() in DATA


def _gdb(pure: PurePosixPath) -> PurePosixPath | None:
    """The geodatabase folder a member lies in."""
    return next((one for one in pure.parents if one.suffix.lower() == ".gdb"), None)


def _unit(name: str) -> PurePosixPath:
    """What is opened for a member: the geodatabase it belongs to, else the file itself."""
    pure = _place(name)
    return _gdb(pure) or pure


def _place(name: str) -> PurePosixPath:
    """Where a member is put; a shapefile's parts come together whatever the case of their names' ends."""
    pure = PurePosixPath(name.replace("\\", "/"))
    return pure if _gdb(pure) else pure.with_suffix(pure.suffix.lower())


def _bomb(path: Path, size: int) -> InputError:
    return refused(
        path,
        Text(f"the archive unpacks to more than it may ({size / 1e6:,.0f} MB and on, {MOST_RATIO} times its size at most).",
             f"压缩包解压后过大（已达 {size / 1e6:,.0f} MB；上限为其大小的 {MOST_RATIO} 倍）。"),
        Text("ask the supplier for the plain files.", "请向提供方索取未压缩的文件。"),
    )  # fmt: skip
