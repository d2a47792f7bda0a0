"""Who wants to hear what; called in the order of their coming, and free to leave at any time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Listeners(Generic[T]):
    def __init__(self) -> None:
        self._all: tuple[Callable[[T], None], ...] = ()

    def __bool__(self) -> bool:
        return bool(self._all)

    def add(self, listener: Callable[[T], None]) -> Callable[[], None]:
        own = _Own(listener)  # so that a listener that was added twice is removed once
        self._all = (*self._all, own)

        def remove() -> None:
            self._all = tuple(each for each in self._all if each is not own)

        return remove

    def tell(self, news: T) -> None:
        for listener in self._all:
            listener(news)


class _Own(Generic[T]):
    def __init__(self, listener: Callable[[T], None]) -> None:
        self._listener = listener

    def __call__(self, news: T) -> None:
        self._listener(news)
