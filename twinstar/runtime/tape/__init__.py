"""What venues said in the last minutes, on disk: for whoever has to find out what happened."""

from twinstar.runtime.tape.files import Cut, cut
from twinstar.runtime.tape.ring import Ring, RingTape
from twinstar.runtime.tape.row import Exchange, Row, read
from twinstar.runtime.tape.socket import taped

__all__ = ["Cut", "Exchange", "Ring", "RingTape", "Row", "cut", "read", "taped"]
