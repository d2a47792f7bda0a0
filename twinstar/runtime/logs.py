"""One line a record, for a person or for a machine, with no secret and no forged line in it.

A record about a venue or an instrument says so: ``logger.bind(venue=..., instrument=...)``.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import traceback
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

import msgspec
from loguru import logger

from twinstar.config import LogConfig
from twinstar.runtime.redaction import redactor

if TYPE_CHECKING:
    from loguru import Message, Record

LONGEST: Final = 8_000  # characters of a message; what a venue sends may be any length
_VERBOSITY: Final = ("", "DEBUG", "TRACE")
_COLORS: Final = {"ERROR": "31", "CRITICAL": "31;1", "WARNING": "33", "DEBUG": "2", "TRACE": "2"}
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_LEVELS: Final = frozenset(("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"))  # those loguru knows by name too
_NOISY: Final = ("ccxt", "aiohttp", "asyncio", "urllib3")  # at DEBUG ccxt writes keys and signatures

_sinks: Final[list[_Sink]] = []


def set_up(config: LogConfig, *, verbosity: int = 0, color: bool = False) -> None:
    """Log to stderr, and to the configured file. Call it again to change that."""
    level = _VERBOSITY[min(verbosity, 2)] or config.level
    logger.remove()
    _sinks.append(_Sink(None, config.format, color=color))
    if config.file is not None:
        _sinks.append(_Sink(_opened(config.file), config.format, color=False))
    for sink in _sinks:
        # loguru's own rendering is not used; diagnose would print the values of variables, secrets among them.
        logger.add(sink, level=level, format="{message}", backtrace=False, diagnose=False)
    _route_logging(logging.INFO if verbosity else logging.WARNING)


def tell_fault(failure: BaseException) -> None:
    """Where it happened and what it said, wherever we log; on stderr when nothing is set up yet."""
    if not _sinks:
        set_up(LogConfig())
    logger.opt(exception=failure).critical("this is a fault of TwinStar or of a plugin; please report it")


def clean(text: str) -> str:
    """On one line, without secrets, with nothing a terminal would obey, and of bearable length."""
    text = redactor(text)
    shown = _CONTROL.sub(_escape, text[:LONGEST])
    return shown if len(text) <= LONGEST else f"{shown}… ({len(text) - LONGEST} characters more)"


class _Sink:
    """Where records end. ``file`` is None for stderr, which is looked up anew: a live display may stand in for it."""

    def __init__(self, file: TextIO | None, style: str, *, color: bool) -> None:
        self._file = file
        self._style = style
        self._color = color

    def write(self, message: Message) -> None:
        record = message.record
        text = _json(record) if self._style == "json" else _human(record, color=self._color)
        out = self._file or sys.stderr
        out.write(text + "\n")
        out.flush()

    def stop(self) -> None:
        """loguru's word for: this sink is taken out."""
        _sinks.remove(self)
        if self._file is not None:
            self._file.close()


def _human(record: Record, *, color: bool) -> str:
    level, extra = record["level"].name, record["extra"]
    moment = record["time"].astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    where = extra.get("instrument") or extra.get("venue")
    what = clean(f"{where}: {record['message']}" if where else record["message"])
    head = f"{moment} {level:<7} "
    if color and level in _COLORS:
        head = f"\x1b[{_COLORS[level]}m{head}\x1b[0m"
    return "\n    | ".join([head + what, *_trace(record)])


def _json(record: Record) -> str:
    line: dict[str, Any] = {
        "time": record["time"].astimezone(UTC).isoformat(timespec="milliseconds"),
        "level": record["level"].name,
        "message": clean(record["message"]),
        "logger": record["name"],
        **{key: clean(str(value)) for key, value in record["extra"].items() if value is not None},
    }
    if record["exception"] is not None:
        line["exception"] = "\n".join(_trace(record))
    return msgspec.json.encode(line).decode()


def _trace(record: Record) -> list[str]:
    failure = record["exception"]
    if failure is None or failure.type is None:
        return []
    text = "".join(traceback.format_exception(failure.type, failure.value, failure.traceback))
    return [clean(line) for line in redactor(text).splitlines()]


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    short = {10: "\\n", 13: "\\r", 9: "\\t"}.get(code)
    return short or (f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}")


def _opened(path: Path) -> TextIO:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    return os.fdopen(handle, "a", encoding="utf-8")


class _ToLoguru(logging.Handler):
    """What libraries log through the standard library takes the same way out, past the same redaction."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text = record.getMessage()
        except (TypeError, ValueError):
            text = str(record.msg)  # its arguments do not fit its format
        level = record.levelname if record.levelname in _LEVELS else record.levelno
        logger.opt(exception=record.exc_info).bind(library=record.name).log(level, "{}", text)


def _route_logging(level: int) -> None:
    logging.basicConfig(handlers=[_ToLoguru()], level=level, force=True)
    logging.captureWarnings(capture=True)
    for name in _NOISY:
        logging.getLogger(name).setLevel(level)
