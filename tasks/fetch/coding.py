"""Content codings undone in small steps: at most two layers, gzip, deflate and br, never more memory than a step.

A body that is not what it was declared to be, or that ends early, is an error: half an article is not an article.
"""

import zlib
from collections.abc import Iterator, Sequence
from typing import Final, Protocol

import brotli  # type: ignore[import-untyped]

from domain.outcomes import Reason
from tasks.fetch.failures import Stop

STEP: Final = 262_144
LAYERS: Final = 2
BETWEEN: Final = 33_554_432


class Layer(Protocol):
    """One content coding being undone."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what the data decodes to, in steps of about `STEP` bytes."""
        ...

    def finished(self) -> bool:
        """Return whether the coded stream has come to its end."""
        ...


class Decoder:
    """Undoes all codings of one body."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        self._layers = layers
        self._received = self._between = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield decoded pieces; raises `Stop` (bad_encoding) for data that the coding does not allow."""
        self._received += len(data)
        try:
            yield from self._through(self._layers, data)
        except (zlib.error, brotli.error) as error:
            raise Stop(Reason.BAD_ENCODING, f"the body cannot be decompressed: {error}") from None

    def finish(self) -> None:
        """Raise `Stop` when the body ended in the middle of a coding; an empty body has none."""
        if self._received and not all(layer.finished() for layer in self._layers):
            raise Stop(Reason.BAD_ENCODING, "the compressed body ends early", temporary=True)

    def _through(self, layers: Sequence[Layer], data: bytes) -> Iterator[bytes]:
        if not layers:
            yield data
            return
        for piece in layers[0].feed(data):
            if len(layers) > 1:
                # What lies between two layers may be a thousand times what was sent and still decode to nothing.
                self._between += len(piece)
                if self._between > BETWEEN:
                    raise Stop(Reason.TOO_LARGE, f"more than {BETWEEN:,} bytes between two content codings")
            yield from self._through(layers[1:], piece)


def decoder_for(content_encodings: Sequence[str]) -> Decoder:
    """Return a decoder for the values of Content-Encoding; raises `Stop` for unknown codings and for more than two."""
    codings = [one for value in content_encodings for coding in value.split(",") if (one := coding.strip().lower())]
    codings = [coding for coding in codings if coding != "identity"]
    if len(codings) > LAYERS:
        raise Stop(Reason.BAD_ENCODING, f"{len(codings)} content codings, at most {LAYERS} are undone")
    for coding in codings:
        if coding not in _LAYERS:
            raise Stop(Reason.BAD_ENCODING, f"unknown content coding {coding[:40]!r}")
    return Decoder([_LAYERS[coding]() for coding in reversed(codings)])


class _Gzip:
    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(zlib.MAX_WBITS | 16)

    def feed(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._inflate.eof:
                # Several members in a row are one body (RFC 1952 §2.2); anything else behind the end is padding.
                if not data.startswith(b"\x1f\x8b"):
                    return
                self._inflate = zlib.decompressobj(zlib.MAX_WBITS | 16)
            yield self._inflate.decompress(data, STEP)
            data = self._inflate.unconsumed_tail or self._inflate.unused_data

    def finished(self) -> bool:
        return self._inflate.eof


class _Deflate:
    def __init__(self) -> None:
        self._inflate: zlib._Decompress | None = None

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self._inflate is None:
            # RFC 9110 means zlib's wrapping; some servers send the bare stream, whose first byte is not zlib's.
            self._inflate = zlib.decompressobj(zlib.MAX_WBITS if data[0] & 0x0F == 8 else -zlib.MAX_WBITS)
        while data and not self._inflate.eof:
            yield self._inflate.decompress(data, STEP)
            data = self._inflate.unconsumed_tail

    def finished(self) -> bool:
        return self._inflate is not None and self._inflate.eof


class _Brotli:
    def __init__(self) -> None:
        self._inflate = brotli.Decompressor()

    def feed(self, data: bytes) -> Iterator[bytes]:
        # The library may produce nearly twice the limit it is given.
        piece = self._inflate.process(data, output_buffer_limit=STEP // 2)
        while piece:
            yield piece
            piece = self._inflate.process(b"", output_buffer_limit=STEP // 2)

    def finished(self) -> bool:
        return bool(self._inflate.is_finished())


_LAYERS: Final[dict[str, type[Layer]]] = {"gzip": _Gzip, "x-gzip": _Gzip, "deflate": _Deflate, "br": _Brotli}
