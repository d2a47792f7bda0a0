"""For plugin authors: the cases that every venue is held to, time that costs nothing, and what else a test wants."""

from twinstar.testing.conformance import Conformance
from twinstar.testing.metering import Sent, assert_metered, counting_transport
from twinstar.testing.virtual import LoopClock, VirtualLoop, run_virtual

__all__ = ["Conformance", "LoopClock", "Sent", "VirtualLoop", "assert_metered", "counting_transport", "run_virtual"]
