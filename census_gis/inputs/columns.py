"""Their columns and values become ours: names, use classes, numbers that are numbers.

What cannot be read is a finding that names the rows; the value is then missing, never guessed.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census_gis.errors import ConfigError, InputError
from census_gis.findings import Kind
from census_gis.inputs.sources import Source
from census_gis.language import Text
from census_gis.profile import nearest

__all__ = [
    "as_text",
    "known_words",
    "map_columns",
    "map_values",
    "numbers",
    "rows_named",
    "strict_counts",
    "text_column",
]

NAMED = 20  # rows a message names; the rest are counted
MISSING_WORDS = frozenset({"", "nan", "none", "null", "<na>", "nat"})
LONGEST = max(map(len, MISSING_WORDS))
ANY = "*"

NOT_NUMBER = Kind(
    "B301", "warning",
    Text("column '{column}': {n} values are no numbers and count as missing ({rows}).",
         "字段“{column}”：{n} 个值不是数字，按缺失处理（{rows}）。"),
    Text("write numbers only.", "只填数字。"),
)  # fmt: skip
TOO_SMALL = Kind(
    "B302", "warning",
    Text("column '{column}': {n} values are below {least:g} and count as missing ({rows}).",
         "字段“{column}”：{n} 个值小于 {least:g}，按缺失处理（{rows}）。"),
    Text("correct these rows.", "请改正这些行。"),
)  # fmt: skip
NOT_WHOLE = Kind(
    "B303", "warning",
    Text("column '{column}': {n} counts are no whole numbers and count as missing ({rows}).",
         "字段“{column}”：{n} 个计数不是整数，按缺失处理（{rows}）。"),
    Text("write whole numbers.", "请填整数。"),
)  # fmt: skip
NO_VALUE = Kind(
    "B304", "note",
    Text("column '{column}' is empty in {n} of {all} rows ({rows}).",
         "字段“{column}”在 {all} 行中有 {n} 行为空（{rows}）。"),
    Text("fill it where it is known.", "已知的请填写。"),
)  # fmt: skip
UNMATCHED = Kind(
    "B305", "warning",
    Text("{n} rows have a use that no list names ({words}); they count as unknown.",
         "{n} 行的用途未列入对应表（{words}），按“不明”处理。"),
    Text("name them under use_values.", "请在 use_values 中列出。"),
)  # fmt: skip


# The same faults where they stop the reading.
REFUSED = {
    "B301": Text("the value is no number", "不是数字"), "B302": Text("the value is below 0", "小于 0"),
    "B303": Text("the value is no whole number", "不是整数"),
}  # fmt: skip


def as_text(values: Iterable[object]) -> NDArray[Any]:
    """Values as texts without surrounding space, None where missing; 12.0 becomes '12'.

    Examples
    --------
    >>> as_text([" a ", 12.0, None, float("nan")]).tolist()
    ['a', '12', None, None]
    """
    if isinstance(values, pd.Series) and isinstance(values.dtype, pd.StringDtype):
        row, words = pd.factorize(values)  # classes and names stand in many rows
        return np.array([*_texts(words.to_numpy(dtype=object)), None], dtype=object)[row]
    # One by one out of a column costs more than the values all at once.
    listed = values.to_numpy(dtype=object) if isinstance(values, pd.Series) else values
    return np.array(_texts(listed), dtype=object)


def text_column(frame: pd.DataFrame, column: str) -> NDArray[Any]:
    """A column as texts (see `as_text`), None in every row where the frame has no such column.

    Examples
    --------
    >>> text_column(pd.DataFrame({"a": [1, 2]}), "b").tolist()
    [None, None]
    """
    return as_text(frame[column]) if column in frame else np.full(len(frame), None, dtype=object)


def _texts(values: Iterable[object]) -> list[str | None]:
    """Most values are texts, and too long for a word that says nothing: these take no call each."""
    stripped = [value.strip() if type(value) is str else _text(value) for value in values]
    return [
        None if text is None or (len(text) <= LONGEST and text.lower() in MISSING_WORDS) else text
        for text in stripped
    ]


def _text(value: object) -> str | None:
    """What is no plain text."""
    if value is None or value is pd.NA or value != value:
        return None
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value).strip()


def rows_named(keys: Iterable[object]) -> str:
    """The first rows by name, and how many more."""
    named = [str(key) for key in keys]
    rest = len(named) - NAMED
    return ", ".join(named[:NAMED]) + (f" … +{rest}" if rest > 0 else "")


def map_columns(
    frame: pd.DataFrame, source: Source, ours: Iterable[str]
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Rename a layer's columns to our names and leave out the others.

    Parameters
    ----------
    frame : DataFrame
        As read, with all its columns.
    source
        Its `columns` say what ours are called there; a column that has our name already is taken as it is.
    ours
        Names that may be taken.

    Returns
    -------
    The frame with our columns (and `_row`, `geometry` where present), and the names that were found.

    Raises
    ------
    InputError
        If a column named in the project file is not in the file.
    ConfigError
        If it is mapped to a name we do not have.
    """
    ours = tuple(ours)
    strange = [our for our in source.columns if our not in ours]
    if strange:
        raise ConfigError(
            Text(f"columns = {{…}}: we know no column '{strange[0]}' here.",
                 f"columns = {{…}}：此处没有名为“{strange[0]}”的列。"),
            where=source.label, rows=strange,
            fix=Text(f"on the left of = stands one of: {', '.join(ours)}; the nearest is "
                     f"'{nearest(strange[0], ours)}'.",
                     f"等号左边可用：{'、'.join(ours)}；最接近的是“{nearest(strange[0], ours)}”。"),
        )  # fmt: skip
    wanted = {our: their for our, their in source.columns.items() if their}
    lost = {our: their for our, their in wanted.items() if their not in frame.columns}
    if lost:
        present = [str(name) for name in frame.columns if name not in ("geometry", "_row")]
        near = {their: difflib.get_close_matches(their, present, n=1) for their in lost.values()}
        hint = "; ".join(f"{their} -> {guess[0]}" for their, guess in near.items() if guess)
        pairs = ", ".join(f'{our} = "{their}"' for our, their in lost.items())
        raise InputError(
            Text(f"columns of columns = {{…}} are not in the file: {pairs}.",
                 f"columns = {{…}} 中的字段在文件中不存在：{pairs}。"),
            where=source.label,
            fix=Text(f"the file has: {', '.join(present)}.{f' Nearest: {hint}.' if hint else ''}",
                     f"文件中的字段：{'、'.join(present)}。{f'最接近：{hint}。' if hint else ''}"),
        )  # fmt: skip
    taken = {our: wanted.get(our, our) for our in ours}
    taken = {our: their for our, their in taken.items() if their in frame.columns}
    out = frame[[name for name in ("_row", "geometry") if name in frame.columns]].copy()
    for our, their in taken.items():
        out[our] = frame[their].to_numpy()
    return out, tuple(taken)


def map_values(
    values: Iterable[object],
    lists: Mapping[str, tuple[str, ...]],
    known: tuple[str, ...] = (),
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Their values as ours.

    Parameters
    ----------
    values : shape (n,)
        Values as read.
    lists
        ``our_value -> their_values``; ``"*"`` takes every value (a missing one too) that no list names.
    known
        Our own values; they pass as they are. Where there are none, every value passes.

    Returns
    -------
    The values (None where missing or matched by nothing), and which were present but matched by nothing.
    """
    texts = as_text(values)
    to = {value: value for value in known}
    to |= {their: our for our, theirs in lists.items() for their in theirs if their != ANY}
    rest = next((our for our, theirs in lists.items() if ANY in theirs), None)
    mapped: NDArray[Any] = pd.Series(texts, dtype=object).map(to).to_numpy(dtype=object).copy()
    hit = np.asarray(pd.notna(mapped), dtype=bool)
    present = np.asarray(pd.notna(texts), dtype=bool)
    if rest is not None:
        mapped[~hit] = rest
    elif not known:
        mapped[~hit] = texts[~hit]
    else:
        mapped[~hit] = None
    lost = present & ~hit if rest is None and known else np.zeros(len(texts), dtype=bool)
    return mapped, lost


def known_words(
    frame: pd.DataFrame,
    column: str,
    known: Mapping[str, Any],
    *,
    where: str,
    required: bool = False,
) -> NDArray[Any]:
    """A column of words as what they stand for, None where it is empty.

    Parameters
    ----------
    frame
        With `_key`, what messages call a row.
    known
        Words in small letters and what they stand for.
    where
        Layer or input, as the message names it.
    required
        An empty row is refused too.

    Raises
    ------
    InputError
        If a row holds a word that is none of `known`.
    """
    texts = text_column(frame, column)
    said = [None if text is None else known.get(text.lower()) for text in texts]
    strange = [
        key for key, text, one in zip(frame["_key"], texts, said, strict=True)
        if one is None and (text is not None or required)
    ]  # fmt: skip
    if strange:
        word = next(
            (t for t, one in zip(texts, said, strict=True) if one is None and t is not None), ""
        )
        near = nearest(word, tuple(known))
        raise InputError(
            Text(f"column '{column}': {len(strange)} rows hold no word we know{f' ({word})' if word else ''}.",
                 f"字段“{column}”：{len(strange)} 行的取值无法识别{f'（{word}）' if word else ''}。"),
            where=where, rows=strange,
            fix=Text(f"use one of: {', '.join(known)} (nearest: {near}).",
                     f"可用：{'、'.join(known)}（最接近：{near}）。"),
        )  # fmt: skip
    out = np.empty(len(said), dtype=object)
    out[:] = said
    return out


def numbers(
    frame: pd.DataFrame, column: str, kind: Literal["count", "measure"], *, layer: str, least: float
) -> tuple[NDArray[np.float64], list[dict[str, Any]]]:
    """A column as numbers, NaN where it holds none, and findings that name the rows.

    Parameters
    ----------
    frame : DataFrame
        With `column` and the text column `_key` that names rows.
    kind
        A ``count`` is whole, a ``measure`` need not be.
    layer
        Name of the input, for findings.
    least
        Smaller values count as missing.
    """
    keys = frame["_key"].to_numpy()
    value, text, faults = _judged(frame[column], kind, least)
    missing = np.isnan(value) & ~text
    cases = []
    for fault, bad in faults:
        if bad.any():
            first = keys[bad][0]
            words = {"column": column, "n": int(bad.sum()), "least": least}
            cases.append(fault.at(layer, first, rows=rows_named(sorted(keys[bad])), **words))
        value = np.where(bad, np.nan, value)
    if missing.any():
        rows = rows_named(sorted(keys[missing]))
        words = {"column": column, "n": int(missing.sum()), "all": len(keys)}
        cases.append(NO_VALUE.at(layer, "", rows=rows, **words))
    return value, cases


def strict_counts(frame: pd.DataFrame, column: str, *, where: str) -> NDArray[np.float64]:
    """A column of whole numbers of 0 or more, NaN where it is empty; anything else stops.

    Raises
    ------
    InputError
        For the first kind of fault there is; it names all rows that have it.
    """
    value, _, faults = _judged(frame[column], "count", 0)
    for fault, bad in faults:
        if bad.any():
            n, why = int(bad.sum()), REFUSED[fault.code]
            raise InputError(
                Text(f"column '{column}': {why.en} in {n} of {len(frame)} rows.",
                     f"字段“{column}”：{len(frame)} 行中有 {n} 行的值{why.zh}。"),
                where=where, rows=sorted(frame["_key"].to_numpy()[bad]),
                fix=Text("correct these rows: whole numbers of 0 or more, nothing where it is not known.",
                         "请改正这些行：填不小于 0 的整数，不知道的留空。"),
            )  # fmt: skip
    return value


def _judged(
    values: pd.Series, kind: Literal["count", "measure"], least: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_], list[tuple[Kind, NDArray[np.bool_]]]]:
    """Numbers, which values are texts that are none, and for each kind of fault the rows that have it."""
    value, text = _parsed(values)
    faults = [(NOT_NUMBER, text), (TOO_SMALL, value < least)]
    if kind == "count":
        with np.errstate(invalid="ignore"):
            faults.append((NOT_WHOLE, (value >= least) & (value != np.floor(value))))
    return value, text, faults


def _parsed(values: pd.Series) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Numbers, and which values are texts that are no numbers."""
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        value = values.astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
        odd = np.isinf(value)
        return np.where(odd, np.nan, value), odd
    texts = as_text(values)
    plain = [_plain(text) for text in texts]
    value = pd.to_numeric(pd.Series(plain, dtype=object), errors="coerce").to_numpy(np.float64)
    value = np.where(np.isfinite(value), value, np.nan)
    return value, np.isnan(value) & np.array([text is not None for text in texts], dtype=bool)


def _plain(text: str | None) -> str | None:
    """Full-width digits and thousands separators as a machine reads them."""
    return None if text is None else unicodedata.normalize("NFKC", text).replace(",", "")
