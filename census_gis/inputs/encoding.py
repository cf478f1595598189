"""Which encoding the texts of a file are in: decided on all its bytes, strictly, never by trust alone.

A .dbf table says nothing reliable about its encoding, and every byte is a letter of Latin-1, so a wrong
reading raises no error: 城镇住宅用地 becomes ³ÇÕò×¡Õ¬ÓÃµØ. Here the raw bytes are tried in a fixed order: what the
user states, the .cpg file, the language byte, UTF-8, GB18030. A reading counts only if every value of
every field is readable; what the file says is overruled only by stronger evidence, with a finding.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from census_gis.errors import ConfigError, InputError
from census_gis.findings import Kind
from census_gis.language import Text

__all__ = [
    "ascii_or_decided",
    "codec",
    "dbf_encoding",
    "decode_frame",
    "decode_value",
    "text_encoding",
]

F001 = Kind(
    "F001", "note",
    Text("the file does not say its encoding; every text is readable as {encoding}",
         "文件未说明文字编码；全部文字可按 {encoding} 读取"),
    Text("add encoding = \"{encoding}\" to the input if the names are right",
         "如名称正确，请在该输入中写明 encoding = \"{encoding}\""),
)  # fmt: skip
F002 = Kind(
    "F002", "warning",
    Text("the file says its encoding is {said}, but its texts are {encoding}; they were read as {encoding}",
         "文件称编码为 {said}，但文字实为 {encoding}；已按 {encoding} 读取"),
    Text("correct the .cpg file, or state encoding = \"…\"", "请改正 .cpg 文件，或写明 encoding = \"…\""),
)  # fmt: skip
F003 = Kind(
    "F003", "warning",
    Text("{n} texts of field {field} were cut in the middle of a character; the broken end was removed",
         "字段 {field} 有 {n} 个文字在字符中间被截断；已去掉残缺的末尾"),
    Text("ask for a file with wider fields (GeoPackage)", "请索取字段更宽的文件（GeoPackage）"),
)  # fmt: skip

# Language driver byte (offset 29) of dBASE tables -> code page. Source: ESRI/ArcGIS and the table in
# GDAL's ogr/ogrsf_frmts/shape/ogrshapelayer.cpp.
LANGUAGE_BYTE = {
    0x01: "cp437", 0x02: "cp850", 0x03: "cp1252", 0x13: "cp932", 0x4D: "gb18030", 0x4E: "cp949",
    0x4F: "big5", 0x50: "cp874", 0x57: "cp1252", 0x58: "cp1252", 0x59: "cp1252", 0x64: "cp852",
    0x65: "cp866", 0x78: "big5", 0x79: "cp949", 0x7A: "gb18030", 0x7B: "cp932", 0x7C: "cp874",
    0x7D: "cp1255", 0x7E: "cp1256", 0xC8: "cp1250", 0xC9: "cp1251", 0xCA: "cp1254", 0xCB: "cp1253",
    0xCC: "cp1257",
}  # fmt: skip
ALIASES = {
    "65001": "utf-8", "utf8": "utf-8", "936": "gb18030", "gbk": "gb18030", "gb2312": "gb18030",
    "cp936": "gb18030", "ms936": "gb18030", "euccn": "gb18030", "54936": "gb18030", "950": "big5",
    "932": "cp932", "949": "cp949", "88591": "latin-1", "1252": "cp1252", "1250": "cp1250",
    "1251": "cp1251", "1254": "cp1254", "1258": "cp1258", "874": "cp874",
}  # fmt: skip
MANY_BYTES = {"utf-8", "gb18030", "big5", "cp932", "cp949", "euc_kr", "euc_jp", "shift_jis"}
# Of text that really is Chinese, nearly all characters belong to the 6,763 of GB 2312-80; of Latin,
# Japanese or Big5 text read as GB18030 by mistake, far fewer do.
COMMON_SHARE = 0.7
ENOUGH, FEW_BONUS = 20, 0.2  # one rare character weighs much among a few
LONGEST = 3  # most bytes a cut character can leave behind


def codec(name: str) -> str | None:
    """Python's name of an encoding as .cpg files and users write it; None when unknown."""
    plain = re.sub(r"^(ansi|oem|windows|cp|ms|iso)[\s_-]*(?=\d)", "", name.strip().lower())
    plain = re.sub(r"[\s_-]", "", plain)
    try:
        found = ALIASES.get(plain) or codecs.lookup(name.strip()).name
    except LookupError:
        return None
    return {"gbk": "gb18030", "gb2312": "gb18030", "iso8859-1": "latin-1"}.get(found, found)


def decode_value(value: bytes, encoding: str) -> tuple[str, bool] | None:
    """A text and whether its end was cut in the middle of a character; None when it is not readable."""
    try:
        return value.decode(encoding), False
    except UnicodeDecodeError:
        if encoding not in MANY_BYTES:
            return None
    for cut in range(1, LONGEST + 1):
        head, tail = value[:-cut], value[-cut:]
        if not head or tail[0] < 0x80:
            return None
        try:
            # A cut character is one that more bytes would complete; other bytes are an error here.
            codecs.getincrementaldecoder(encoding)("strict").decode(tail, final=False)
            return head.decode(encoding), True
        except UnicodeDecodeError:
            continue
    return None


def dbf_encoding(
    dbf: Path, *, cpg: Path | None, stated: str | None
) -> tuple[str, list[dict[str, Any]]]:
    """Encoding of a dBASE table, from its own bytes.

    Parameters
    ----------
    dbf
        The table.
    cpg
        The file beside it that names the encoding, if there is one.
    stated
        What the user says; it wins, and must be able to read everything.

    Raises
    ------
    InputError
        When no encoding reads all texts; names the field.
    ConfigError
        When the encoding stated is unknown.
    """
    samples, language = _texts(dbf)
    said = []
    if cpg is not None:
        said.append(codec(cpg.read_bytes()[:64].decode("ascii", "replace").strip("\0\ufeff \r\n")))
    said.append(LANGUAGE_BYTE.get(language))
    return _decide(samples, [one for one in said if one], stated, dbf.name)


def text_encoding(path: Path, *, stated: str | None) -> tuple[str, list[dict[str, Any]]]:
    """Encoding of a text file (CSV): mark at its beginning, UTF-8, GB18030; the same laws."""
    data = path.read_bytes()
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
    ):  # fmt: skip
        if stated is None and data.startswith(mark):
            _require(data, name, path.name)
            return name, []
    lines = {str(i + 1): [line] for i, line in enumerate(data.split(b"\n")) if not line.isascii()}
    encoding, found = _decide(lines, [], stated, path.name)
    _require(data, encoding, path.name)  # a text file has no fields that may be cut
    return encoding, [] if encoding == "utf-8" else found  # UTF-8 is what a text file should be


def ascii_or_decided(
    path: Path, *, said: Iterable[str], stated: str | None
) -> tuple[str, list[dict[str, Any]]]:
    """Encoding of a text file whose header may name one; plain ASCII and UTF-8 need no remark."""
    data = path.read_bytes()
    if data.isascii():
        return "utf-8", []
    lines = {str(i + 1): [line] for i, line in enumerate(data.split(b"\n")) if not line.isascii()}
    encoding, found = _decide(lines, list(said), stated, path.name)
    _require(data, encoding, path.name)
    return encoding, [] if encoding == "utf-8" else found


def decode_frame(
    frame: pd.DataFrame, encoding: str, *, layer: str
) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """Texts and column names carried as Latin-1 (one letter a byte) turned into what they say.

    Values must have passed `dbf_encoding`; cut ends are removed, counted and reported by field.
    """
    found: list[dict[str, Any]] = []
    names, columns = {}, {}
    for old in frame.columns:
        if old == "geometry":
            continue
        name, _ = _carried(str(old), encoding)
        names[old] = name
        values = frame[old]
        if not (pd.api.types.is_string_dtype(values) or values.dtype == object):
            continue
        table = {value: _carried(value, encoding) for value in values.dropna().unique()}
        cut = sum(int(values.eq(value).sum()) for value, (_, short) in table.items() if short)
        columns[old] = values.map({value: text for value, (text, _) in table.items()})
        if cut:
            found.append(F003.at(layer, "", n=cut, field=name))
    return frame.assign(**columns).rename(columns=names), found


def _carried(value: object, encoding: str) -> tuple[object, bool]:
    if not isinstance(value, str) or value.isascii():
        return value, False
    read = decode_value(value.encode("latin-1"), encoding)
    # Deleted rows and memo fields are not part of the decision; they keep a visible mark.
    return read if read is not None else (value.encode("latin-1").decode(encoding, "replace"), True)


def _decide(
    samples: Mapping[str, list[bytes]], said: list[str], stated: str | None, layer: str
) -> tuple[str, list[dict[str, Any]]]:
    """The encoding, and a finding where the file itself did not say it or said another one."""
    if stated is not None:
        known = codec(stated)
        if known is None:
            raise ConfigError(
                Text(f"'{stated}' is not a known encoding.", f"不认识的编码“{stated}”。"),
                where=layer, fix=Text("use utf-8 or gbk.", "请用 utf-8 或 gbk。"),
            )  # fmt: skip
        if (bad := _unreadable(samples, known)) is not None:
            raise _none_fits(layer, bad, [stated])
        return known, []
    if not any(samples.values()):
        return said[0] if said else "utf-8", []
    best = _evidence(samples, said)
    if best is None:
        bad = _unreadable(samples, "gb18030") or next(iter(samples))
        raise _none_fits(layer, bad, [*said, "utf-8", "gb18030"])
    if not said:
        return best, [F001.at(layer, "", encoding=best)]
    return best, [] if best == said[0] else [F002.at(layer, "", said=said[0], encoding=best)]


def _evidence(samples: Mapping[str, list[bytes]], said: list[str]) -> str | None:
    """The first encoding that reads everything, weighing the bytes above the label."""
    # Chinese in GBK is next to never valid UTF-8 by accident, while UTF-8 often passes for GBK; only
    # a few two-byte pairs are both, and there the file's own word counts.
    if _unreadable(samples, "utf-8") is None and (
        not set(said) & (MANY_BYTES - {"utf-8"}) or _beyond_two_bytes(samples)
    ):
        return "utf-8"
    chinese = _unreadable(samples, "gb18030") is None and _common(samples) >= COMMON_SHARE
    for one in said:
        if one in MANY_BYTES:
            if _unreadable(samples, one) is None:
                return one
        elif not chinese and _unreadable(samples, one) is None:
            return one
    return "gb18030" if chinese else None


def _unreadable(samples: Mapping[str, list[bytes]], encoding: str) -> str | None:
    """First field with a value that the encoding cannot read."""
    for field, values in samples.items():
        try:
            b"\n".join(values).decode(encoding)
        except UnicodeDecodeError:
            if any(decode_value(value, encoding) is None for value in values):
                return field
    return None


def _beyond_two_bytes(samples: Mapping[str, list[bytes]]) -> bool:
    """Whether some character needs three bytes or more in UTF-8, as all Chinese ones do."""
    return any(byte >= 0xE0 for some in samples.values() for value in some for byte in value)


def _common(samples: Mapping[str, list[bytes]]) -> float:
    """Share of characters beyond ASCII that GB 2312 knows, reading as GB18030."""
    values = [value for some in samples.values() for value in some]
    texts = [read[0] for value in values if (read := decode_value(value, "gb18030"))]
    signs = [sign for sign in "".join(texts) if ord(sign) > 127]
    share = sum(map(_in_gb2312, signs)) / max(len(signs), 1)
    return share if len(signs) >= ENOUGH else share + FEW_BONUS


def _in_gb2312(sign: str) -> bool:
    try:
        return len(sign.encode("gb2312")) == 2
    except UnicodeEncodeError:
        return False


def _texts(dbf: Path) -> tuple[dict[str, list[bytes]], int]:
    """Distinct non-ASCII texts of each text field (and of the header) of a table, and its language byte."""
    with dbf.open("rb") as stream:
        head = stream.read(32)
        rows, first, width = (
            int.from_bytes(head[a:b], "little") for a, b in ((4, 8), (8, 10), (10, 12))
        )
        fields = stream.read(max(first - 32, 0))
    names: list[bytes] = []
    samples: dict[str, list[bytes]] = {}
    body = (
        np.memmap(dbf, dtype=np.uint8, mode="r", offset=first, shape=(rows, width))
        if rows and width
        else np.empty((0, max(width, 1)), np.uint8)
    )
    body = body[body[:, 0] != ord("*")] if rows else body
    at = 1
    for start in range(0, len(fields) - 31, 32):
        if fields[start] in (0x0D, 0x00):
            break
        name, kind, size = (
            fields[start : start + 11].split(b"\0")[0],
            fields[start + 11],
            fields[start + 16],
        )
        names.append(name)
        if kind == ord("C"):
            block = body[:, at : at + size]
            block = np.ascontiguousarray(block[(block >= 0x80).any(axis=1)])
            distinct = np.unique(block.view(f"S{size}").ravel()).tolist() if block.size else []
            samples[name.decode("latin-1")] = [value.rstrip(b" ") for value in distinct]
        at += size
    samples["header"] = [name for name in names if not name.isascii()]
    return samples, head[29]


def _require(data: bytes, encoding: str, layer: str) -> None:
    try:
        data.decode(encoding)
    except UnicodeDecodeError as error:
        line = str(data[: error.start].count(b"\n") + 1)
        raise _none_fits(layer, line, [encoding]) from error


def _none_fits(layer: str, field: str, tried: Iterable[str]) -> InputError:
    names = ", ".join(dict.fromkeys(tried))
    shown = decode_value(field.encode("latin-1", "replace"), "gb18030")
    field = shown[0] if shown else field
    return InputError(
        Text(f"the texts of field or line '{field}' cannot be read as {names}.",
             f"字段或行“{field}”的文字不能按 {names} 读取。"),
        where=layer,
        fix=Text('state encoding = "…" for this input (big5, cp932 …), or ask for a GeoPackage.',
                 "请为该输入写明 encoding = \"…\"（如 big5、cp932），或索取 GeoPackage。"),
    )  # fmt: skip
