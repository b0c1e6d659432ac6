"""Pages as they are kept: nothing is lost, and nothing damaged passes."""

from concurrent.futures import ThreadPoolExecutor

import pytest

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


def test_the_hash_is_the_body_s() -> None:
    assert body_hash(b"text") == body_hash(b"te" + b"xt") != body_hash(b"text ")
    assert len(body_hash(b"")) == 32
