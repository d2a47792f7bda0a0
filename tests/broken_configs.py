"""A table of broken configurations, each with every fault that must be told of it, as ``line: key.path: text``."""

from __future__ import annotations

VENUE = "venues: {v: {mode: sim, instruments: [BTC/USDT, ETH/USDT]}}\n"
TIMEFRAMES = "1m, 3m, 5m, 15m, 30m, 1h, 2h, 4h, 6h, 8h, 12h, 1d, 1w, 1M"
BOOLEAN = "some readers take this word for true or false; write true or false, or quote it"
ONLY_A_REPLAY = "only a replay has a start; name its file under replay, or remove start"
INCIDENTS = "must be 'close', 'abort', 'silence', 'half_open' or 'unavailable'; did you mean 'close'?"
NOT_LISTED = "is not among the instruments of venues.v"
REFERENCE = "write env:NAME or file:PATH"


def venue(line, mode="sim"):
    """A configuration whose fifth line is this one, in its only venue."""
    return f"venues:\n  v:\n    mode: {mode}\n    instruments: [BTC/USDT]\n    {line}\n"


def strategy(line, instruments="[BTC/USDT@v]"):
    """A configuration whose fifth line is this one, in its only strategy."""
    return f"{VENUE}strategies:\n  s:\n    {{type: ma_cross, notional: 100, instruments: {instruments},\n    {line}}}\n"


BROKEN = {
    # Files that cannot be read at all.
    "empty": ("", [" empty; `twinstar config schema` lists what may be in it"]),
    "only comments": ("# nothing\n\n", [" empty; `twinstar config schema` lists what may be in it"]),
    "a list": ("- a\n- b\n", ["1: expected a mapping (venues: ...), got a list"]),
    "a word": ("venues\n", ["1: expected a mapping (venues: ...), got a single value"]),
    "tab": (
        "venues:\n\tv: 1\n",
        ["2:1: not YAML: found character '\\t' that cannot start any token; indent with spaces, not tabs"],
    ),
    "open bracket": ("venues: [\n", ["2:1: not YAML: expected the node content, but found '<stream end>'"]),
    "two documents": (VENUE + "---\n" + VENUE, ["2: a second document (---); one file is one configuration"]),
    "utf-16": (VENUE.encode("utf-16"), [" not UTF-8 at byte 0; save the file as UTF-8"]),
    "bad utf-8": (VENUE.encode() + b"# \xff\n", [f" not UTF-8 at byte {len(VENUE) + 2}; save the file as UTF-8"]),
    "nul": (VENUE + "# \0\n", ["2: control character U+0000; remove it"]),
    "a list as key": (VENUE + "? [a]\n: 1\n", ["2: a key must be a word, not a list, a mapping or an alias"]),
    "alias of nothing": (VENUE + "log: *there\n", ["2: alias *there stands for nothing before it"]),
    "alias of itself": (VENUE + "log: &a {file: *a}\n", ["2: alias *a stands for nothing before it"]),
    "too deep": ("a: " + "[" * 40 + "]" * 40, ["1: nested deeper than 32 levels"]),
    # What YAML lets pass, and we do not.
    "duplicate key": (
        VENUE + "journal: sqlite\nstore: parquet\njournal: sqlite\n",
        ["4: journal: duplicate key (lines 2, 4); keep one"],
    ),
    "a tag": (
        VENUE + "log: !!python/object:os.system {}\n",
        ["2: log: tag 'tag:yaml.org,2002:python/object:os.system' not allowed; write plain values"],
    ),
    "merge key": (VENUE + "log: {<<: {}}\n", ["2: log.<<: merge keys are not read; repeat the entries"]),
    "a number as key": (VENUE + "1: x\n", ["2: 1: a key must be text; put it in quotes"]),
    "on as key": (
        VENUE + "on: x\n",
        [f"2: on: as a key: {BOOLEAN}"],
    ),
    "yes": (
        venue("i_accept_real_orders: yes"),
        [f"5: venues.v.i_accept_real_orders: {BOOLEAN}"],
    ),
    "exponent": (VENUE + "resync_every_s: 1e3\n", ["2: resync_every_s: write the number out: 1000, or quote it"]),
    "octal": (
        VENUE + "sim: {seed: 0644}\n",
        ["2: sim.seed: ambiguous number; write it in decimal digits, or quote it"],
    ),
    "hexadecimal": (
        VENUE + "sim: {seed: 0xff}\n",
        ["2: sim.seed: ambiguous number; write it in decimal digits, or quote it"],
    ),
    "base 60": (
        VENUE + "resync_every_s: 1:30\n",
        ["2: resync_every_s: some readers take this for a number in base 60; put it in quotes"],
    ),
    "underscores": (VENUE + "sim: {seed: 1_000}\n", ["2: sim.seed: write the number without underscores, or quote it"]),
    "infinite": (
        VENUE + "resync_every_s: .inf\n",
        ["2: resync_every_s: not a finite number; write digits, or quote it"],
    ),
    "shell variable": (
        venue('exchange: "${EXCHANGE}"'),
        ["5: venues.v.exchange: shell variables are not filled in; where a secret is asked for, write env:NAME"],
    ),
    # Keys.
    "unknown key": (VENUE + "journl: sqlite\n", ["2: journl: unknown key; did you mean 'journal'?"]),
    "unknown nested key": (VENUE + "sim: {sped: 1}\n", ["2: sim.sped: unknown key; did you mean 'speed'?"]),
    "unknown key of a type": (venue("leverge: 3"), ["5: venues.v.leverge: unknown key; did you mean 'leverage'?"]),
    "unknown key far down": (
        venue("sim: {markets: {BTC/USDT: {volatilty: 1}}}"),
        ["5: venues.v.sim.markets.BTC/USDT.volatilty: unknown key; did you mean 'volatility'?"],
    ),
    "no near miss": (VENUE + "http: {host: a, port: 1}\n", ["2: http.host: unknown key; there are: port"]),
    "venues missing": ("vennues: {}\n", ["1: venues: required", "1: vennues: unknown key; did you mean 'venues'?"]),
    "no venue": ("venues: {}\n", ["1: venues: needs at least 1"]),
    "venues of nothing": ("venues:\n", ["1: venues: must be a mapping, got nothing; fill it in, or remove the key"]),
    "name of a venue": (
        "venues: {My Venue: {mode: sim, instruments: [BTC/USDT]}}\n",
        ["1: venues.My Venue: a name has up to 32 of a-z, 0-9, _ and -, and begins with a letter or digit"],
    ),
    # Values.
    "version as number": (VENUE + "version: 1\n", ["2: version: must be '1', got a number; put it in quotes"]),
    "version of another age": (VENUE + 'version: "2"\n', ["2: version: must be '1'"]),
    "number in quotes": (
        VENUE + 'resync_every_s: "60"\n',
        ["2: resync_every_s: must be a number, got text; remove the quotes"],
    ),
    "truth for a number": (VENUE + "sim: {seed: true}\n", ["2: sim.seed: must be a number, got true or false"]),
    "fraction for a count": (VENUE + "sim: {seed: 1.5}\n", ["2: sim.seed: must be a whole number, got a number"]),
    "truth in quotes": (
        venue('i_accept_real_orders: "true"'),
        ["5: venues.v.i_accept_real_orders: must be true or false, got text"],
    ),
    "number for text": (
        VENUE + "plugins: {disabled: [7]}\n",
        ["2: plugins.disabled[0]: must be text, got a number; put it in quotes"],
    ),
    "list for a section": (VENUE + "log: []\n", ["2: log: must be a mapping, got a list"]),
    "word for a list": (VENUE + "plugins: {disabled: acme}\n", ["2: plugins.disabled: must be a list, got text"]),
    "below the range": (VENUE + "resync_every_s: 0\n", ["2: resync_every_s: must be greater than or equal to 1"]),
    "above the range": (VENUE + "http: {port: 70000}\n", ["2: http.port: must be less than or equal to 65535"]),
    "negative money": (
        venue("sim: {balances: {USDT: -1}}"),
        ["5: venues.v.sim.balances.USDT: must be greater than or equal to 0"],
    ),
    "money that is no number": (
        strategy("stop_percent: lots"),
        ["5: strategies.s.stop_percent: must be a number, got text"],
    ),
    "unknown choice": (
        VENUE + "log: {level: info}\n",
        ["2: log.level: must be 'TRACE', 'DEBUG', 'INFO', 'WARNING' or 'ERROR'; did you mean 'INFO'?"],
    ),
    "unknown policy": (VENUE + "unprotected: {policy: panic}\n", ["2: unprotected.policy: must be 'close' or 'alert'"]),
    "empty value": (
        VENUE + "log: {format: }\n",
        ["2: log.format: must be 'human' or 'json', got nothing; fill it in, or remove the key"],
    ),
    # Names of what plugins bring.
    "unknown venue type": (
        venue("type: cxt"),
        ["5: venues.v.type: no venue type 'cxt'; there are: ccxt; did you mean 'ccxt'?"],
    ),
    "unknown strategy type": (
        VENUE + "strategies: {s: {type: ma_cros}}\n",
        ["2: strategies.s.type: no strategy 'ma_cros'; there are: ma_cross; did you mean 'ma_cross'?"],
    ),
    "strategy without type": (VENUE + "strategies: {s: {}}\n", ["2: strategies.s.type: required"]),
    "unknown journal": (VENUE + "journal: sqlit\n", ["2: journal: no journal 'sqlit'; did you mean 'sqlite'?"]),
    "unknown store": (VENUE + "store: csv\n", ["2: store: no store 'csv'; there are: parquet"]),
    # Venues.
    "mode missing": ("venues:\n  v:\n    instruments: [BTC/USDT]\n", ["2: venues.v.mode: required"]),
    "mode misspelt": (
        "venues: {v: {mode: life, instruments: [BTC/USDT]}}\n",
        ["1: venues.v.mode: must be 'sim', 'paper', 'testnet' or 'live'; did you mean 'live'?"],
    ),
    "live by accident": (
        venue("leverage: 3", mode="live"),
        ["3: venues.v.mode: live sends orders for real money; add i_accept_real_orders: true, or write mode: sim"],
    ),
    "paper without money": (
        venue("leverage: 3", mode="paper"),
        ["2: venues.v.paper: an account without money cannot trade; add paper: {balances: {USDT: 10000}}"],
    ),
    "no instrument": ("venues: {v: {mode: sim, instruments: []}}\n", ["1: venues.v.instruments: needs at least 1"]),
    "timeframe in words": (
        venue("timeframe: 1minute"),
        [f"5: venues.v.timeframe: '1minute' is not a timeframe; there are: {TIMEFRAMES}; did you mean '1m'?"],
    ),
    "timeframe in other units": (
        venue("timeframe: 60m"),
        [f"5: venues.v.timeframe: '60m' is not a timeframe; there are: {TIMEFRAMES}; did you mean '1h'?"],
    ),
    "instrument twice": (
        "venues: {v: {mode: sim, instruments: [BTC/USDT, BTC/USDT]}}\n",
        ["1: venues.v.instruments: given twice: BTC/USDT; keep one"],
    ),
    "incident at no venue": (
        VENUE + "sim: {incidents: [{after_s: 1, venue: w, kind: close}]}\n",
        ["2: sim.incidents[0].venue: no venue 'w' with mode: sim; there are: v"],
    ),
    "incident that is none": (
        VENUE + "sim: {incidents: [{after_s: 1, venue: v, kind: clsoe}]}\n",
        ["2: sim.incidents[0].kind: " + INCIDENTS],
    ),
    "simulated market nobody wants": (
        venue("sim: {markets: {XRP/USDT: {}}}"),
        ["5: venues.v.sim: markets: XRP/USDT is not among this venue's instruments; add it there, or remove it"],
    ),
    "replay with a price": (
        venue("sim: {markets: {BTC/USDT: {replay: config.yaml, start_price: 1}}}"),
        ["5: venues.v.sim.markets.BTC/USDT.start_price: a replay brings its own prices; remove start_price or replay"],
    ),
    "start without replay": (
        venue('sim: {markets: {BTC/USDT: {start: "2026-09-01"}}}'),
        ["5: venues.v.sim.markets.BTC/USDT.start: " + ONLY_A_REPLAY],
    ),
    "start in local time": (
        venue('sim: {markets: {BTC/USDT: {replay: config.yaml, start: "2026-09-01T09:00+09:00"}}}'),
        ["5: venues.v.sim.markets.BTC/USDT.start: times are UTC; convert it, and end it with Z"],
    ),
    "start that is no time": (
        venue("sim: {markets: {BTC/USDT: {replay: config.yaml, start: yesterday}}}"),
        ["5: venues.v.sim.markets.BTC/USDT.start: 'yesterday' is not an ISO time; write it as 2026-09-01T00:00:00Z"],
    ),
    # Secrets; more of them in test_secrets.py.
    "inline secret": (
        venue("account: {api_key: hunter2hunter2, secret: 'env:'}"),
        [
            f"5: venues.v.account.api_key: must be a reference, never the secret itself; {REFERENCE}",
            f"5: venues.v.account.secret: must be a reference, never the secret itself; {REFERENCE}",
        ],
    ),
    "placeholder": (
        venue("account: {api_key: YOUR_API_KEY, secret: 'env:HOME'}"),
        [f"5: venues.v.account.api_key: still holds a placeholder; {REFERENCE}"],
    ),
    "key not set": (
        venue("account: {api_key: 'env:TWINSTAR_NO_SUCH', secret: 'env:HOME'}", mode="testnet"),
        ["5: venues.v.account.api_key: environment variable TWINSTAR_NO_SUCH is not set; export it before the start"],
    ),
    # Strategies against venues.
    "strategy on no venue": (
        strategy("fast: 2", "[BTC/USDT]"),
        ["4: strategies.s.instruments[0]: 'BTC/USDT' names no venue; write symbol@venue, as BTC/USDT:USDT@binanceusdm"],
    ),
    "strategy on an unknown venue": (
        strategy("fast: 2", "[BTC/USDT@vv]"),
        ["4: strategies.s.instruments[0]: no venue 'vv' under venues; there are: v"],
    ),
    "strategy on another instrument": (
        strategy("fast: 2", "[XRP/USDT@v]"),
        [f"4: strategies.s.instruments[0]: XRP/USDT {NOT_LISTED}; there are: BTC/USDT, ETH/USDT"],
    ),
    "strategy on the spot of a perpetual": (
        strategy("fast: 2", "[BTC/USDT:USDT@v]"),
        [f"4: strategies.s.instruments[0]: BTC/USDT:USDT {NOT_LISTED}; did you mean 'BTC/USDT'?"],
    ),
    "two strategies on one instrument": (
        strategy("fast: 2") + "  t: {type: ma_cross, notional: 1, instruments: [BTC/USDT@v]}\n",
        ["6: strategies.t.instruments[0]: strategies.s trades it already; one position is held an instrument"],
    ),
    "strategy that contradicts itself": (
        strategy("fast: 30, slow: 20"),
        ["3: strategies.s: fast (30) must be below slow (20)"],
    ),
}
