"""No packet reaches an address that is not public and not allowed: asserted at the server that must not be reached."""

import ssl
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from domain.outcomes import Reason
from domain.records import FetchFailure, Response
from newsroom.scripted import Server, redirect, response, running
from tasks.fetch import guard
from tasks.fetch.resolver import Resolver

PAGE = b"<!doctype html><html><body><p>" + b"Words of an invented article. " * 40 + b"</p></body></html>"
TLS = Path(__file__).parent / "tls"
# 127.0.0.1 and its neighbours, as addresses that are refused can be told from those a test allows or declares public.
ALLOWED, SECRET, OUTSIDE = "127.0.0.2", "127.0.0.1", "127.0.0.9"


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[list[str]]]:
    """Names and, for each look-up in turn, their addresses; the last answer stays."""
    table: dict[str, list[list[str]]] = {}

    async def addresses(_self: Resolver, host: str, _port: int) -> list[guard.Address]:
        if (literal := guard.parsed(host)) is not None:
            return [literal]
        answers = table[host]
        return list(map(ip_address, answers.pop(0) if len(answers) > 1 else answers[0]))

    monkeypatch.setattr(Resolver, "addresses", addresses)
    return table


@pytest.fixture
def public(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Declare loopback addresses public, as the addresses of a server outside."""

    def declare(*addresses: str) -> None:
        real = guard.refusal
        monkeypatch.setattr(guard, "refusal", lambda one: None if str(one) in addresses else real(one))

    return declare


def refused(fetched: object, *reasons: Reason) -> None:
    assert isinstance(fetched, FetchFailure), fetched
    assert fetched.reason in (reasons or (Reason.REFUSED_ADDRESS,)), fetched
    assert not fetched.temporary


@pytest.mark.parametrize("kind", ["feed", "page", "robots", "site", "archive"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "localhost.", "LOCALHOST", "2130706433", "127.1", "0x7f.1", "0177.0.0.1", "0"])
def test_X01_X02_without_a_list_nothing_private_is_asked(other: Server, asker: Any, kind: Any, host: str) -> None:
    asker.configure(allowed_networks=[], allowed_ports=[other.port])
    refused(asker.ask(other.url("/", host), kind), Reason.REFUSED_ADDRESS, Reason.REFUSED_URL)
    assert other.connections == 0


@pytest.mark.parametrize("address", ["127.0.0.1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::127.0.0.1", "::1", "0.0.0.0"])
def test_X03_names_are_judged_by_their_addresses(other: Server, asker: Any, names: Any, address: str) -> None:
    names["innocent.example"] = [[address]]
    asker.configure(allowed_networks=[], allowed_ports=[other.port])
    refused(asker.ask(other.url("/", "innocent.example")))
    assert other.connections == 0


@pytest.mark.parametrize("answers", [[OUTSIDE, SECRET], [SECRET, OUTSIDE], [OUTSIDE] * 5 + [SECRET]])
def test_X03_a_name_with_one_private_address_is_refused(server: Server, asker: Any, *, names: Any, public: Any, answers: list[str]) -> None:
    public(OUTSIDE)
    names["mixed.example"] = [answers]
    asker.configure(allowed_networks=[], allowed_ports=[server.port])
    refused(asker.ask(server.url("/", "mixed.example")))
    assert server.connections == 0


def test_X03_rebinding_is_seen_because_each_connection_asks_and_is_judged_once(server: Server, asker: Any, names: Any, public: Any) -> None:
    public(OUTSIDE)
    names["changing.example"] = [[OUTSIDE], [SECRET]]
    asker.configure(allowed_networks=[], allowed_ports=[server.port])
    server.on("/a", response(200, PAGE, "Connection: close"))
    assert isinstance(asker.ask(server.url("/a", "changing.example")), Response)
    refused(asker.ask(server.url("/a", "changing.example")))
    assert server.connections == 1


@pytest.mark.parametrize("kind", ["feed", "page", "robots"])
@pytest.mark.parametrize(
    "target", ["http://127.0.0.1:{port}/", "http://localhost:{port}/", "//127.0.0.1:{port}/x", "http://2130706433:{port}/",
               "http://[::ffff:127.0.0.1]:{port}/", "http://0.0.0.0:{port}/", "http://evil@127.0.0.1:{port}/", "file:///etc/passwd",
               "http:\\\\127.0.0.1:{port}\\", "http://127.0.0.1.:{port}/"],
)  # fmt: skip
def test_X04_redirects_are_judged_like_first_requests(server: Server, other: Server, asker: Any, *, kind: Any, target: str) -> None:
    asker.configure(allowed_networks=[f"{ALLOWED}/32"])
    server.on("/a", redirect(target.format(port=other.port)))
    refused(asker.ask(server.url("/a", ALLOWED), kind), Reason.REFUSED_ADDRESS, Reason.REFUSED_URL, Reason.BAD_REDIRECT)
    assert len(server.asked) == 1
    assert other.connections == 0


def test_X04_a_chain_is_refused_at_the_hop_that_leads_inside(server: Server, other: Server, asker: Any) -> None:
    asker.configure(allowed_networks=[f"{ALLOWED}/32"])
    for hop in range(4):
        server.on(f"/{hop}", redirect(f"/{hop + 1}"))
    server.on("/4", redirect(other.url("/secret")))
    failure = asker.failure(server.url("/0", ALLOWED))
    refused(failure)
    assert server.targets() == ["/0", "/1", "/2", "/3", "/4"]
    assert [hop.target for hop in failure.redirects][-1] == other.url("/secret")
    assert other.connections == 0


def test_a_public_server_never_leads_into_an_allowed_network(server: Server, other: Server, asker: Any, public: Any) -> None:
    """Neither by redirect, though the operator listed the server itself, nor by a link that nobody on the network wrote."""
    public(OUTSIDE)
    asker.configure(allowed_networks=[f"{SECRET}/32"], allowed_ports=[server.port])
    inside = other.on("/inside", response(200, PAGE))
    server.on("/a", redirect(inside))
    refused(asker.ask(server.url("/a", OUTSIDE), trusted=True))
    refused(asker.ask(inside, "page", trusted=False))
    assert other.connections == 0
    got = asker.response(inside, "page", trusted=True)
    assert got.private
    server.on("/b", response(200, PAGE))
    assert not asker.response(server.url("/b", OUTSIDE), "page", trusted=True).private


def test_a_trusted_connection_is_never_lent_to_an_untrusted_request(other: Server, asker: Any) -> None:
    asker.configure(allowed_networks=[f"{SECRET}/32"])
    inside = other.on("/inside", response(200, PAGE))
    assert isinstance(asker.ask(inside, "page", trusted=True), Response)
    refused(asker.ask(inside, "page", trusted=False))
    assert len(other.asked) == 1


def test_a_private_server_may_lead_outside_and_then_no_longer_inside(server: Server, other: Server, asker: Any, public: Any) -> None:
    public(OUTSIDE)
    asker.configure(allowed_networks=[f"{ALLOWED}/32", f"{SECRET}/32"], allowed_ports=[server.port])
    server.on("/in", redirect(server.url("/out", OUTSIDE)))
    server.on("/out", redirect(other.url("/secret")))
    refused(asker.ask(server.url("/in", ALLOWED), trusted=True))
    assert server.targets() == ["/in", "/out"]
    assert other.connections == 0


@pytest.mark.parametrize("port", [22, 25, 6379])
def test_X05_public_servers_are_asked_on_web_ports_only(server: Server, asker: Any, public: Any, port: int) -> None:
    public(OUTSIDE)
    refused(asker.configure(allowed_networks=[]).ask(f"http://{OUTSIDE}:{port}/"), Reason.REFUSED_URL)
    refused(asker.ask(server.url("/", OUTSIDE)), Reason.REFUSED_URL)
    assert server.connections == 0


@pytest.mark.parametrize("named", ["127.0.0.1", "localhost", "127.0.0.7", "0.0.0.0"])
@pytest.mark.parametrize("asked", ["127.0.0.1", "127.0.0.2"])
def test_X06_our_own_ports_stay_closed_inside_allowed_networks(other: Server, asker: Any, named: str, asked: str) -> None:
    asker.refused = frozenset({(named, other.port), ("nowhere.invalid", 1)})
    for kind in ("feed", "page"):
        failure = asker.failure(other.url("/api", asked), kind)
        refused(failure)
        assert "own" in failure.detail
    assert other.connections == 0


def test_X06_a_redirect_does_not_reach_them_either_and_other_ports_are_open(server: Server, other: Server, asker: Any) -> None:
    asker.refused = frozenset({("127.0.0.1", other.port)})
    server.on("/a", redirect(other.url("/api")))
    refused(asker.ask(server.url("/a")))
    assert other.connections == 0
    assert isinstance(asker.ask(server.on("/b", response(200, PAGE)), "page"), Response)


def test_X06_an_endpoint_elsewhere_closes_its_own_address_only(server: Server, asker: Any, names: Any) -> None:
    names["database.internal"] = [["10.9.9.9"]]
    asker.refused = frozenset({("database.internal", server.port)})
    assert isinstance(asker.ask(server.on("/b", response(200, PAGE)), "page"), Response)
    asker2 = asker.configure(allowed_networks=["10.0.0.0/8"])
    asker2.close()
    asker2._client = None
    refused(asker2.ask(f"http://10.9.9.9:{server.port}/"))


def test_the_peer_that_answers_must_be_the_one_that_was_judged(server: Server, asker: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asker.configure(allowed_networks=["127.0.0.0/8"])
    loop = asker.client._loop
    real = loop.create_connection

    async def elsewhere(factory: Any, _host: str, port: int) -> Any:
        return await real(factory, "127.0.0.1", port)

    monkeypatch.setattr(loop, "create_connection", elsewhere)
    refused(asker.ask(server.url("/a", "127.0.0.5")))
    assert server.asked == []


@pytest.fixture
def trusting() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=TLS / "authority.pem")


def secure(certificate: str, **versions: ssl.TLSVersion) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / f"{certificate}.pem")
    for name, version in versions.items():
        context.set_ciphers("ALL:@SECLEVEL=0")
        setattr(context, name, version)
    return context


def test_X09_the_certificate_is_checked_against_the_name(asker: Any, names: Any, trusting: ssl.SSLContext) -> None:
    names["press.test"] = names["evil.test"] = [["127.0.0.1"]]
    asker.tls = trusting
    with running(secure("good")) as server:
        server.on("/a", response(200, PAGE))
        url = server.url("/a", "press.test").replace("http:", "https:")
        got = asker.response(url, "page")
        assert (got.final_url, server.asked[0].header("Host")) == (url, f"press.test:{server.port}")
        for host in ("evil.test", "127.0.0.1"):
            failure = asker.failure(server.url("/a", host).replace("http:", "https:"), "page")
            assert failure.reason is Reason.TLS
        assert len(server.asked) == 1


@pytest.mark.parametrize("certificate", ["expired", "self_signed"])
def test_H07_bad_certificates_are_refused(asker: Any, names: Any, trusting: ssl.SSLContext, certificate: str) -> None:
    names["press.test"] = [["127.0.0.1"]]
    asker.tls = trusting
    with running(secure(certificate)) as server:
        failure = asker.failure(server.url("/a", "press.test").replace("http:", "https:"))
        assert (failure.reason, server.asked) == (Reason.TLS, [])


def test_H07_the_system_s_trust_store_is_the_default(asker: Any, names: Any) -> None:
    names["press.test"] = [["127.0.0.1"]]
    with running(secure("good")) as server:
        assert asker.failure(server.url("/a", "press.test").replace("http:", "https:")).reason is Reason.TLS


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_H07_old_tls_is_refused(asker: Any, names: Any, trusting: ssl.SSLContext) -> None:
    names["press.test"] = [["127.0.0.1"]]
    asker.tls = trusting
    old = secure("good", minimum_version=ssl.TLSVersion.TLSv1, maximum_version=ssl.TLSVersion.TLSv1_1)
    with running(old) as server:
        failure = asker.failure(server.url("/a", "press.test").replace("http:", "https:"))
        assert (failure.reason, server.asked) == (Reason.TLS, [])


def test_H15_https_may_lead_to_http_and_the_step_is_recorded(server: Server, asker: Any, names: Any, trusting: ssl.SSLContext) -> None:
    names["press.test"] = [["127.0.0.1"]]
    asker.tls = trusting
    plain = server.on("/plain", response(200, PAGE))
    with running(secure("good")) as tls:
        tls.on("/a", redirect(plain, 301))
        url = tls.url("/a", "press.test").replace("http:", "https:")
        got = asker.response(url, "page")
    assert (got.final_url, [(hop.status, hop.url, hop.target) for hop in got.redirects]) == (plain, [(301, url, plain)])
    assert server.asked[0].header("Authorization") is None
