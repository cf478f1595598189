"""Two languages for every sentence a person may read: English and Chinese.

A `Text` travels through the program whole; which of its halves is shown is decided where it is
shown (terminal, plan, sheet, page), never where it is made.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

__all__ = ["LANGUAGES", "NOUNS", "Language", "Noun", "Text", "counted", "plain"]

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")

# What a census counts (rule `load.noun`). Sentences are written about persons.
Noun = Literal["persons", "units", "households"]
NOUNS: tuple[Noun, ...] = ("persons", "units", "households")
# Words of a noun: in English; in Chinese its measure after a number, its count, its unit in a heading.
_SAID = {
    "units": ("units", "个单位", "单位数", "（个）"),
    "households": ("households", "户", "户数", "（户）"),
}
# Not part of a name: {persons}, ea.persons.high, persons_total.
_WORD = re.compile(r"(?<![\w{.])([Pp])ersons(?![\w}]|\.\w)")
_MEASURE = re.compile(r"(?<=[\d}])(\s?)人(?![口员户])")


class Text(NamedTuple):
    """One sentence in both languages.

    Examples
    --------
    >>> Text("{n} rows", "{n} 行").format(n=3).zh
    '3 行'
    """

    en: str
    zh: str

    def format(self, **values: object) -> Text:
        """Fill the same named places in both halves; of a value that is a `Text` each half takes its own."""
        en, zh = (
            {
                name: value[half] if isinstance(value, Text) else value
                for name, value in values.items()
            }
            for half in (0, 1)
        )
        return Text(self.en.format(**en), self.zh.format(**zh))

    def of(self, language: Language) -> str:
        """The half to show."""
        return self.zh if language == "zh" else self.en


def plain(text: Text | str, language: Language = "en") -> str:
    """A sentence that may or may not have been written in both languages."""
    return text.of(language) if isinstance(text, Text) else text


def counted(text: Text, noun: str) -> Text:
    """A sentence of ours about persons, said of what the census counts.

    Only for our own words, before the data's values are filled in.

    Examples
    --------
    >>> counted(Text("{n} persons", "{n} 人"), "households").zh
    '{n} 户'
    """
    if noun == "persons":
        return text
    word, measure, count, unit = _SAID[noun]
    en = _WORD.sub(lambda found: word.capitalize() if found[1] == "P" else word, text.en)
    zh = _MEASURE.sub(rf"\1{measure}", text.zh).replace("人数", count).replace("（人）", unit)
    return Text(en.replace("Population census", "Census"), zh.replace("人口普查", "普查"))
