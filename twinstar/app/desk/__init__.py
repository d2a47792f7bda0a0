"""Questions about orders and money, and orders by hand.

`asked` is what may be asked; `views` what a running service and a journal can both tell, `history` what only a journal
can. `handlers` answer on a service's socket, `reading` where no service runs.
"""

from twinstar.app.desk.asked import Answer, Asked, checked
from twinstar.app.desk.handlers import handlers
from twinstar.app.desk.history import FillRow
from twinstar.app.desk.reading import read_fills, read_profit, read_view
from twinstar.app.desk.views import BalanceRow, OrderRow, PositionRow

__all__ = [
    "Answer",
    "Asked",
    "BalanceRow",
    "FillRow",
    "OrderRow",
    "PositionRow",
    "checked",
    "handlers",
    "read_fills",
    "read_profit",
    "read_view",
]
