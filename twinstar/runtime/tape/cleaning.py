"""What is not written down: keys, signatures, tokens, listen keys. The same rules as for cassettes."""

from __future__ import annotations

import gzip
import re
import zlib
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec

from twinstar.runtime.redaction import redactor
from twinstar.runtime.tape.row import HIDDEN, Exchange, hide, without

SIGNED: Final = {"timestamp", "signature", "recvwindow", "apikey", "sign", "nonce", "auth"}
VENUE: Final = "venue:"
_GIVEN: Final = re.compile(r'"(?:listenKey|listen_key|token|accessToken|access_token|auth)"\s*:\s*"([^"]{8,})"')
_NAMED: Final = re.compile(r'(?i)("(?:api_?key|sign|signature|sig|passphrase|token|auth)"\s*:\s*)"[^"]*"')
_ORDER_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")  # of many venues; a key of ours is known
_HERE: Final = ("127.0.0.1", "localhost")
_MOST_GIVEN: Final = 64
_GZIP: Final = b"\x1f\x8b"


class Cleaner:
    """Learns what opens a venue's channels, whoever says it first, and leaves it out from then on."""

    def __init__(self) -> None:
        self._given: dict[str, None] = {}

    def text(self, text: str) -> str:
        return redactor(without(text, self._given) if self._given else text)

    def learn(self, text: str) -> None:
        for key in _GIVEN.findall(text):
            self._given[key] = None
        while len(self._given) > _MOST_GIVEN:
            del self._given[next(iter(self._given))]

    def data(self, data: str | bytes) -> str | bytes:
        """Of a binary frame too, if it is text or compressed text."""
        if isinstance(data, str):
            return self.text(data)
        packed = data.startswith(_GZIP)
        try:
            told = (zlib.decompress(data, 16 + zlib.MAX_WBITS) if packed else data).decode()
        except (zlib.error, UnicodeDecodeError):
            return data
        if (clean := self.text(told)) == told:
            return data
        return gzip.compress(clean.encode(), mtime=0) if packed else clean.encode()

    def path(self, url: str) -> str:
        """Where a line goes; the simulated exchange has a venue's host in the path."""
        return hide(self.text(_where(url)))

    def exchange(self, raw: Exchange) -> Exchange:
        self.learn(raw.answer)
        query = _pairs(urlsplit(raw.uri).query)
        uri = f"{VENUE}/{_where(raw.uri)}{'?' if query else ''}{query}"
        return msgspec.structs.replace(
            raw, uri=self.text(uri), body=self.text(_body(raw.body)), answer=self.text(raw.answer)
        )


def _where(url: str) -> str:
    parts = urlsplit(url)
    return parts.path if parts.hostname in _HERE else f"/{parts.netloc}{parts.path}"


def _pairs(text: str) -> str:
    return urlencode(
        [
            (name, value if _ORDER_ID.fullmatch(value) else hide(value))
            for name, value in parse_qsl(text, True)
            if name.lower() not in SIGNED
        ]
    )


def _body(body: str) -> str:
    return hide(_NAMED.sub(rf'\1"{HIDDEN}"', body)) if body.startswith(("{", "[")) else _pairs(body)
