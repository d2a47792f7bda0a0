"""HTTP by VCR: what is kept of a request, and when one that is made now is the one that was recorded."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import yaml
from msgspec import Struct

from twinstar.errors import ConfigError
from twinstar.runtime.tape.row import without

VENUE: Final = "venue:"  # instead of https: what is filtered already, and is asked of nobody
SIGNED: Final = {"timestamp", "signature", "recvwindow", "apikey", "sign", "nonce", "auth"}
LISTEN_KEY: Final = re.compile(r'"listenKey"\s*:\s*"([^"]+)"')
_TIME: Final = re.compile(r"^(1[789]\d{8}(\d{3}){0,3}|\d{4}-\d\d-\d\d.*)$")  # of this epoch: order ids are digits too
_COOKIES: Final = {"set-cookie"}


class Header(Struct, frozen=True, kw_only=True):
    """Where a cassette comes from."""

    venue: str
    story: str
    at: str  # "the simulated exchange", or "the venue"
    time_ms: int  # UTC
    twinstar: str
    ccxt: str


class Cassette:
    """One story's HTTP. ``secrets`` grows by what the venue hands out while it is recorded."""

    def __init__(self, path: Path, secrets: set[str]) -> None:
        self._path, self.secrets = path, secrets

    def record(self, address: str) -> AbstractContextManager[Any]:
        """Only what is asked at this address: a relay asks on."""
        self._path.unlink(missing_ok=True)
        return self._used("all", lambda uri: uri.startswith((address, VENUE)))

    def play(self) -> AbstractContextManager[Any]:
        return self._used("none", lambda uri: uri.startswith(("http", VENUE)))

    def _used(self, mode: str, ours: Callable[[str], bool]) -> AbstractContextManager[Any]:
        vcr = _vcr()
        recorder = vcr.VCR(decode_compressed_response=True, record_mode=mode, match_on=["method", "question"])
        recorder.register_matcher("question", _same_question)
        used: AbstractContextManager[Any] = recorder.use_cassette(
            str(self._path),
            before_record_request=lambda request: self._kept(request) if ours(request.uri) else None,
            before_record_response=self._told,
        )
        return used

    def _kept(self, request: Any) -> Any:
        """No header and no signature; the rest, so that a reader sees what was asked. VCR may ask twice."""
        request.headers = {}
        if request.uri.startswith(VENUE):
            return request
        _, place, path, query, _ = urlsplit(request.uri)
        asked = [(name, value) for name, value in parse_qsl(query, True) if name.lower() not in SIGNED]
        meant, _, rest = path[1:].partition("/")
        where = (meant, f"/{rest}") if "." in meant else (place, path)  # the relay's paths begin with the host
        request.uri = without(urlunsplit((VENUE[:-1], *where, urlencode(asked), "")), self.secrets)
        if request.body:
            body = request.body  # a form is not encoded yet
            request.body = self._kept_body(urlencode(body) if isinstance(body, dict) else body.decode())
        return request

    def _kept_body(self, body: str) -> str:
        if not body.startswith(("{", "[")):
            body = urlencode([(n, v) for n, v in parse_qsl(body, True) if n.lower() not in SIGNED])
        return without(body, self.secrets)

    def _told(self, response: Any) -> Any:
        response["headers"] = {n: v for n, v in response["headers"].items() if n.lower() not in _COOKIES}
        body = response["body"]["string"]
        text = body.decode() if isinstance(body, bytes) else body
        self.secrets.update(LISTEN_KEY.findall(text))
        response["body"]["string"] = without(text, self.secrets).encode()
        return response

    def sign(self, header: Header) -> None:
        """Say at its top where it comes from; VCR passes that over."""
        about = {name: getattr(header, name) for name in Header.__struct_fields__}
        top = yaml.safe_dump({"recorded": about}, sort_keys=False)
        self._path.write_text(top + self._path.read_text(encoding="utf-8"), encoding="utf-8")

    def header(self) -> Header:
        """Raise `ConfigError` for what is no cassette of ours."""
        try:
            with self._path.open(encoding="utf-8") as file:
                top = "".join(line for line, _ in zip(file, range(1 + len(Header.__struct_fields__)), strict=False))
            return Header(**yaml.safe_load(top)["recorded"])
        except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
            raise ConfigError(f"{self._path}: no cassette of ours: {error}; see `twinstar record --help`") from error


def _same_question(one: Any, other: Any) -> None:
    """But for where it is asked, and when."""
    assert _question(one.uri) == _question(other.uri)


def _question(uri: str) -> tuple[str, list[tuple[str, str]]]:
    _, _, path, query, _ = urlsplit(uri)
    return path, sorted((name, _TIME.sub("time", value)) for name, value in parse_qsl(query, True))


def _vcr() -> Any:
    try:
        import vcr  # noqa: PLC0415 - only who records or replays needs it
    except ImportError:
        raise ConfigError("recording and replaying need vcrpy: pip install vcrpy") from None
    return vcr
