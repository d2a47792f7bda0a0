"""Records of every kind there is, made by reading the types, so that a new kind cannot be forgotten."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import msgspec
from hypothesis import strategies as st
from msgspec import Struct

from twinstar.domain import OrderAccepted
from twinstar.ports import Record

KINDS: tuple[type[Struct], ...] = get_args(Record)

_PLAIN: dict[type, st.SearchStrategy[Any]] = {
    NoneType: st.none(),
    bool: st.booleans(),
    int: st.integers(-(2**63), 2**63 - 1),
    str: st.text(max_size=20),
    Decimal: st.decimals(allow_nan=False, allow_infinity=False),
}


def values(of: Any) -> st.SearchStrategy[Any]:
    """All fields are filled, those with a default too."""
    if get_origin(of) in (Union, UnionType):
        return st.one_of(*map(values, get_args(of)))
    if get_origin(of) is tuple:
        return st.lists(values(get_args(of)[0]), max_size=3).map(tuple)
    if issubclass(of, Struct):
        return st.builds(of, **{field.name: values(field.type) for field in msgspec.structs.fields(of)})
    return st.sampled_from(of) if issubclass(of, Enum) else _PLAIN[of]


def accepted(number: int) -> OrderAccepted:
    return OrderAccepted(time_ms=1_700_000_000_000 + number, order_id=f"tw-{number}", venue_order_id=str(number))
