"""Pages as they are kept: nothing is lost, and nothing damaged passes."""

import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import pytest
import zstandard

from domain.packing import body_hash, pack, unpack


@pytest.mark.parametrize("body", [b"", b"<p>text</p>", bytes(range(256)) * 4_000])
def test_what_is_unpacked_is_what_was_packed(body: bytes) -> None:
    assert unpack(pack(body)) == body


def test_threads_pack_side_by_side() -> None:
    bodies = [bytes([number]) * 100_000 for number in range(64)]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda body: unpack(pack(body)), bodies)) == bodies


@pytest.mark.parametrize("damaged", [b"", b"<html>", pack(b"text " * 1_000)[:-3], b"\xff" + pack(b"text")[1:]])
def test_what_is_damaged_is_refused(damaged: bytes) -> None:
    with pytest.raises(ValueError, match="cannot be unpacked"):
        unpack(damaged)


def test_a_bomb_is_refused_without_being_unpacked() -> None:
    packed = pack(bytes(65 * 1024 * 1024))
    assert len(packed) < 4_096
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="larger than 67,108,864 bytes"):
            unpack(packed)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_what_does_not_say_its_size_is_bounded_too() -> None:
    assert unpack(_streamed(b"text")) == b"text"
    with pytest.raises(ValueError, match="cannot be unpacked"):
        unpack(_streamed(bytes(65 * 1024 * 1024)))


def _streamed(body: bytes) -> bytes:
    """Return a frame that does not say how large its content is."""
    stream = zstandard.ZstdCompressor().compressobj()
    packed = stream.compress(body) + stream.flush()
    assert zstandard.frame_content_size(packed) == -1
    return packed


def test_the_hash_is_the_body_s() -> None:
    assert body_hash(b"text") == body_hash(b"te" + b"xt") != body_hash(b"text ")
    assert len(body_hash(b"")) == 32
