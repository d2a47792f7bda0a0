"""Every cassette is replayed: no network, no simulator, and the adapter makes of it what it made of the venue."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
import yaml

from twinstar.config import Mode, VenueConfig
from twinstar.errors import ConfigError, VenueUnavailable
from twinstar.runtime.tape.row import Row, frame, is_heartbeat, read, write
from twinstar.testing.conformance import found, read_quality
from twinstar.testing.conformance.quality import OURS
from twinstar.testing.conformance.stage import MAIN
from twinstar.testing.replay import STORIES, Recorded, record, record_live, replay
from twinstar.testing.replay.cassette import Cassette
from twinstar.testing.replay.relay import at_simulator, at_venue

CASSETTES = Path(__file__).resolve().parents[2] / "cassettes"
RECORDED = [Recorded(CASSETTES, file.parent.name, file.stem) for file in sorted(CASSETTES.glob("*/*.yaml"))]
TELLTALE = re.compile(
    rb"x-mbx-apikey|x-bapi-(api|sign)|ok-access|access-sign|x-bx-apikey"
    rb"|authorization|bearer |signature=|eyJ[\w-]{20,}\.",
    re.IGNORECASE,
)


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda r: f"{r.venue}-{r.story}")
def test_what_was_recorded_is_understood_as_it_was(recorded: Recorded) -> None:
    told = asyncio.run(replay(read_quality(found(recorded.venue)), recorded))
    assert told == recorded.expected()


def test_every_venue_of_ours_has_every_story() -> None:
    wanted = {(file.stem, story) for file in OURS.glob("*.yaml") for story in STORIES}
    assert wanted <= {(recorded.venue, recorded.story) for recorded in RECORDED}


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda r: f"{r.venue}-{r.story}")
def test_a_cassette_says_where_and_when_it_was_recorded(recorded: Recorded) -> None:
    header = Cassette(recorded.cassette, set()).header()
    assert (header.venue, header.story) == (recorded.venue, recorded.story)
    assert header.at in ("the simulated exchange", "the venue")
    assert header.time_ms > 1_790_000_000_000


def test_no_cassette_and_no_tape_holds_a_secret() -> None:
    for file in CASSETTES.rglob("*.*"):
        content = file.read_bytes()
        assert MAIN.api_key.encode() not in content, file
        assert MAIN.secret.encode() not in content, file
        assert TELLTALE.search(content) is None, file


def test_a_venue_that_says_something_else_is_understood_otherwise(tmp_path: Path) -> None:
    """Or the replays above could not fail."""
    quality, recorded = read_quality(found("okx")), Recorded(tmp_path, "okx", "markets")
    asyncio.run(record(quality, recorded))
    assert asyncio.run(replay(quality, recorded)) == recorded.expected()
    other = recorded.cassette.read_text().replace('"tickSz":"0.1"', '"tickSz":"0.5"')
    recorded.cassette.write_text(other)
    assert asyncio.run(replay(quality, recorded)) != recorded.expected()


def test_what_was_never_recorded_is_not_asked_of_anybody(tmp_path: Path) -> None:
    quality, recorded = read_quality(found("okx")), Recorded(tmp_path, "okx", "markets")
    asyncio.run(record(quality, recorded))
    cassette = yaml.safe_load(recorded.cassette.read_text())
    cassette["interactions"] = cassette["interactions"][:1]
    recorded.cassette.write_text(yaml.safe_dump(cassette, sort_keys=False))
    with pytest.raises(VenueUnavailable, match="CannotOverwriteExistingCassette"):
        asyncio.run(replay(quality, recorded))


def test_our_credentials_are_hidden_in_what_we_say_and_the_venues_words_are_kept(tmp_path: Path) -> None:
    token = "0123456789abcdef" * 4
    login = frame(0, ">", 0, f'{{"op":"login","args":[{{"sign":"{token}"}}]}}')
    news = frame(0, "<", 0, f'{{"orderLinkId":"{token}"}}')
    write(tmp_path / "a.ws.jsonl", [login, news], {"opensesame"})
    assert [row.text for row in read(tmp_path / "a.ws.jsonl")] == [
        '{"op":"login","args":[{"sign":"hidden"}]}',
        f'{{"orderLinkId":"{token}"}}',
    ]
    write(tmp_path / "b.ws.jsonl", [Row(0, "open", path="/ws/opensesame")], {"opensesame"})
    assert read(tmp_path / "b.ws.jsonl")[0].path == "/ws/hidden"


def test_a_binary_frame_comes_back_as_it_was(tmp_path: Path) -> None:
    write(tmp_path / "a.ws.jsonl", [frame(0, "<", 3, b"\x1f\x8b\x00")], set())
    (row,) = read(tmp_path / "a.ws.jsonl")
    assert (row.data, row.after) == (b"\x1f\x8b\x00", 3)


@pytest.mark.parametrize(
    "said", ["ping", "Pong", '{"op":"ping"}', '{"event":"ping"}', '{"method":"PING"}', '{"ping":17}']
)
def test_a_heartbeat_is_no_part_of_a_story(said: str) -> None:
    assert is_heartbeat(said)


@pytest.mark.parametrize("said", ['{"op":"subscribe","args":["x"]}', '{"e":"shipping"}', b"ping"])
def test_anything_else_is(said: str | bytes) -> None:
    assert not is_heartbeat(said)


def test_a_damaged_tape_names_the_row_and_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "a.ws.jsonl").write_text('{"line":0,"what":"open","path":"/"}\n{"line":')
    with pytest.raises(ConfigError, match=r"a\.ws\.jsonl:2: .*twinstar record"):
        read(tmp_path / "a.ws.jsonl")


def test_what_is_no_cassette_of_ours_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("interactions: []\nversion: 1\n")
    with pytest.raises(ConfigError, match="no cassette of ours"):
        Cassette(tmp_path / "x.yaml", set()).header()


def test_at_a_venue_nothing_is_recorded_without_an_api_key_and_its_secret(tmp_path: Path) -> None:
    config = VenueConfig(type="okx", mode=Mode.TESTNET, instruments=("BTC/USDT:USDT",))
    with pytest.raises(ConfigError, match=r"venues\.okx\.account has no api_key and secret"):
        asyncio.run(record_live(read_quality(found("okx")), Recorded(tmp_path, "okx", "markets"), config, None))
    assert not list(tmp_path.iterdir())


def test_the_relay_knows_the_host_that_was_meant() -> None:
    assert at_venue("/fapi.binance.com/fapi/v1/time?x=1") == "https://fapi.binance.com/fapi/v1/time?x=1"
    assert at_simulator("http://127.0.0.1:5/")("/a.b/c") == "http://127.0.0.1:5/a.b/c"
