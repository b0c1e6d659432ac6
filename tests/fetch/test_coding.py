"""Content codings: undone in steps, at most two deep, complete or refused."""

import gzip
import zlib

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.outcomes import Reason
from tasks.fetch.coding import BETWEEN, STEP, decoder_for
from tasks.fetch.failures import Stop


def deflate_raw(data: bytes) -> bytes:
    squeeze = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return squeeze.compress(data) + squeeze.flush()


CODED = {
    "gzip": gzip.compress, "x-gzip": gzip.compress, "GZip": gzip.compress, "br": brotli.compress, "deflate": zlib.compress,
    "gzip, br": lambda data: brotli.compress(gzip.compress(data)), "gzip, gzip": lambda data: gzip.compress(gzip.compress(data)),
    "identity": bytes, "": bytes, "identity, gzip": gzip.compress,
}  # fmt: skip


def decode(encoding: str, data: bytes, size: int = 1_000) -> bytes:
    decoder = decoder_for([encoding])
    pieces = [piece for start in range(0, len(data), size) for piece in decoder.feed(data[start : start + size])]
    decoder.finish()
    return b"".join(pieces)


@pytest.mark.parametrize("encoding", CODED)
@given(data=st.binary(max_size=5_000), size=st.integers(1, 3_000))
def test_what_was_coded_comes_back(encoding: str, data: bytes, size: int) -> None:
    assert decode(encoding, CODED[encoding](data), size) == data


def test_bare_deflate_and_members_in_a_row_are_read_too() -> None:
    assert decode("deflate", deflate_raw(b"x" * 5_000)) == b"x" * 5_000
    assert decode("gzip", gzip.compress(b"one ") + gzip.compress(b"two") + b"\x00" * 8) == b"one two"


@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        ("gzip", b"plain text"), ("br", b"\xffplain text"), ("deflate", b"plain text"), ("gzip", gzip.compress(b"x" * 9_000)[:-9]),
        ("gzip", gzip.compress(b"x")[:12]), ("br", brotli.compress(b"x" * 9_000)[:-2]), ("deflate", zlib.compress(b"x" * 9_000)[:-5]),
        ("gzip, gzip", gzip.compress(b"once only")), ("gzip", b"\x1f\x8b"),
    ],
)  # fmt: skip
def test_H19_a_body_that_is_not_what_it_claims_or_ends_early_is_refused(encoding: str, data: bytes) -> None:
    with pytest.raises(Stop) as stop:
        decode(encoding, data)
    assert stop.value.reason is Reason.BAD_ENCODING


@pytest.mark.parametrize(
    "encoding", ["x-unknown", "zstd", "compress", "gzip, x", "chunked", ", ".join(["gzip"] * 3), ",".join(["gzip"] * 2_000)]
)
def test_H19_unknown_codings_and_more_than_two_are_refused(encoding: str) -> None:
    with pytest.raises(Stop) as stop:
        decoder_for([encoding])
    assert stop.value.reason is Reason.BAD_ENCODING
    with pytest.raises(Stop):
        decoder_for(["gzip", "gzip", "br"])


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate"])
def test_X10_a_bomb_comes_out_in_small_steps(encoding: str) -> None:
    bomb = {"gzip": gzip.compress, "br": brotli.compress, "deflate": zlib.compress}[encoding](bytes(20_000_000))
    sizes = []
    for piece in decoder_for([encoding]).feed(bomb):
        sizes.append(len(piece))
        if sum(sizes) > 2_000_000:
            break
    assert max(sizes) <= STEP


def test_X10_a_bomb_between_two_codings_is_stopped() -> None:
    # Empty stored blocks: the inner stream is long and decodes to nothing at all.
    header, empty = gzip.compress(b"")[:10], b"\x00\x00\x00\xff\xff"
    inner = header + empty * (BETWEEN // 5 + 1_000_000)
    with pytest.raises(Stop, match="between two content codings"):
        list(decoder_for(["gzip, gzip"]).feed(gzip.compress(inner, 1)))
