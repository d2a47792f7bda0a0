"""The one place where whatever ccxt raises becomes an error of ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from twinstar.builtin.ccxt.exchange import TwinExchange
from twinstar.builtin.ccxt.outcome import meaning_of, order_failed, reading_failed
from twinstar.builtin.ccxt.wire import Exchanged, exchanging
from twinstar.domain.meanings import Doing, Meaning
from twinstar.errors import TwinStarError


@contextmanager
def reading(exchange: TwinExchange, what: str) -> Iterator[Exchanged]:
    """What fails inside was a question: nothing was changed."""
    with exchanging() as exchanged:
        try:
            yield exchanged
        except TwinStarError:
            raise
        except Exception as e:  # noqa: BLE001 - a garbled answer makes ccxt's parsers raise anything, not just its own
            _note_the_time(exchange, exchanged)
            raise reading_failed(exchange.venue, what, e, exchanged, exchange.habit.words) from None


@contextmanager
def ordering(exchange: TwinExchange, doing: Doing) -> Iterator[Exchanged]:
    """What fails inside is judged by what was sent and answered, never by the exception."""
    with exchanging() as exchanged:
        try:
            yield exchanged
        except TwinStarError:
            raise
        except Exception as e:  # noqa: BLE001 - as above, and an order may have been placed by then
            _note_the_time(exchange, exchanged)
            raise order_failed(exchange.venue, doing, e, exchanged, exchange.habit.words) from None


def _note_the_time(exchange: TwinExchange, exchanged: Exchanged) -> None:
    """A request that was refused for its date is a reason to ask what time it is."""
    if meaning_of(exchanged, exchange.habit.words) is Meaning.MISTIMED:
        exchange.doubt_time()
