"""The candles of the past, for whoever uses them: what there is, whether it is right, and fetching the rest."""

from twinstar.app.history.asked import Series
from twinstar.app.history.backfill import Fetched, Progress, backfill, repair
from twinstar.app.history.columns import columns
from twinstar.app.history.stock import Stock, chosen, configured, take_stock
from twinstar.app.history.venues import Opened, opened
from twinstar.app.history.verify import Fault, Verified, verify

__all__ = [
    "Fault",
    "Fetched",
    "Opened",
    "Progress",
    "Series",
    "Stock",
    "Verified",
    "backfill",
    "chosen",
    "columns",
    "configured",
    "opened",
    "repair",
    "take_stock",
    "verify",
]
