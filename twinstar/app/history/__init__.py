"""The candles of the past, for whoever uses them: what there is, whether it is right, and fetching the rest."""

from twinstar.app.history.asked import Series
from twinstar.app.history.asking import ask_service, follow
from twinstar.app.history.backfill import Fetched, Progress, backfill, repair
from twinstar.app.history.columns import columns
from twinstar.app.history.errands import Errands
from twinstar.app.history.gaps import left_open
from twinstar.app.history.stock import Stock, chosen, configured, take_stock
from twinstar.app.history.venues import Opened, opened, opener
from twinstar.app.history.verify import Fault, Verified, verify

__all__ = [
    "Errands",
    "Fault",
    "Fetched",
    "Opened",
    "Progress",
    "Series",
    "Stock",
    "Verified",
    "ask_service",
    "backfill",
    "chosen",
    "columns",
    "configured",
    "follow",
    "left_open",
    "opened",
    "opener",
    "repair",
    "take_stock",
    "verify",
]
