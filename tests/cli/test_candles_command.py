"""`twinstar candles`, against a simulated exchange that runs."""

from __future__ import annotations

import asyncio
import csv
import datetime as dt
import io
import json
import shutil
import signal
from contextlib import contextmanager
from decimal import Decimal

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cli.market import BTC, CUT, FIRST_MS, MINUTE, finished_market, journal_with
from rich.console import Console

from twinstar.app.history import backfill, fetch, opened, patient
from twinstar.builtin import plugins
from twinstar.cli import main
from twinstar.cli.candles.fetching import shown
from twinstar.cli.loading import loaded
from twinstar.domain import CandlesMissing, Timeframe
from twinstar.plugin import Plugins
from twinstar.runtime.clock import SystemClock

SERIES = (BTC, Timeframe.M1)
REGISTRY = Plugins(plugins(), third_party=False).registry


@pytest.fixture(scope="module")
def market(tmp_path_factory):
    with finished_market(tmp_path_factory.mktemp("market")) as one:
        yield one


@pytest.fixture
def state_dir(market, tmp_path):
    return market.state_dir(tmp_path / "state")


@pytest.fixture
def candles(market, state_dir, capfdbinary):
    """``candles(command, …) -> (exit code, stdout, stderr)`` of `twinstar candles` on this market and state."""

    def call(command, *arguments):
        with pytest.raises(SystemExit) as ended:
            main(["candles", command, "-c", str(market.config), "--state-dir", str(state_dir), *map(str, arguments)])
        told = capfdbinary.readouterr()
        return ended.value.code, told.out.decode(), told.err.decode()

    return call


@pytest.fixture
def filled(candles):
    assert candles("backfill")[0] == 0


@contextmanager
def writing(state_dir):
    """As its only writer, through the port that the service uses."""
    store = REGISTRY.store_type("parquet").make(state_dir / "candles")
    try:
        yield lambda *candles: asyncio.run(store.append(candles))
    finally:
        asyncio.run(store.close())


def stored(state_dir):
    return list(REGISTRY.store_type("parquet").read(state_dir / "candles", *SERIES, None, None))


def largest_file(state_dir):
    return max(
        (path for path in (state_dir / "candles").rglob("*") if path.is_file()), key=lambda path: path.stat().st_size
    )


def told(candles, command, *arguments):
    """What a command says to machines, whether all is well or not."""
    return json.loads(candles(command, "--json", *arguments)[1])


def wrongs(candles):
    (series,) = told(candles, "verify")
    return [(fault["wrong"], fault["from_ms"]) for fault in series["faults"]]


def at(minute):
    return FIRST_MS + minute * MINUTE


def test_a_backfill_fetches_all_that_the_venue_has_and_finds_its_beginning_itself(candles, market, state_dir):
    (fetched,) = told(candles, "backfill", "--since", "2019-09-01")
    assert fetched == {"instrument": str(BTC), "timeframe": "1m", "candles": len(market.candles), "failed": None}
    assert stored(state_dir) == list(market.candles)


def test_what_the_venue_does_not_have_is_a_gap_with_a_reason(candles, filled):
    gaps = told(candles, "gaps")
    assert [(gap["from_ms"], gap["candles"], gap["reason"]) for gap in gaps[1:]] == [
        (at(CUT[0]), 10, "the venue has none"),
        (at(CUT[-1]), 1, "the venue has none"),
    ]
    assert (gaps[0]["until_ms"], gaps[0]["reason"]) == (FIRST_MS, "before the venue's first candle")
    assert "2024-03-01 23:53" in candles("gaps")[1]


def test_what_the_service_found_missing_is_told_from_its_journal(candles, state_dir, market):
    kept = [one for one in market.candles if not 20 <= (one.open_ms - FIRST_MS) // MINUTE < 25]
    with writing(state_dir) as append:
        append(*kept[:40])
    gap = CandlesMissing(
        time_ms=at(25), instrument=BTC, timeframe=Timeframe.M1, from_ms=at(20), until_ms=at(25), reason="an outage"
    )
    asyncio.run(journal_with(gap, state_dir=state_dir))
    assert [(gap["from_ms"], gap["candles"], gap["reason"]) for gap in told(candles, "gaps")] == [
        (at(20), 5, "an outage")
    ]
    assert wrongs(candles) == []
    with writing(state_dir) as append:
        append(*market.candles[20:23])
    assert [(gap["from_ms"], gap["candles"]) for gap in told(candles, "gaps")] == [(at(23), 2)]


def test_a_second_backfill_asks_for_nothing_that_is_there_or_known_not_to_be(candles, filled, market):
    before = market.ask("state")["requests"]
    (fetched,) = told(candles, "backfill")
    after = market.ask("state")["requests"]
    asked = sum(count - before.get(what, 0) for what, count in after.items() if "klines" in what)
    assert (fetched["candles"], asked) == (0, 0)


class StoppedAfter:
    """A user with little patience: Ctrl-C after so many pages."""

    def __init__(self, pages):
        self._left = pages

    def begin(self, series, intervals):
        """Not yet."""

    def advance(self, series, intervals):
        self._left -= 1
        if not self._left:
            signal.raise_signal(signal.SIGINT)


def test_a_backfill_that_was_stopped_goes_on_where_it_was(candles, market, state_dir, monkeypatch):
    monkeypatch.setattr(fetch, "PAGE", 500)
    settings, loaded_plugins = loaded(market.config, state_dir)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job begins with it ignored

    async def fetch_a_while():
        async with opened(settings, loaded_plugins, SystemClock(), [BTC.venue]) as shop:
            await backfill(shop, [SERIES], 0, StoppedAfter(2))

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(fetch_a_while())
    there = stored(state_dir)
    assert 900 < len(there) < 1_500
    assert there == list(market.candles)[-len(there) :]
    (rest,) = told(candles, "backfill")
    assert rest["candles"] == len(market.candles) - len(there)
    assert stored(state_dir) == list(market.candles)


def test_a_venue_that_is_away_for_a_moment_is_asked_again(candles, market, state_dir):
    market.ask("faults", [{"on": "rest", "kind": "status", "match": "klines", "count": 4}])
    assert candles("backfill")[0] == 0
    assert stored(state_dir) == list(market.candles)


def test_a_venue_that_stays_away_is_exit_1_and_said(candles, market, state_dir, monkeypatch):
    monkeypatch.setattr(patient, "ATTEMPTS", 1)
    market.ask("faults", [{"on": "rest", "kind": "status", "match": "klines", "count": 3}])
    code, out, _ = candles("backfill", "--json")
    (fetched,) = json.loads(out)
    assert (code, fetched["candles"]) == (1, 0)
    assert "binanceusdm: candles of BTC/USDT:USDT: HTTP 500" in fetched["failed"]
    assert stored(state_dir) == []


def test_a_history_that_is_behind_proves_no_gap(candles, market, state_dir):
    """The stream has told the last five; the history, late by 50 minutes, ends within the hole before them."""
    with writing(state_dir) as append:
        append(*market.candles[-300:-100], *market.candles[-5:])
    begin = market.candles[-300].open_ms
    late = {"on": "rest", "kind": "late_candles", "match": "klines", "after_ms": 50 * MINUTE, "count": 2}
    market.ask("faults", [late])
    since = dt.datetime.fromtimestamp(begin / 1_000, dt.UTC).isoformat()
    (first,) = told(candles, "backfill", "--since", since)
    assert 0 < first["candles"] < 95
    assert [wrong for wrong, _ in wrongs(candles)] == ["missing"]
    (second,) = told(candles, "backfill", "--since", since)
    assert first["candles"] + second["candles"] == 95
    assert stored(state_dir) == list(market.candles[-300:])


def test_only_what_is_named_is_fetched(candles, state_dir):
    assert candles("backfill", "--instrument", BTC, "--timeframe", "1h", "--since", "2024-03-02")[0] == 0
    (row,) = [row for row in told(candles, "ls") if row["candles"]]
    assert (row["timeframe"], row["first_open_ms"]) == ("1h", 1_709_337_600_000)
    assert candles("backfill", "--venue", "upbit")[::2] == (2, "no venue 'upbit'; there are: binanceusdm\n")


def test_the_store_of_another_process_is_left_alone(candles, state_dir):
    with writing(state_dir):
        for command in ("backfill", "repair"):
            code, out, err = candles(command)
            assert (code, out) == (6, "")
            assert (
                "A running service fills its own gaps, and once it answers `twinstar candles backfill` asks it" in err
            )
        assert candles("ls")[0] == candles("gaps")[0] == candles("verify")[0] == 0


def test_ls_counts_what_is_there_and_what_is_absent(candles, market, filled):
    (row,) = told(candles, "ls")
    assert row == {
        "instrument": str(BTC),
        "timeframe": "1m",
        "candles": len(market.candles),
        "absent": len(CUT),
        "first_open_ms": FIRST_MS,
        "last_open_ms": market.candles[-1].open_ms,
    }
    assert "2024-03-01 07:13" in candles("ls", "--venue", BTC.venue)[1]


def test_show_has_the_last_candles_also_of_a_timeframe_that_is_not_stored(candles, market, filled):
    last = market.candles[-1]
    rows = told(candles, "show", BTC, "--last", 3)
    assert [row["open_ms"] for row in rows] == [last.open_ms - 2 * MINUTE, last.open_ms - MINUTE, last.open_ms]
    assert Decimal(rows[-1]["close"]) == last.close
    (hour,) = told(candles, "show", BTC, "--timeframe", "1h", "--last", 1)
    inside = [one for one in market.candles if hour["open_ms"] <= one.open_ms < hour["open_ms"] + 60 * MINUTE]
    assert len(inside) == 60
    assert Decimal(hour["high"]) == max(one.high for one in inside)
    assert "rest" in candles("show", BTC)[1]


@pytest.mark.parametrize("kind", ["csv", "parquet", "arrow"])
def test_an_export_has_every_digit_of_what_was_asked_for(kind, candles, market, filled, tmp_path):
    output = tmp_path / f"march.{kind}"
    code, out, _ = candles("export", BTC, "--since", "2024-03-02", "--until", "2024-03-02T12:00", "--output", output)
    assert (code, out) == (0, "")
    wanted = [one for one in market.candles if 1_709_337_600_000 <= one.open_ms < 1_709_380_800_000]
    assert exported(kind, output) == [
        (one.open_ms, one.open, one.high, one.low, one.close, one.volume) for one in wanted
    ]


def exported(kind, output):
    if kind == "csv":
        rows = list(csv.DictReader(io.StringIO(output.read_text())))
    elif kind == "parquet":
        rows = pq.read_table(output).to_pylist()
    else:
        rows = pa.ipc.open_file(output).read_all().to_pylist()
    names = ("open", "high", "low", "close", "volume")
    return [(int(row["open_ms"]), *(Decimal(row[name]) for name in names)) for row in rows]


def test_an_export_goes_to_stdout_where_no_file_is_named(candles, market, filled):
    _, out, _ = candles("export", BTC)
    assert len(list(csv.DictReader(io.StringIO(out)))) == len(market.candles)


def test_what_cannot_be_meant_is_exit_2_and_says_what_could_be(candles, filled, tmp_path):
    for arguments, words in (
        (("show", "BTCUSDT"), "write symbol@venue"),
        (("show", "BTC/KRW@bithumb"), "say which --timeframe"),
        (("show", BTC, "--timeframe", "1y"), "no timeframe '1y'; there are: 1m, 3m"),
        (("export", BTC, "--output", tmp_path / "x.xlsx"), "--format csv, parquet, arrow"),
        (("export", BTC, "--since", "spring"), "write 2024-01-31"),
        (("gaps", "--instrument", "ETH/USDT:USDT@binanceusdm"), f"there are: {BTC}"),
    ):
        code, out, err = candles(*arguments)
        assert (code, out) == (2, ""), arguments
        assert words in err


def test_what_is_not_stored_is_said_with_the_way_to_get_it(candles, filled):
    code, _, err = candles("show", "ETH/USDT:USDT@binanceusdm")
    assert code == 1
    assert f"(there is {BTC})" in err
    assert "`twinstar candles backfill` fetches them" in err


def test_a_whole_store_passes(candles, market, filled):
    (series,) = told(candles, "verify")
    assert (series["candles"], series["known_gaps"], series["faults"]) == (len(market.candles), 3, [])
    assert candles("verify")[0] == 0
    assert "nothing was wrong" in candles("repair")[1]


def test_a_candle_that_contradicts_itself_is_found_and_mended(candles, market, state_dir, filled):
    wrong = msgspec.structs.replace(market.candles[50], high=Decimal(1))
    with writing(state_dir) as append:
        append(wrong)
    assert wrongs(candles) == [("values", at(50))]
    code, out, _ = candles("verify")
    assert code == 1
    assert "values: 2024-03-01 08:03 to 2024-03-01 08:04, a candle contradicts itself" in out
    assert candles("repair")[0] == 0
    assert stored(state_dir) == list(market.candles)


def test_a_hole_that_nobody_can_explain_is_found_and_filled(candles, market, state_dir):
    with writing(state_dir) as append:
        append(*market.candles[:100], *market.candles[130:200])
    assert wrongs(candles) == [("missing", at(100))]
    mended = told(candles, "repair")
    assert mended["fetched"][0]["candles"] == 30
    assert mended["verified"][0]["faults"] == []
    assert stored(state_dir) == list(market.candles[:200])


def test_a_hole_that_the_venue_has_too_is_explained_once_it_was_asked(candles, market, state_dir):
    with writing(state_dir) as append:
        append(*market.candles[900:1_100])
    assert wrongs(candles) == [("missing", at(CUT[0]))]
    assert candles("repair")[0] == 0
    assert [gap["reason"] for gap in told(candles, "gaps")] == ["the venue has none"]


def test_what_was_stored_once_and_is_gone_is_never_taken_for_a_gap_of_the_venue(candles, market, state_dir, filled):
    shutil.rmtree(state_dir / "candles")
    with writing(state_dir) as append:
        append(*market.candles[:500])
    assert {wrong for wrong, _ in wrongs(candles)} == {"lost"}
    assert candles("repair")[0] == 0
    assert stored(state_dir) == list(market.candles)


def test_a_damaged_file_is_found_and_fetched_again(candles, market, state_dir, filled):
    path = largest_file(state_dir)
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 0x10
    path.write_bytes(content)
    assert {"damaged", "lost"} & {wrong for wrong, _ in wrongs(candles)}
    assert candles("repair")[0] == 0
    assert stored(state_dir) == list(market.candles)


def test_a_terminal_sees_a_bar_for_each_series_that_has_something_to_fetch():
    out = Console(file=io.StringIO(), force_terminal=True, width=120)
    with shown(out) as progress:
        progress.begin(SERIES, 0)
        progress.begin((BTC, Timeframe.H1), 600)
        progress.advance((BTC, Timeframe.H1), 600)
    assert "1h" in out.file.getvalue()
    assert "600/600" in out.file.getvalue()
    assert "1m" not in out.file.getvalue().replace("[1m", "")
