"""ccxt is imported late, and only the exchange that is wanted."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from twinstar.builtin.ccxt import lazy
from twinstar.errors import ConfigError

ROOT = Path(__file__).parents[3]


def python(program: str) -> list[str]:
    """What a fresh interpreter prints."""
    command = [sys.executable, "-W", "error::RuntimeWarning", "-c", program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.split()


def test_our_package_imports_without_ccxt() -> None:
    printed = python("import sys, twinstar.builtin.ccxt; print([m for m in sys.modules if m.split('.')[0] in "
                     "('ccxt', 'aiohttp')])")  # fmt: skip
    assert printed == ["[]"]


def test_one_exchange_comes_without_the_others() -> None:
    printed = python(
        "import sys\n"
        "from twinstar.builtin.ccxt import lazy\n"
        "lazy.prepare()\n"
        "made = lazy.exchange_class('upbit')()\n"
        "print(made.id, made.has['watchTrades'])\n"
        "print(*sorted(m for m in sys.modules if m.startswith('ccxt.') and m.split('.')[-1] in lazy.exchange_ids()))\n"
    )
    assert printed == ["upbit", "True", "ccxt.abstract.upbit", "ccxt.async_support.upbit", "ccxt.pro.upbit"]


def test_a_class_that_is_made_of_another_finds_it() -> None:
    printed = python(
        "from twinstar.builtin.ccxt import lazy\n"
        "lazy.prepare()\n"
        "import ccxt\n"
        "print(lazy.exchange_class('binanceusdm')().id, ccxt.NetworkError.__name__, ccxt.kraken.__name__)\n"
        "print(len(ccxt.exchanges) > 50, hasattr(ccxt, 'no_such_thing'), ccxt.__version__)\n"
    )
    assert printed[:5] == ["binanceusdm", "NetworkError", "kraken", "True", "False"]


@pytest.mark.slow
def test_a_ccxt_that_is_there_already_is_left_alone() -> None:
    printed = python(
        "import ccxt.pro\n"
        "before = ccxt.pro.upbit\n"
        "from twinstar.builtin.ccxt import lazy, library\n"
        "lazy.prepare()\n"
        "print(lazy.exchange_class('upbit') is before, library.Exchange is ccxt.pro.Exchange)\n"
    )
    assert printed == ["True", "True"]


@pytest.mark.slow
def test_when_the_lazy_way_fails_all_of_ccxt_is_imported() -> None:
    printed = python(
        "from twinstar.builtin.ccxt import lazy\n"
        "lazy.prepare()\n"
        "lazy._LazyPackage._find = lambda self, name: (_ for _ in ()).throw(ImportError(name))\n"
        "import sys\n"
        "print(lazy.exchange_class('upbit')().id, 'ccxt.pro.kraken' in sys.modules)\n"
    )
    assert printed == ["upbit", "True"]


def test_an_unknown_exchange_is_named_with_those_it_could_be() -> None:
    with pytest.raises(ConfigError, match=r"no exchange 'binanceusd'.*'binanceusdm'"):
        lazy.exchange_class("binanceusd")
