"""The parameters of a request, from a query string or a JSON body, and the text that is signed for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import parse_qs, unquote

import msgspec
from msgspec import Struct

from twinstar.sim.ports import RestRequest
from twinstar.sim.wires.krw import times
from twinstar.sim.wires.krw.errors import field_missing, parameter_invalid, parameter_missing

LONGEST_NUMBER = 18  # digits


class Params(Struct, frozen=True):
    values: Mapping[str, tuple[str, ...]]

    def get(self, name: str) -> str | None:
        """None where it is absent or empty."""
        given = self.values.get(name)
        return given[0] if given and given[0] else None

    def all(self, name: str) -> tuple[str, ...]:
        """A list parameter, ``name[]=a&name[]=b``."""
        return self.values.get(f"{name}[]", ()) or self.values.get(name, ())

    def need(self, name: str) -> str:
        """Of the quotation API, which words a missing parameter so."""
        value = self.get(name)
        if value is None:
            raise parameter_missing()
        return value

    def field(self, name: str) -> str:
        """Of the exchange API, which names the missing field."""
        value = self.get(name)
        if value is None:
            raise field_missing(name)
        return value

    def number(self, name: str, default: int, most: int) -> int:
        text = self.get(name)
        if text is None:
            return default
        if not text.isdecimal() or len(text) > LONGEST_NUMBER or not 0 < int(text) <= most:
            raise parameter_invalid()
        return int(text)

    def time(self, name: str) -> int | None:
        text = self.get(name)
        try:
            return None if text is None else times.parse(text)
        except ValueError:
            raise parameter_invalid() from None


def of_request(request: RestRequest) -> Params:
    if request.method != "POST":
        query = parse_qs(request.query, keep_blank_values=True)
        return Params({name: tuple(values) for name, values in query.items()})
    return of_body(request.body)


def of_body(body: str) -> Params:
    values: dict[str, tuple[str, ...]] = {}
    for name, value in body_pairs(body):
        values[name] = (*values.get(name, ()), value)
    return Params(values)


def signed_text(request: RestRequest) -> str:
    """What ``query_hash`` is the hash of: the parameters as ``a=1&b=2``, not percent-encoded."""
    if request.method != "POST":
        return unquote(request.query)
    return "&".join(f"{name}={value}" for name, value in body_pairs(request.body))


def body_pairs(body: str) -> Iterator[tuple[str, str]]:
    if not body:
        return
    try:
        content = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        for name, value in content.items():
            if bytes(value).startswith(b"["):
                for item in msgspec.json.decode(value, type=list[msgspec.Raw]):
                    yield f"{name}[]", _text(item)
            elif bytes(value) != b"null":
                yield name, _text(value)
    except (msgspec.DecodeError, RecursionError):
        raise parameter_invalid() from None


def _text(value: msgspec.Raw) -> str:
    """A number stays the text it was: it is that text which was signed."""
    text = bytes(value)
    return msgspec.json.decode(text, type=str) if text.startswith(b'"') else text.decode()
