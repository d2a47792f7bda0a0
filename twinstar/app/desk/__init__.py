"""Questions about orders and money, and orders by hand.

`asked` is what may be asked; `views` what a running service and a journal can both tell, `history` what only a journal
can; `tickets` are orders by hand, `verdicts` and `planning` what readings of the accounts come to. `handlers` answer on
a service's socket, `reading` where no service runs.
"""

from twinstar.app.desk.asked import Answer, Asked, checked
from twinstar.app.desk.handlers import handlers
from twinstar.app.desk.history import FillRow
from twinstar.app.desk.planning import plan
from twinstar.app.desk.reading import read_fills, read_profit, read_view
from twinstar.app.desk.switch import Closed, ClosedRow, Switched
from twinstar.app.desk.tickets import KNOWN_WITHIN_S, Done
from twinstar.app.desk.verdicts import GUARDED_WITHIN_S, READS_WITHIN_S, Plan, Shown
from twinstar.app.desk.views import BalanceRow, OrderRow, PositionRow

__all__ = [
    "GUARDED_WITHIN_S",
    "KNOWN_WITHIN_S",
    "READS_WITHIN_S",
    "Answer",
    "Asked",
    "BalanceRow",
    "Closed",
    "ClosedRow",
    "Done",
    "FillRow",
    "OrderRow",
    "Plan",
    "PositionRow",
    "Shown",
    "Switched",
    "checked",
    "handlers",
    "plan",
    "read_fills",
    "read_profit",
    "read_view",
]
