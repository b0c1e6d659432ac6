"""The connection seam: names are resolved once, every address is judged, and only a judged address is connected to.

httpx2's own transport takes no network backend, so this one puts httpcore2's pool, which does, under an `AsyncBaseTransport`.
The URL keeps its name throughout: Host, SNI and the certificate are the name's, only the socket is the address's.
"""

import asyncio
import errno
import socket
import ssl
from collections.abc import AsyncIterator, Iterable, Sequence
from contextvars import ContextVar
from typing import Any, Final

import httpcore2
import httpx2

from domain.outcomes import Reason
from tasks.fetch.failures import Stop
from tasks.fetch.guard import Address, Rules, is_loopback, judge, parsed
from tasks.fetch.resolver import Resolver
from tasks.fetch.terms import Terms
from tasks.fetch.wire import Stream, Wire

_ADDRESSES_TRIED: Final = 4
# Idle connections that are kept, and for how long: the next page of a host comes after its spacing.
_KEPT: Final = 256
_KEPT_SECONDS: Final = 15.0
_POOLS: Final = 32
_UNREACHABLE: Final = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL})


# Hosts that the current task has opened connections to: an exchange that failed on a kept connection may be made once more.
connections_opened: ContextVar[list[str] | None] = ContextVar("connections_opened", default=None)


class GuardedBackend(httpcore2.AsyncNetworkBackend):
    """Connects to what the guard has judged, and to nothing else."""

    def __init__(self, rules: Rules, terms: Terms, *, resolver: Resolver, refused: frozenset[tuple[str, int]]) -> None:
        self._rules, self._terms, self._resolver, self._refused = rules, terms, resolver, refused

    async def connect_tcp(  # noqa: PLR0917  (httpcore2's signature)
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109, ARG002  (ours comes from the terms)
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> httpcore2.AsyncNetworkStream:
        """Return a stream to the first of at most four addresses of the name that answers; raises `Stop` when one is refused."""
        if (opened := connections_opened.get()) is not None:
            opened.append(host)
        addresses = await self._resolver.addresses(host, port)
        private = judge(addresses, port, self._rules)
        if private:
            await self._refuse_own(addresses, port)
        until = asyncio.get_running_loop().time() + self._terms.connect_seconds
        failure: Exception = httpcore2.ConnectError(f"{host} has no address")
        tried = addresses[:_ADDRESSES_TRIED]
        for place, address in enumerate(tried):
            left = until - asyncio.get_running_loop().time()
            try:
                # An address that does not answer leaves time for those after it.
                async with asyncio.timeout(left / (len(tried) - place)):
                    return await self._connect(address, port, until=until)
            except (OSError, TimeoutError) as error:
                failure = _unconnected(address, port, error)
        raise failure

    async def connect_unix_socket(self, path: str, timeout: float | None = None, socket_options: Any = None) -> Any:  # noqa: ASYNC109, ARG002
        """Refuse: no URL leads to a socket file."""
        raise Stop(Reason.REFUSED_URL, "no URL leads to a socket file")

    async def sleep(self, seconds: float) -> None:
        """Sleep."""
        await asyncio.sleep(seconds)

    async def _connect(self, address: Address, port: int, *, until: float) -> Stream:
        transport, wire = await asyncio.get_running_loop().create_connection(Wire, str(address), port)
        peer = parsed(str((transport.get_extra_info("peername") or ("",))[0]))
        # Who answers must be who was judged: a rewriting network stack between the two is not trusted either.
        if peer is None or (peer != address and peer != getattr(address, "ipv4_mapped", None)):
            transport.abort()
            raise Stop(Reason.REFUSED_ADDRESS, f"connected to {peer} instead of {address}")
        return Stream(wire, private=judge([peer], port, self._rules), until=until)

    async def _refuse_own(self, addresses: Sequence[Address], port: int) -> None:
        """Raise `Stop` when an allowed private address and port are our own database's or Prefect's."""
        for host, own_port in self._refused:
            if own_port != port:
                continue
            own = set(await self._resolver.addresses(host, port))
            # A server on this machine usually listens on all of its addresses, so its port is refused on each of them.
            here = any(is_loopback(one) or _is_local(one) for one in own)
            for address in addresses:
                if address in own or (here and (is_loopback(address) or _is_local(address))):
                    raise Stop(Reason.REFUSED_ADDRESS, f"{address} port {port} is Copydesk's own database or Prefect's API")


class Transport(httpx2.AsyncBaseTransport):
    """httpx2 over guarded pools: several small ones, because a pool looks through all of its connections for every request."""

    def __init__(self, backend: GuardedBackend, tls: ssl.SSLContext, *, connections: int) -> None:
        self._pools = [
            httpcore2.AsyncConnectionPool(
                ssl_context=tls,
                max_connections=connections,
                max_keepalive_connections=_KEPT // _POOLS,
                keepalive_expiry=_KEPT_SECONDS,
                network_backend=backend,
            )
            for _ in range(_POOLS)
        ]

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Return the answer with its body still on the wire; raises httpcore2's exceptions and `Stop`."""
        answer = await self._pools[hash(request.url.raw_host) % _POOLS].handle_async_request(
            httpcore2.Request(
                method=request.method,
                url=httpcore2.URL(
                    scheme=request.url.raw_scheme, host=request.url.raw_host, port=request.url.port, target=request.url.raw_path
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        body = _Body(answer.stream)
        extensions = {**answer.extensions, "body": body}
        return httpx2.Response(status_code=answer.status, headers=answer.headers, stream=body, extensions=extensions)

    async def aclose(self) -> None:
        """Close all connections."""
        for pool in self._pools:
            await pool.aclose()


class _Body(httpx2.AsyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._stream.__aiter__()  # type: ignore[no-any-return]

    async def aclose(self) -> None:
        await self._stream.aclose()

    def has_leftover(self) -> bool:
        """Return whether more came than the answer was long; true also when that cannot be told."""
        # httpcore2 has no public word for it, and a leftover would be read as the answer to the next request.
        connection = getattr(getattr(self._stream, "_stream", None), "_connection", None)
        state = getattr(connection, "_h11_state", None)
        return state is None or bool(state.trailing_data[0])


def stream_of(response: httpx2.Response) -> Stream:
    """Return the connection that an answer came over."""
    stream = response.extensions["network_stream"]
    if not isinstance(stream, Stream):  # pragma: no cover  (an upgrade was never asked for)
        raise Stop(Reason.PROTOCOL, "the server switched protocols")
    return stream


def settle(response: httpx2.Response) -> None:
    """Give up the connection of an answer that was followed by bytes nobody asked for."""
    if response.extensions["body"].has_leftover():
        stream_of(response).spoiled = True


def _unconnected(address: Address, port: int, error: OSError | TimeoutError) -> Exception:
    where = f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"
    if isinstance(error, TimeoutError):
        return httpcore2.ConnectTimeout(f"{where} did not answer in time")
    if error.errno in _UNREACHABLE:
        return Stop(Reason.NETWORK_UNREACHABLE, f"{where}: {error.strerror}", temporary=True)
    return httpcore2.ConnectError(f"{where}: {error.strerror or error}")


def _is_local(address: Address) -> bool:
    """Return whether an address is one of this machine's, by asking the kernel whether a socket could be bound to it."""
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True
