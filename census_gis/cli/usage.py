"""Mistakes in the command line itself, said in both languages; the parser knows English only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from census_gis.language import Language, Text

__all__ = ["asked_language", "misuse"]

# Words of the parser by which a whole number, or one in its range, is known to be wanted.
COUNTED = ("integer", "valid number", "greater than", "less than")
FRACTIONS = {"budget"}  # options that take parts of a whole
HINT = Text("fix:  {command} --help lists what there is.", "处理:  {command} --help 列出全部用法。")


def asked_language(arguments: Sequence[str]) -> Language | None:
    """The language the arguments ask for, None where they ask for none we have."""
    for at, word in enumerate(arguments):
        value = word.removeprefix("--lang=") if word.startswith("--lang=") else ""
        if word == "--lang":
            value = next(iter(arguments[at + 1 :]), "")
        if value in ("zh", "en"):
            return "zh" if value == "zh" else "en"
    return None


def misuse(error: Any) -> Text:
    """What is wrong with the command line, and where to look.

    Parameters
    ----------
    error
        A usage error of the parser: what kind it is, is told by what it carries.
    """
    context = getattr(error, "ctx", None)
    command = getattr(context, "command_path", "") or "census-gis"
    if type(error).__name__ == "NoArgsIsHelpError":
        return Text(str(error.message), str(error.message))
    what, hint = _what(error), HINT.format(command=command)
    return Text(f"{what.en}\n  {hint.en}", f"{what.zh}\n  {hint.zh}")


def _what(error: Any) -> Text:
    kind, message = type(error).__name__, str(getattr(error, "message", "") or error)
    parameter = getattr(error, "param", None)
    named = _called(parameter) if parameter is not None else ""
    if kind == "NoSuchOption":
        near = ", ".join(sorted(error.possibilities or ()))
        return Text(
            f"there is no option {error.option_name}." + (f" Is it {near}?" if near else ""),
            f"没有选项 {error.option_name}。" + (f"是否为 {near}？" if near else ""),
        )
    if kind == "MissingParameter":
        return Text(f"{named} is missing.", f"缺少 {named}。")
    if kind == "BadOptionUsage":
        option = getattr(error, "option_name", "")
        return Text(f"{option}: {message}", f"选项 {option} 缺少取值，或取值多余。")
    if parameter is not None and kind == "BadParameter":
        number = ("number", "数") if parameter.name in FRACTIONS else ("whole number", "整数")
        if any(word in message for word in COUNTED):
            return Text(
                f"{named} must be a {number[0]} in its range.",
                f"{named} 应为允许范围内的{number[1]}。",
            )
        return Text(f"{named}: {message}", f"{named} 的取值无效。")
    if message.startswith("No such command"):
        word, _, near = message.removeprefix("No such command").partition(". ")
        word, near = word.strip(" '."), near.rpartition("mean ")[2].strip(" '?.")
        return Text(
            f"there is no command '{word}'." + (f" Is it '{near}'?" if near else ""),
            f"没有命令“{word}”。" + (f"是否为“{near}”？" if near else ""),
        )
    return Text(message, f"命令行有误：{message}")


def _called(parameter: Any) -> str:
    """An option by its long name, an argument in capitals as the help has it."""
    options = [name for name in parameter.opts if name.startswith("--")]
    return options[0] if options else str(parameter.name).upper()
