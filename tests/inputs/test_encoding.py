"""Texts come out as they went in, or not at all: no encoding is guessed into mojibake."""

import struct

import geopandas as gpd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from census_gis.errors import ConfigError, InputError
from census_gis.inputs.encoding import codec, decode_value, text_encoding
from census_gis.inputs.open import layers, open_table, open_vector
from census_gis.inputs.sources import Source
from tests.places import place

CHINESE = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=8)
COMMON = st.text(
    st.sampled_from("城镇住宅用地农村基建筑物名称和平里社区中关街道海淀东升大厦学院路一二三"),
    min_size=3,
    max_size=8,
)
NAMES = ["城镇住宅用地", "农村宅基地", "东升大厦"]


def _shapefile(folder, values, encoding, *, cpg, language=0, field="名称"):
    """A shapefile whose .dbf holds the bytes given, whatever the .cpg and the language byte say."""
    path = folder / "a.shp"
    gpd.GeoDataFrame({"x": [1] * len(values)}, geometry=[box(i, 0, i + 1, 1) for i in range(len(values))], crs=4547).to_file(path)  # fmt: skip
    raw = [value if isinstance(value, bytes) else value.encode(encoding) for value in values]
    width = max(map(len, raw))
    header = struct.pack("<B3BIHH20x", 3, 126, 1, 1, len(raw), 32 + 32 + 1, width + 1)
    header = header[:29] + bytes([language]) + header[30:]
    name = field.encode(encoding) if isinstance(field, str) else field
    column = name.ljust(11, b"\0") + b"C" + b"\0" * 4 + bytes([width, 0]) + b"\0" * 14
    rows = b"".join(b" " + value.ljust(width) for value in raw)
    path.with_suffix(".dbf").write_bytes(header + column + b"\r" + rows + b"\x1a")
    path.with_suffix(".cpg").unlink(missing_ok=True)
    if cpg is not None:
        path.with_suffix(".cpg").write_text(cpg)
    return path


def _read(path, **options):
    opened = open_vector(Source(path, **options))
    return (
        opened.frame.iloc[:, 0].tolist(),
        [row["code"] for row in opened.findings],
        opened.encoding,
    )


slow = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@slow
@given(st.lists(COMMON, min_size=3, max_size=6), st.sampled_from(["gb18030", "utf-8"]),
       st.sampled_from([None, "right"]), st.booleans())  # fmt: skip
def test_chinese_texts_survive_any_true_label(tmp_path, values, encoding, label, marked):
    cpg = {"gb18030": "GBK", "utf-8": "UTF-8"}[encoding] if label else None
    language = 0x4D if marked and encoding == "gb18030" else 0
    path = _shapefile(tmp_path, values, encoding, cpg=cpg, language=language)
    got, codes, used = _read(path)
    assert got == values
    assert used == encoding
    assert codes == ([] if cpg or language else ["F001"])


@slow
@given(st.lists(COMMON, min_size=3, max_size=6), st.sampled_from([("utf-8", "GBK"), ("utf-8", "ISO-8859-1"),
       ("gb18030", "UTF-8"), ("gb18030", "1252"), ("gb18030", "ISO-8859-1")]))  # fmt: skip
def test_a_false_label_is_overruled_by_the_bytes_with_a_finding(tmp_path, values, case):
    encoding, cpg = case
    got, codes, used = _read(_shapefile(tmp_path, values, encoding, cpg=cpg))
    assert (got, used, codes) == (values, encoding, ["F002"])


@given(CHINESE, st.sampled_from(["gb18030", "utf-8", "big5", "cp932"]), st.integers(0, 3))
def test_a_cut_text_loses_only_its_broken_end(text, encoding, cut):
    try:
        whole = text.encode(encoding)
    except UnicodeEncodeError:
        return
    read = decode_value(whole[: len(whole) - cut], encoding)
    if read is not None:
        assert text.startswith(read[0])
        assert len(text) - len(read[0]) <= cut
    if cut == 0:
        assert read == (text, False)


@pytest.mark.parametrize(("encoding", "cut"), [("gb18030", 1), ("utf-8", 1), ("utf-8", 2)])
def test_fields_cut_in_the_middle_are_trimmed_and_counted(tmp_path, encoding, cut):
    values = [*NAMES, "叡耀花园和平里".encode(encoding)[:-cut]]
    got, codes, _ = _read(_shapefile(tmp_path, values, encoding, cpg=None))
    assert got == [*NAMES, "叡耀花园和平"]
    assert codes == ["F001", "F003"]


def test_the_users_word_wins_and_must_be_able_to_read_everything(tmp_path):
    path = _shapefile(tmp_path, NAMES, "gb18030", cpg="UTF-8")
    assert _read(path, encoding="GBK")[0] == NAMES
    with pytest.raises(InputError, match="名称"):
        _read(path, encoding="utf-8")
    with pytest.raises(ConfigError, match="klingon"):
        _read(path, encoding="klingon")


def test_other_encodings_are_read_when_they_are_named(tmp_path):
    names = ["臺北市中山區", "國民大會", "台灣"]
    assert _read(_shapefile(tmp_path, names, "big5", cpg="950", field="名稱"))[0] == names
    assert (
        _read(_shapefile(tmp_path, names, "big5", cpg=None, language=0x4F, field="名稱"))[0]
        == names
    )
    assert (
        _read(_shapefile(tmp_path, names, "big5", cpg=None, field="名稱"), encoding="big5")[0]
        == names
    )
    french = ["école élémentaire", "où", "préfecture"]
    path = _shapefile(tmp_path, french, "cp1252", cpg="1252", field=b"name")
    assert open_vector(Source(path)).frame["name"].tolist() == french


def test_unlabelled_bytes_that_are_no_common_chinese_are_an_error_naming_the_field(tmp_path):
    french = ["école élémentaire", "où", "préfecture", "Überlingen", "Straße", "señor"]
    path = _shapefile(tmp_path, french, "cp1252", cpg=None, field=b"nom")
    with pytest.raises(InputError, match="nom"):
        open_vector(Source(path))


def test_column_names_are_read_in_the_same_encoding(tmp_path):
    path = _shapefile(tmp_path, NAMES, "gb18030", cpg=None)
    assert layers(path)[0].columns == ("名称",)


def test_plain_ascii_needs_no_finding(tmp_path):
    path = _shapefile(tmp_path, ["abc", "d"], "ascii", cpg=None, field=b"name")
    opened = open_vector(Source(path))
    assert (opened.frame["name"].tolist(), opened.findings) == (["abc", "d"], [])


@pytest.mark.parametrize(
    ("said", "python"),
    [("936", "gb18030"), ("GBK", "gb18030"), ("GB2312", "gb18030"), ("OEM 936", "gb18030"), ("ANSI 1252", "cp1252"),
     ("UTF-8", "utf-8"), ("65001", "utf-8"), ("ISO-8859-1", "latin-1"), ("ISO 88591", "latin-1"), ("Big5", "big5"),
     ("system", None), ("", None)],
)  # fmt: skip
def test_names_of_encodings(said, python):
    assert codec(said) == python


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_csv_in_any_usual_encoding(tmp_path, encoding):
    (tmp_path / "a.csv").write_text(
        "名称,户数\n" + "".join(f"{name},1\n" for name in NAMES), encoding=encoding
    )
    assert open_table(Source(tmp_path / "a.csv"))["名称"].tolist() == NAMES


def test_a_csv_in_no_known_encoding_names_the_line(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"name\nok\n\xff\xff\xff\n")
    with pytest.raises(InputError, match="'3'"):
        text_encoding(tmp_path / "a.csv", stated=None)


def test_a_real_delivery_without_any_label():
    labelled = open_vector(Source(place("formats", "gbk_shapefile", "建筑物.shp")))
    bare = open_vector(Source(place("formats", "gbk_shapefile_nocpg", "建筑物.shp")))
    assert labelled.frame.drop(columns="geometry").equals(bare.frame.drop(columns="geometry"))
    assert [row["code"] for row in bare.findings] == ["F001"]
