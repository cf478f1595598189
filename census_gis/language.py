"""Two languages for every sentence a person may read: English and Chinese.

A `Text` travels through the program whole; which of its halves is shown is decided where it is
shown (terminal, plan, sheet, page), never where it is made.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

__all__ = ["LANGUAGES", "Language", "Text", "plain"]

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")


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
        """Fill the same named places in both halves."""
        return Text(self.en.format(**values), self.zh.format(**values))

    def of(self, language: Language) -> str:
        """The half to show."""
        return self.zh if language == "zh" else self.en


def plain(text: Text | str, language: Language = "en") -> str:
    """A sentence that may or may not have been written in both languages."""
    return text.of(language) if isinstance(text, Text) else text
