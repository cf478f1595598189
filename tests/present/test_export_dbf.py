"""A .dbf gives back what went in, or says by row what it could not."""

import pandas as pd
import pyogrio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.errors import InputError
from census_gis.present.exchange import dbf
from census_gis.present.exchange.fields import SHORT, heading, short_names
from census_gis.tables.planned import PLANNED

signs = st.characters(exclude_categories=("Cs",), exclude_characters="\0")
texts = st.one_of(st.none(), st.text(signs, max_size=140).map(lambda text: text.rstrip(" ")))
rows = st.lists(
    st.tuples(texts, st.one_of(st.none(), st.integers(-(10**14), 10**14)),
              st.one_of(st.none(), st.floats(-1e9, 1e9).map(lambda x: round(x, 6)))),
    min_size=1, max_size=6,
)  # fmt: skip


def table(cells):
    columns = zip(*cells, strict=True)
    kinds = (object, "Int64", "Float64")
    return pd.DataFrame(
        {n: pd.Series(list(c), dtype=k) for n, c, k in zip("tif", columns, kinds, strict=True)}
    )


def read(path):
    return pyogrio.read_dataframe(path, read_geometry=False)


@settings(max_examples=40, deadline=None)
@given(rows, st.sampled_from(["utf-8", "gbk"]))
def test_what_fits_comes_back_and_what_does_not_is_told(tmp_path_factory, cells, encoding):
    path = tmp_path_factory.mktemp("d") / "t.dbf"
    frame = table(cells).astype({"f": "float64"})
    written = dbf.write_dbf(path, frame, short=["t", "i", "f"], encoding=encoding)
    path.with_suffix(".cpg").write_text(dbf.ENCODINGS[encoding][0])
    back = read(path)
    lost, cut = {row for row, _ in written.lost}, {row for row, _ in written.cut}
    for n, (text, whole, real) in enumerate(cells):
        assert (None if pd.isna(back["i"][n]) else int(back["i"][n])) == whole
        assert (
            pd.isna(back["f"][n]) if real is None else back["f"][n] == pytest.approx(real, abs=1e-6)
        )
        shown = "".join(spelled(sign, encoding) for sign in text or "")
        data = shown.encode(encoding)
        assert (n in lost, n in cut) == (shown != (text or ""), len(data) > dbf.LONGEST)
        got = back["t"][n] if isinstance(back["t"][n], str) else ""
        # The file holds blanks before a text; GDAL leaves them out.
        assert got == data[: dbf.LONGEST].decode(encoding, "ignore").strip(" ")


def spelled(sign, encoding):
    return sign if sign.encode(encoding, "ignore") else f"<U+{ord(sign):04X}>"


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_a_long_text_ends_at_a_whole_character(tmp_path, encoding):
    frame = pd.DataFrame({"t": ["a" + "长" * 300, "长" * 300]})
    written = dbf.write_dbf(tmp_path / "t.dbf", frame, short=["t"], encoding=encoding)
    (tmp_path / "t.cpg").write_text(dbf.ENCODINGS[encoding][0])
    back = read(tmp_path / "t.dbf")["t"]
    most = 254 // len("长".encode(encoding))
    assert back.tolist() == ["a" + "长" * ((253) // len("长".encode(encoding))), "长" * most]
    assert written.cut == [(0, "t"), (1, "t")]


def test_a_character_gbk_lacks_is_written_as_its_number_and_told(tmp_path):
    frame = pd.DataFrame({"t": ["吉野家", "𠮷野家?"]})
    written = dbf.write_dbf(tmp_path / "t.dbf", frame, short=["t"], encoding="gbk")
    (tmp_path / "t.cpg").write_text("GBK")
    assert read(tmp_path / "t.dbf")["t"].tolist() == ["吉野家", "<U+20BB7>野家?"]
    assert written.lost == [(1, "t")]
    assert not written.cut


def test_truth_values_and_their_absence(tmp_path):
    frame = pd.DataFrame({"b": pd.array([True, False, None], dtype="boolean")})
    dbf.write_dbf(tmp_path / "t.dbf", frame, short=["b"], encoding="utf-8")
    data = (tmp_path / "t.dbf").read_bytes()
    assert data[-7:] == b" T F  \x1a"


def test_more_than_two_gigabytes_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(dbf, "MOST_BYTES", 100)
    with pytest.raises(InputError, match=r"\.dbf"):
        dbf.write_dbf(
            tmp_path / "t.dbf", pd.DataFrame({"t": ["x" * 90] * 3}), short=["t"], encoding="utf-8"
        )
    assert not (tmp_path / "t.dbf").exists()


def test_every_declared_column_has_a_name_of_ten_letters_and_headings_in_both_languages():
    for columns in PLANNED.values():
        short = short_names(columns)
        assert all(len(name) <= 10 and name.isascii() for name in short.values())
        assert len({name.lower() for name in short.values()}) == len(short)
        assert all(short[name] == SHORT.get(name, name) for name in columns)
        missing = [n for n in columns if n != "geometry" and heading(n).zh == n]
        assert not missing


@given(
    st.lists(st.text(min_size=1, max_size=14), unique=True, max_size=30),
    st.sampled_from(["utf-8", "gbk"]),
)
@settings(max_examples=40)
def test_any_names_become_unique_names_that_fit(names, encoding):
    short = short_names(names, encoding=encoding)
    assert len({name.casefold() for name in short.values()}) == len(names)
    assert all(1 <= len(name.encode(encoding)) <= 10 for name in short.values())
