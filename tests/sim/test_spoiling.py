from __future__ import annotations

import gzip

import pytest

from twinstar.sim.spoiling import SPOILERS, spoiled, text_of

TOLD = '{"price": "1.5"}'


@pytest.mark.parametrize("kind", sorted(SPOILERS))
def test_what_was_gzipped_is_spoiled_inside_and_gzipped_again(kind: str) -> None:
    plain, packed = spoiled(TOLD.encode(), kind), spoiled(gzip.compress(TOLD.encode()), kind)
    assert isinstance(packed, bytes)
    assert gzip.decompress(packed) == plain != TOLD.encode()


@pytest.mark.parametrize("frame", [TOLD, TOLD.encode(), gzip.compress(TOLD.encode())], ids=["text", "bytes", "gzip"])
def test_a_frame_reads_alike_however_it_is_packed(frame: str | bytes) -> None:
    assert text_of(frame) == TOLD
