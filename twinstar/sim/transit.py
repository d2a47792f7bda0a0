"""What becomes of a frame between the venue and the socket: it is lost, spoiled, doubled, late or overtaken."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from twinstar.sim.faults import Fault, Faults
from twinstar.sim.spoiling import spoiled

Frame = str | bytes


class Transit:
    """Of one line; ``leave`` takes the frames that leave now."""

    def __init__(self, path: str, faults: Faults, leave: Callable[[Iterable[Frame]], None]) -> None:
        self._path = path
        self._faults = faults
        self._leave = leave
        self._held: tuple[Fault, Frame] | None = None  # waits for one that it changes places with

    def send(self, frame: Frame) -> None:
        if self._held is not None and self._held[0].concerns(frame):
            (_, earlier), self._held = self._held, None
            self._leave((frame, earlier))
            return
        fault = self._faults.for_frame(self._path, frame)
        match fault:
            case None:
                self._leave((frame,))
            case Fault(kind="lose"):
                pass
            case Fault(kind="duplicate"):
                self._leave((frame, frame))
            case Fault(kind="delay"):
                asyncio.get_running_loop().call_later(fault.after_ms / 1000, self._leave, (frame,))
            case Fault(kind="reorder") if self._held is None:
                self._held = fault, frame
            case Fault(kind="reorder"):
                self._leave((frame,))
            case _:
                garbage = spoiled(frame, fault.kind)
                self._leave((garbage,) if fault.replace else (garbage, frame))
