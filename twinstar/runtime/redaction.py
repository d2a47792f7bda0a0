"""The second line against leaks: what is known to be secret is blacked out of whatever is about to be written.

The first line is that secrets are `SecretStr` and are put into no message at all.
"""

from __future__ import annotations

import base64
import json
import re
from typing import Final
from urllib.parse import quote, quote_plus

MASK: Final = "***"
_SHORTEST: Final = 4
_NAMED: Final = re.compile(
    r"(?i)((?:signature|secret|passphrase|password|listen_?key|api_?key|access_?key|accesskeyid|token)=)[^&\s\"'\\]+"
    r"|(bearer )[\w.~+/=-]+"
)


class Redactor:
    """Knows the secrets of this process, in the forms they take in URLs, headers and JSON."""

    def __init__(self) -> None:
        self._forms: frozenset[str] = frozenset()
        self._pattern: re.Pattern[str] | None = None

    def add(self, secret: str) -> None:
        """Nothing below four characters: that would black out ordinary words; no configuration has such a secret."""
        parts = {secret, *secret.splitlines()}
        more = (_forms_of(part) for part in parts if len(part) >= _SHORTEST)
        self._forms = self._forms.union(*more)  # anew: a thread may be looking through it
        longest_first = sorted(self._forms, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def __call__(self, text: str) -> str:
        if self._pattern is not None and any(form in text for form in self._forms):  # faster than to search
            text = self._pattern.sub(MASK, text)
        if "=" not in text and "bearer " not in text.lower():
            return text  # the search is slow, and a frame of a venue has neither
        return _NAMED.sub(lambda found: (found[1] or found[2]) + MASK, text)


redactor: Final = Redactor()
"""Of this process."""


def redact(secret: str) -> None:
    """From now on it is in nothing we write, in none of the forms it takes on its way to a venue."""
    redactor.add(secret)


def _forms_of(secret: str) -> set[str]:
    plain = {
        secret,
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
    }
    return plain | set(_inside_base64(secret.encode()))


def _inside_base64(secret: bytes) -> list[str]:
    """What stays the same of it whatever stands before and after, as in a header of ``key:secret``."""
    found = []
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + secret)
        first, last = -(-before * 8 // 6), (before + len(secret)) * 8 // 6
        inside = encoded[first:last].decode()
        found += [inside, inside.replace("+", "-").replace("/", "_")]
    return [form for form in found if len(form) >= _SHORTEST]
