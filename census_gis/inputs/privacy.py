"""Identity data is refused at the door: by the name of a column, by what its values are, by the shape of a table.

A refusal names the column and prints no value. Registers enter as counts; whoever holds one row a person is asked
for counts per building or address.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any, Literal

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
# Short ones are what offices write in the ten letters of a shapefile: pinyin initials, fields of real estate.
ALWAYS = (
    "姓名", "身份证", "公民身份", "证件号", "出生", "户主", "户口簿", "户口性质", "户籍性质", "护照", "人名",
    "权利人", "产权人", "所有权人", "房主", "业主", "承租人", "租户", "联系人", "家庭成员",
    "idcard", "idno", "idnumber", "identitynumber", "identitycard", "nationalid", "citizenid", "personname",
    "residentname", "birthdate", "dateofbirth", "birthday", "dob", "headofhousehold", "householdhead",
    "headname", "headofhouseholdname", "householdheadname", "nameofhead", "nameofhouseholdhead",
    "hhhead", "hhheadname", "ownername", "nameofowner", "tenantname", "contactname", "contactperson",
    "respondent", "respondentname", "socialsecurity", "ssn", "aadhaar", "passport",
    "xingming", "huzhu", "hzxm", "sfz", "sfzh", "sfzhm", "gmsfhm", "gmsfzh", "zjhm", "csrq", "qlr", "qlrmc", "lxr",
)  # fmt: skip
REACH = (
    "手机", "电话", "固话", "座机", "联系方式", "微信", "邮箱", "phone", "mobile", "mobilephone", "telephone", "tel",
    "cellphone", "wechat", "email", "xm", "sjh", "sjhm", "lxdh", "lxfs", "shouji", "fullname", "surname",
    "firstname", "lastname", "givenname", "familyname",
)  # fmt: skip
LATIN = r"(resident|person|owner|head|staff|enumerator|contact|home|work)?s?(%s)(no|num|number|code)?\d?"
COUNTED = ("人口", "人数", "户数", "户主数", "率")  # 出生人口 is a count, no date of birth
CODE_WORDS = ("id", "code", "编号", "代码", "编码", "fid", "osm", "bsm", "key", "号")

ID_NUMBER = re.compile(r"(?<![0-9A-Za-z])[1-8][0-9]{16}[0-9Xx](?![0-9A-Za-z])")
MOBILE = re.compile(r"(?<![0-9])(?:\+?86[- ]?)?1[3-9][0-9][- ]?[0-9]{4}[- ]?[0-9]{4}(?![0-9])")
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
# Common given names, of the lands of the profiles among others: a table of persons holds some of them many times.
GIVEN_WORDS = """
john james robert michael william david richard joseph thomas charles christopher daniel matthew anthony mark
paul steven andrew george kenneth edward brian peter kevin samuel stephen patrick isaac emmanuel francis frank
henry mary patricia jennifer linda elizabeth barbara susan jessica sarah karen nancy lisa margaret sandra
ashley emily anna alice grace helen ruth esther rose jane julia maria laura catherine comfort mercy abena ama
akosua adwoa kwame kofi kwasi yaw kojo kwaku kwabena ahmed mohammed muhammad mohamed ali ibrahim fatima aisha
abdul hassan rahul amit raj rajesh sanjay suresh ramesh vijay anil sunil ravi arun ashok manoj deepak sita
lakshmi priya anita sunita rekha meena kavita pooja neha jose juan carlos luis pedro ana jean pierre marie
hans wei fang ming li jing
"""
GIVEN = frozenset(GIVEN_WORDS.split())
LATIN_PLACES_WORDS = """
road street avenue lane house court hall tower towers building block school church hospital park garden
gardens plaza mall centre center square place village town estate apartments flats hotel shop store market
college station bridge farm camp close drive way mansion villa villas terrace home homes clinic university
temple mosque library
"""
LATIN_PLACES = frozenset(LATIN_PLACES_WORDS.split())
FEWEST_NAMES = 3
EARLIEST = 1880
SHARE_OF_ROUNDED = 0.5  # of the values of a column
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
        rows, texts = _rows(frame)[pd.notna(texts)], texts[pd.notna(texts)]
        if not len(texts):
            continue
        hit = _ids(texts)
        if _too_many(hit, texts, 0 if audience == "people" else SHARE_OF_NUMBERS):
            why = Text("it holds identity numbers", "含有身份证号码")
            raise _refusal(name, where, why, rows[hit])
        hit = _mobiles(texts, name)
        if _too_many(hit, texts, 0 if audience == "people" else SHARE_OF_MOBILES):
            raise _refusal(name, where, Text("it holds mobile numbers", "含有手机号码"), rows[hit])
        if column not in free and audience != "context" and _names(texts, audience):
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
    if pd.isna(born) or not EARLIEST <= born.year <= 2100:
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


def _rows(frame: pd.DataFrame) -> NDArray[Any]:
    """Numbers of the rows in the file, from 1."""
    if "_row" in frame:
        return frame["_row"].to_numpy() + 1
    return np.arange(1, len(frame) + 1)


def _too_many(hit: NDArray[np.bool_], texts: NDArray[np.object_], share: float) -> bool:
    """Whether hits are more than codes would give by chance.

    Numbers that stand in a sentence, an address or a name are no codes: one is enough. Bare numbers are held
    against all bare numbers of the column, however many other texts it has.
    """
    if not hit.any():
        return False
    bare = np.array(
        [
            text.lstrip("+").replace(" ", "").replace("-", "").upper().rstrip("X").isdigit()
            for text in texts
        ]
    )
    return bool((hit & ~bare).any() or (hit & bare).sum() > share * bare.sum())


def _ids(texts: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Which values hold a citizen's number; numbers of workbooks have lost their last digits."""
    plain = _half_width(texts)
    if not ID_NUMBER.search("\n".join(plain)):
        return np.zeros(len(texts), dtype=bool)
    rounded = np.array([_is_rounded_id(text) for text in plain])
    whole = np.array([any(map(is_id_number, ID_NUMBER.findall(text))) for text in plain])
    return whole | rounded if rounded.mean() > SHARE_OF_ROUNDED else whole


def _is_rounded_id(text: str) -> bool:
    """Whether 18 digits begin like a citizen's number, with province and birth; a workbook rounds the last ones."""
    if not re.fullmatch(r"[0-9]{18}", text) or text[:2] not in PROVINCES:
        return False
    number = int(float(text))
    if int(text) != number and not text.endswith("00"):
        return False
    kept = f"{number:.14e}".replace(".", "")
    born = pd.to_datetime(kept[6:14], format="%Y%m%d", errors="coerce")
    return bool(pd.notna(born) and born.year >= EARLIEST)


def _mobiles(texts: NDArray[np.object_], column: str) -> NDArray[np.bool_]:
    """Which values hold a mobile number; none in columns of codes."""
    plain = column.lower()
    coded = any(word in plain for word in CODE_WORDS) and not any(word in plain for word in REACH)
    half = _half_width(texts)
    if coded or not MOBILE.search("\n".join(half)):
        return np.zeros(len(texts), dtype=bool)
    return np.array([bool(MOBILE.search(text)) for text in half])


def _half_width(texts: NDArray[np.object_]) -> list[str]:
    """Digits as a phone has them, not as wide as Chinese letters."""
    joined = "\n".join(text.replace("\n", " ") for text in texts)
    return (
        joined.split("\n")
        if joined.isascii()
        else unicodedata.normalize("NFKC", joined).split("\n")
    )


def _names(texts: NDArray[np.object_], audience: Audience) -> bool:
    """Whether most distinct values look like names of persons.

    Few values prove little, so fewer than 20 of them tell nothing of places, and of people only all together.
    """
    distinct = set(texts)
    if len(distinct) < (FEWEST_NAMES if audience == "people" else DISTINCT_NAMES):
        return False
    share = sum(_is_name(text) for text in distinct) / len(distinct)
    if len(distinct) < DISTINCT_NAMES:
        return share == 1
    return share > SHARE_OF_NAMES


def _is_name(text: str) -> bool:
    """A Chinese name of two or three letters, or a Latin one with a common given name first or last."""
    words = text.replace(",", " ").replace(".", " ").split()
    if text.isascii():
        latin = 2 <= len(words) <= 4 and all(re.fullmatch(r"[A-Za-z'-]+", word) for word in words)
        given = {words[0].lower(), words[-1].lower()} if latin else set()
        return latin and bool(given & GIVEN) and words[-1].lower() not in LATIN_PLACES
    chinese = 2 <= len(text) <= 3 and all("\u4e00" <= letter <= "\u9fff" for letter in text)
    return chinese and text[0] in SURNAMES and text[-1] not in PLACE_ENDS


def _refusal(column: str, where: str, why: Text, rows: Iterable[object] = ()) -> InputError:
    return InputError(
        Text(f"column '{column}' looks like identity data of persons: {why.en}. The file was not read further.",
             f"字段“{column}”疑似个人身份信息：{why.zh}。已停止读取该文件。"),
        where=where, rows=rows,
        fix=Text("delete the column and export again; of a register, give counts per building or address only.",
                 "请删除该字段后重新导出；登记名册只需提供按楼栋或地址汇总的人数。"),
    )  # fmt: skip
