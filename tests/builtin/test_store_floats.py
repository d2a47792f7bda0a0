"""Floats for indicators are the ones nearest to what is stored, however many digits that has."""

from __future__ import annotations

from decimal import Decimal

import hypothesis.strategies as st
import pyarrow as pa
from hypothesis import example, given, settings

from twinstar.builtin.store.floats import nearest_floats

AT_MOST = {18: 10**18 - 1, 38: 10**38 - 1}


@given(
    st.sampled_from([18, 38]).flatmap(
        lambda digits: st.tuples(
            st.just(digits),
            st.integers(0, digits),
            st.lists(st.integers(-AT_MOST[digits], AT_MOST[digits]) | st.integers(-(2**54), 2**54), max_size=20),
        )
    ),
    st.integers(1, 5),
)
@example((18, 1, [2**53 + 1, 2**52 - 1, -(2**53) - 1]), 1)
@settings(deadline=None, database=None)
def test_floats_are_as_if_read_from_the_decimals_text(made: tuple[int, int, list[int]], cut: int) -> None:
    digits, scale, steps = made
    decimals = [Decimal(f"{step}E-{scale}") for step in steps]  # exact, as no context would keep 38 digits
    column = pa.chunked_array([pa.array(decimals, pa.decimal128(digits, scale))]).slice(cut)
    assert nearest_floats(column).tolist() == [float(str(value)) for value in decimals[cut:]]
