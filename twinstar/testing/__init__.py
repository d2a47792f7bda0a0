"""For plugin authors: time that costs nothing, and what else a test of a venue wants."""

from twinstar.testing.metering import Sent, assert_metered, counting_transport
from twinstar.testing.virtual import LoopClock, VirtualLoop, run_virtual

__all__ = ["LoopClock", "Sent", "VirtualLoop", "assert_metered", "counting_transport", "run_virtual"]
