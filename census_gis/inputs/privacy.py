"""Identity data is refused at the door: by the name of a column, by what its values are, by the shape of a table.

A refusal names the column and prints no value. Registers enter as counts; whoever holds one row a person is sent
to ``census-gis register aggregate``, which counts in memory and writes no row.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census_gis.errors import InputError
from census_gis.inputs.columns import as_text
from census_gis.language import Text

__all__ = ["is_id_number", "refuse_identity", "refuse_rows_of_persons"]

Audience = Literal["people", "places", "context"]

# Names of columns, compared without case, space and underscore. Chinese words count anywhere in a name; Latin
# ones must be all of it but for what `LATIN` allows around them (grid_number holds the letters idnumber).
ALWAYS = (
    "姓名", "身份证", "公民身份", "证件号", "出生", "户主", "户口簿", "护照",
    "idcard", "idno", "idnumber", "identitynumber", "identitycard", "nationalid", "citizenid", "personname",
    "residentname", "birthdate", "dateofbirth", "birthday", "dob", "headofhousehold", "householdhead",
    "sfzh", "gmsfhm", "xingming", "huzhu", "passport",
)  # fmt: skip
REACH = (
    "手机", "电话", "联系方式", "微信", "phone", "mobile", "telephone", "tel", "cellphone", "wechat", "xm",
    "shouji", "fullname", "surname", "firstname", "lastname",
)  # fmt: skip
LATIN = (
    r"(resident|person|owner|head|staff|enumerator|contact|home|work)?s?(%s)(no|num|number|code)?"
)
COUNTED = ("人口", "人数", "户数", "率")  # 出生人口 is a count, no date of birth
CODE_WORDS = ("id", "code", "编号", "代码", "编码", "fid", "osm", "bsm", "key", "号")

ID_NUMBER = re.compile(r"(?<![0-9A-Za-z])[1-8]\d{16}[\dXx](?![0-9A-Za-z])")
MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999
CHECKS = "10X98765432"
PROVINCES = frozenset(
    ["11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43", "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82", "83"]
)  # fmt: skip
# The hundred or so commonest surnames; they cover more than four fifths of the population.
SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆"
    "范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤温康施文牛樊葛邢安齐易乔伍庞"
    "颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷曲盛冉翁蓝骆路游辛靳欧阳管柴蒙鲍"
)  # fmt: skip
PLACE_ENDS = frozenset(
    "村庄屯店镇乡街路巷里楼桥山河湖园寺庙铺营堡寨沟坡洼湾集坊弄道组社区苑院厂场站校店市县区岛港门塘圩埠岗坪岭口头所局馆城厦府"
)  # fmt: skip
SHARE_OF_NAMES = 0.5  # of the distinct values (design note on imagery and population, 5.3)
DISTINCT_NAMES = 20
SHARE_OF_NUMBERS = 0.001  # one in a thousand: a code of 18 digits may pass the check by chance
SHARE_OF_MOBILES = 0.05  # in layers of places, where 11 digits are codes more often than telephones
LONG_NUMBER = 10_000_000_000  # numbers below have at most 10 digits
SINGLES = (
    0.5  # share of rows with one resident from which on a register looks like one row a person
)


def refuse_identity(
    frame: pd.DataFrame, *, where: str, audience: Audience, allowed: Iterable[str] = ()
) -> None:
    """Raise where a table holds identity data.

    Parameters
    ----------
    frame : DataFrame
        As read, or only its mapped columns for ``context``.
    where
        File and layer, for the message.
    audience
        ``people`` for registers and staff: strictest. ``places`` for districts and buildings: names of columns
        and values. ``context`` for roads, water, places: identity numbers only.
    allowed
        Columns that may hold names: the one mapped to `display_name` of staff.

    Raises
    ------
    InputError
        Naming the column, never a value.
    """
    free = set(allowed)
    for column in frame.columns:
        if column in ("geometry", "_row", "_key"):
            continue
        name = str(column)
        if _by_name(name, audience) and column not in free:
            raise _refusal(name, where, Text("its name says so", "字段名即表明"))
        if _short_numbers(frame[column]):
            continue
        texts = as_text(frame[column])
        texts = texts[pd.notna(texts)]
        if not len(texts):
            continue
        if _ids(texts) > (0 if audience == "people" else SHARE_OF_NUMBERS):
            raise _refusal(name, where, Text("it holds identity numbers", "含有身份证号码"))
        if audience != "context" and _mobiles(texts, name) > (
            0 if audience == "people" else SHARE_OF_MOBILES
        ):
            raise _refusal(name, where, Text("it holds mobile numbers", "含有手机号码"))
        if column not in free and audience != "context" and _names(texts) > SHARE_OF_NAMES:
            raise _refusal(name, where, Text("it holds names of persons", "含有人名"))


def refuse_rows_of_persons(frame: pd.DataFrame, *, where: str) -> None:
    """Raise where a register holds one row a person rather than counts.

    Parameters
    ----------
    frame : DataFrame
        Our columns: `residents`, and `address` or `building_id`, where mapped.
    where
        File and layer.
    """
    place = next((name for name in ("building_id", "address") if name in frame), None)
    if place is None or len(frame) < 2:
        return
    where_to = as_text(frame[place])
    distinct = len(set(where_to))
    if "residents" in frame:
        residents = pd.to_numeric(frame["residents"], errors="coerce").to_numpy(np.float64)
        single = float((residents == 1).mean())
    else:
        single = 1.0
    if single > SINGLES and distinct < len(frame):
        raise InputError(
            Text(f"this is a table of persons ({len(frame)} rows at {distinct} addresses), not of counts.",
                 f"这是逐人登记的表（{len(frame)} 行，{distinct} 个地址），不是汇总数。"),
            where=where,
            fix=Text("give counts per building or address, never rows of persons.",
                     "请提供按楼栋或地址汇总的人数，而不是逐人的名册。"),
        )  # fmt: skip


def is_id_number(text: str) -> bool:
    """Whether 18 characters are a citizen's number: province, date of birth and check digit hold.

    Examples
    --------
    >>> is_id_number("11010519491231002X"), is_id_number("110105194912310021")
    (True, False)
    """
    if not re.fullmatch(r"\d{17}[\dXx]", text) or text[:2] not in PROVINCES:
        return False
    born = pd.to_datetime(text[6:14], format="%Y%m%d", errors="coerce")
    if pd.isna(born) or not 1880 <= born.year <= 2100:
        return False
    check = sum(int(digit) * weight for digit, weight in zip(text[:17], WEIGHTS, strict=True)) % 11
    return CHECKS[check] == text[17].upper()


def _by_name(column: str, audience: Audience) -> bool:
    plain = re.sub(r"[\s_\-:.]", "", unicodedata.normalize("NFKC", column)).lower()
    if audience == "context" or any(word in plain for word in COUNTED):
        return False
    words = ALWAYS + REACH if audience == "people" else ALWAYS
    if any(word in plain for word in words if not word.isascii()):
        return True
    latin = "|".join(word for word in words if word.isascii())
    return re.fullmatch(LATIN % latin, plain) is not None


def _short_numbers(values: pd.Series) -> bool:
    """Whether a column holds numbers too small for a telephone or an identity number."""
    numeric = pd.api.types.is_numeric_dtype(values) or pd.api.types.is_datetime64_any_dtype(values)
    if not numeric or pd.api.types.is_datetime64_any_dtype(values):
        return bool(numeric)
    return not len(values) or not bool((values.abs() >= LONG_NUMBER).any())


def _ids(texts: NDArray[np.object_]) -> float:
    """Share of values with a citizen's number in them."""
    if not ID_NUMBER.search("\n".join(texts)):
        return 0.0
    found = sum(any(is_id_number(hit) for hit in ID_NUMBER.findall(text)) for text in texts)
    return found / len(texts)


def _mobiles(texts: NDArray[np.object_], column: str) -> float:
    """Share of values with a mobile number in them; 0 for columns of codes."""
    plain = column.lower()
    if any(word in plain for word in CODE_WORDS) and not any(word in plain for word in REACH):
        return 0.0
    if not MOBILE.search("\n".join(texts)):
        return 0.0
    return sum(bool(MOBILE.search(text)) for text in texts) / len(texts)


def _names(texts: NDArray[np.object_]) -> float:
    """Share of distinct values that look like a person's name; 0 for fewer than 20 of them."""
    distinct = set(texts)
    if len(distinct) < DISTINCT_NAMES:
        return 0.0
    return sum(_is_name(text) for text in distinct) / len(distinct)


def _is_name(text: str) -> bool:
    chinese = 2 <= len(text) <= 3 and all("\u4e00" <= letter <= "\u9fff" for letter in text)
    return chinese and text[0] in SURNAMES and text[-1] not in PLACE_ENDS


def _refusal(column: str, where: str, why: Text) -> InputError:
    return InputError(
        Text(f"column '{column}' looks like identity data of persons: {why.en}. The file was not read further.",
             f"字段“{column}”疑似个人身份信息：{why.zh}。已停止读取该文件。"),
        where=where,
        fix=Text("delete the column and export again; of a register, give counts per building or address only.",
                 "请删除该字段后重新导出；登记名册只需提供按楼栋或地址汇总的人数。"),
    )  # fmt: skip
