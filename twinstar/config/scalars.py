"""What an unquoted word of YAML means here: YAML 1.2's plain types; what could be read in two ways is refused."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final, TypeAlias

Scalar: TypeAlias = str | int | bool | Decimal | None

_WORDS: Final[dict[str, Scalar]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER: Final = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_DECIMAL: Final = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+)")
_EXPONENT: Final = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)[eE][-+]?[0-9]+")
_SHELL: Final = re.compile(r"\$\{[^}]*\}|\$[A-Z_]+")
_TRAPS: Final = (
    (
        re.compile(r"(?i)yes|no|on|off"),
        "some readers take this word for true or false; write true or false, or quote it",
    ),
    (
        re.compile(r"(?i)[-+]?(0[0-9_]+|0o[0-7_]+|0x[0-9a-f_]+|0b[01_]+)"),
        "ambiguous number; write it in decimal digits, or quote it",
    ),
    (
        re.compile(r"[-+]?[0-9]+(:[0-5]?[0-9])+(\.[0-9]*)?"),
        "some readers take this for a number in base 60; put it in quotes",
    ),
    (re.compile(r"[-+]?[0-9][0-9_]*_[0-9_]*(\.[0-9_]*)?"), "write the number without underscores, or quote it"),
    (re.compile(r"(?i)[-+]?\.?(nan|inf)"), "not a finite number; write digits, or quote it"),
)


class Trap(ValueError):
    """The text would be read in two ways; the message says how to write it."""


def scalar(text: str, *, quoted: bool) -> Scalar:
    """The value; numbers with a point become `Decimal`, straight from their digits. Raise `Trap`."""
    if _SHELL.search(text):
        raise Trap("shell variables are not filled in; where a secret is asked for, write env:NAME")
    if quoted:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return Decimal(text)
    if _EXPONENT.fullmatch(text):
        raise Trap(f"write the number out{_written_out(text)}, or quote it")
    for pattern, way_out in _TRAPS:
        if pattern.fullmatch(text):
            raise Trap(way_out)
    return text


def _written_out(text: str) -> str:
    number = Decimal(text)
    return f": {number:f}" if abs(number.adjusted()) <= 12 else ""
