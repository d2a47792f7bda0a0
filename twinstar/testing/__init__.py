"""For plugin authors: time that costs nothing, and what else a test of a venue wants."""

from twinstar.testing.virtual import LoopClock, VirtualLoop, run_virtual

__all__ = ["LoopClock", "VirtualLoop", "run_virtual"]
