"""What is logged: one line a record, nothing secret, nothing forged."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import re
import stat
import warnings
from urllib.parse import quote

import pytest
from loguru import logger

from twinstar.config import LogConfig
from twinstar.runtime import logs, redaction
from twinstar.runtime.redaction import Redactor

CANARY = 'can+ary/5f"1e=0c\\77äb'


@pytest.fixture
def logged(capsys, monkeypatch):
    """The lines that have come out at stderr so far; each test sets the log up anew."""
    monkeypatch.setattr(redaction, "redactor", fresh := Redactor())
    monkeypatch.setattr(logs, "redactor", fresh)
    root, lines = logging.getLogger(), []
    handlers, level = root.handlers[:], root.level

    def so_far():
        lines.extend(capsys.readouterr().err.splitlines())
        return lines

    yield so_far
    logger.remove()
    root.handlers[:], root.level = handlers, level
    logging.captureWarnings(capture=False)


def human(**options):
    logs.set_up(LogConfig(), **options)


def as_json(**options):
    logs.set_up(LogConfig(format="json"), **options)


def test_a_person_reads_when_how_bad_where_and_what(logged):
    human()
    logger.bind(venue="upbit", instrument="BTC/KRW@upbit").warning("no data for {} s", 12)
    logger.bind(venue="upbit").info("reconnected")
    logger.info("started")
    first, second, third = logged()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} WARNING BTC/KRW@upbit: no data for 12 s", first)
    assert second.endswith("INFO    upbit: reconnected")
    assert third.endswith("INFO    started")


def test_a_machine_reads_the_same_as_json(logged):
    as_json()
    logger.bind(venue="upbit", instrument="BTC/KRW@upbit").warning("no data")
    (line,) = map(json.loads, logged())
    assert {key: line[key] for key in ("level", "message", "venue", "instrument")} == {
        "level": "WARNING",
        "message": "no data",
        "venue": "upbit",
        "instrument": "BTC/KRW@upbit",
    }
    assert line["time"].endswith("+00:00")


def test_verbosity_overrides_the_configured_level(logged):
    human()
    logger.debug("quiet")
    human(verbosity=1)
    logger.debug("loud")
    logger.trace("quiet")
    human(verbosity=9)
    logger.trace("louder")
    assert [line.split()[-1] for line in logged()] == ["loud", "louder"]


def test_a_venue_cannot_forge_a_line_or_drive_the_terminal(logged):
    human()
    logger.info("{}", "hello\n2026-01-01 00:00:00.000 ERROR   sold everything\r\x1b[2J\x00\u202e\ud800{}{0}")
    (line,) = logged()
    assert line.endswith("hello\\n2026-01-01 00:00:00.000 ERROR   sold everything\\r\\x1b[2J\\x00\\u202e\\ud800{}{0}")


def test_a_message_of_any_length_is_cut(logged):
    human()
    logger.info("{}", "x" * 1_000_000)
    (line,) = logged()
    assert line.endswith("x… (992000 characters more)")


@pytest.mark.parametrize("set_up", [human, as_json])
def test_a_traceback_shows_no_values_and_cannot_forge_a_line(set_up, logged):
    set_up()

    def fail(secret):
        raise ValueError("broken\n2026-01-01 forged")

    try:
        fail("value".upper())
    except ValueError:
        logger.exception("it failed")
    text = "\n".join(logged())
    assert "ValueError: broken" in text
    assert "VALUE" not in text
    assert not any(line.startswith("2026-01-01 forged") for line in logged())


FORMS = {
    "plain": CANARY,
    "in a URL": quote(CANARY, safe=""),
    "in JSON": json.dumps(CANARY),
    "in JSON as UTF-8": json.dumps(CANARY, ensure_ascii=False),
    "as Python shows it": repr(CANARY),
    "in base64": base64.b64encode(CANARY.encode()).decode(),
    "in a header of key and secret": "Basic " + base64.b64encode(f"key:{CANARY}:x".encode()).decode(),
    "in base64 for URLs": base64.urlsafe_b64encode(f"k{CANARY}".encode()).decode(),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("set_up", [human, as_json])
def test_a_known_secret_is_blacked_out_in_every_form_it_travels_in(form, set_up, logged):
    set_up()
    redaction.redact(CANARY)
    logger.bind(extra_field=FORMS[form]).error("sent {} there", FORMS[form])
    logger.opt(exception=ValueError(FORMS[form])).error("failed")
    text = "\n".join(logged())
    assert redaction.redactor(text) == text
    assert "***" in text
    core = FORMS[form].strip("\"'=")
    assert core not in text
    assert core[8:-8] not in text


def test_a_log_line_stays_json_when_something_is_blacked_out(logged):
    as_json()
    redaction.redact(CANARY)
    logger.info("{}", f"before {CANARY} after")
    assert json.loads(logged()[0])["message"] == "before *** after"


def test_each_line_of_a_private_key_is_secret(logged):
    human()
    redaction.redact("-----BEGIN KEY-----\nMIIEvQIBADANBg\n-----END KEY-----")
    logger.info("MIIEvQIBADANBg")
    assert logged()[0].endswith("INFO    ***")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("GET /x?a=1&signature=deadbeef01&b=2", "GET /x?a=1&signature=***&b=2"),
        ("AccessKeyId=abc&Signature=def", "AccessKeyId=***&Signature=***"),
        ("wss://v/ws?listenKey=pqia91", "wss://v/ws?listenKey=***"),
        ("Authorization: Bearer eyJhbGciOi.J9.x_y-z", "Authorization: Bearer ***"),
        ("nothing to see", "nothing to see"),
    ],
)
def test_what_a_url_calls_a_signature_is_blacked_out_though_nobody_registered_it(text, shown):
    assert Redactor()(text) == shown


def test_a_file_gets_a_copy_that_only_its_owner_may_read(logged, tmp_path):
    path = tmp_path / "logs" / "twinstar.log"
    logs.set_up(LogConfig(file=path), color=True)
    logger.error("written twice")
    logger.remove()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text().endswith("ERROR   written twice\n")
    assert "\x1b" not in path.read_text()
    assert "\x1b[31m" in logged()[0]


def test_libraries_come_out_the_same_way_and_their_chatter_does_not(logged):
    human()
    redaction.redact("library-canary")
    logging.getLogger("ccxt.base.exchange").debug("POST body with library-canary")
    logging.getLogger("ccxt").info("chatter")
    logging.getLogger("aiohttp.client").warning("slow: %s", "library-canary")
    logging.getLogger("x").log(35, "odd level")
    logging.getLogger("x").error("%d", "no number")
    with warnings.catch_warnings(action="always"):
        warnings.warn("old thing", stacklevel=1)
    slow, odd, bad, warned = logged()
    assert slow.endswith("WARNING slow: ***")
    assert odd.endswith("Level 35 odd level")
    assert bad.endswith("ERROR   %d")
    assert "old thing" in warned


def test_even_at_full_verbosity_ccxt_does_not_log_its_requests(logged):
    human(verbosity=2)
    logging.getLogger("ccxt.async_support").debug("headers with a key")
    assert logged() == []


async def test_an_error_that_only_the_loop_saw_is_logged_too(logged):
    human()
    asyncio.get_running_loop().call_exception_handler({"message": "a task died"})
    assert "a task died" in logged()[0]
