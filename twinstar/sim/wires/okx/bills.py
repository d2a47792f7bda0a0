"""What came into the account and went out of it, over REST: here, funding."""

from __future__ import annotations

from twinstar.sim.model import Payment
from twinstar.sim.wires.okx.desk import ASSET, Answer, Call, Desk, Json, private
from twinstar.sim.wires.okx.paging import page
from twinstar.sim.wires.okx.views import brief

FUNDING, PAID, GOT = "8", "173", "174"
WEEK_MS = 7 * 86_400_000


def recent(desk: Desk, call: Call) -> Answer:
    return _bills(desk, call, desk.now_ms() - WEEK_MS)


def archived(desk: Desk, call: Call) -> Answer:
    return _bills(desk, call, 0)


def _bills(desk: Desk, call: Call, since_ms: int) -> Answer:
    params = call.params
    if params.get("type", FUNDING) != FUNDING or params.get("instType", "SWAP") != "SWAP":
        return []
    begin, end = params.integer_or_none("begin"), params.integer_or_none("end")
    payments = [
        each
        for each in desk.exchange.payments(call.account, since_ms=max(since_ms, begin or 0))
        if end is None or each.time_ms <= end
    ]
    return [_bill(desk, each) for each in page(params, payments, key=lambda paid: str(paid.id))]


def _bill(desk: Desk, paid: Payment) -> Json:
    amount = brief(paid.amount)
    nothing = ("bal", "execType", "fillFwdPx", "fillIdxPx", "fillMarkPx", "fillMarkVol", "fillPxUsd", "fillPxVol")
    no_order = ("clOrdId", "fillTime", "from", "notes", "ordId", "px", "tag", "to", "tradeId")
    return {
        **dict.fromkeys((*nothing, *no_order), ""),
        "balChg": amount,
        "billId": str(paid.id),
        "ccy": ASSET,
        "earnAmt": "",
        "earnApr": "",
        "fee": "0",
        "instId": desk.of(paid.symbol).id,
        "instType": "SWAP",
        "interest": "0",
        "mgnMode": "cross",
        "pnl": amount,
        "posBal": "0",
        "posBalChg": "0",
        "subType": PAID if paid.amount < 0 else GOT,
        "sz": "0",
        "ts": str(paid.time_ms),
        "type": FUNDING,
    }


ROUTES = (private("account/bills", recent, 10), private("account/bills-archive", archived, 5))
