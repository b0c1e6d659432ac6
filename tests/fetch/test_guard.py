"""Which URLs are asked and which addresses are connected to, as tables: every spelling that has fooled some reader."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.outcomes import Reason
from tasks.fetch.failures import Stop
from tasks.fetch.guard import Rules, judge, refusal, target_of

PUBLIC = ["8.8.8.8", "1.1.1.1", "193.0.6.139", "2606:4700:4700::1111", "2a00:1450:4001:82a::200e", "64:ff9b::808:808", "::ffff:8.8.8.8"]
REFUSED = [
    "127.0.0.1", "127.255.255.254", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.255.255",
    "169.254.169.254", "169.254.0.1", "100.64.0.1", "100.100.100.200", "100.127.255.255", "0.0.0.0", "0.1.2.3", "198.18.0.1",
    "198.19.255.255", "192.0.0.1", "192.0.0.170", "192.0.2.1", "192.88.99.1", "198.51.100.7", "203.0.113.9", "224.0.0.1",
    "239.255.255.250", "240.0.0.1", "255.255.255.255", "::", "::1", "fc00::1", "fd12:3456::1", "fe80::1", "febf::1", "fec0::1",
    "ff02::1", "fd00:ec2::254", "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b::10.0.0.1", "64:ff9b:1::1", "2002:7f00:1::", "2002:0a00:0001::1", "2002:808:808::1",
    "2001:0:53aa:64c:0:0:80ff:fffe", "2001:db8::1", "2001:10::1", "2001:2::1", "100::1", "3fff::1", "5f00::1", "4000::1", "fe80::1%1",
]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_connected_to(address: str) -> None:
    assert refusal(ip_address(address)) is None
    assert judge([ip_address(address)], 443, Rules()) is False


@pytest.mark.parametrize("address", REFUSED)
def test_X01_addresses_that_are_not_public_are_refused_with_their_rule(address: str) -> None:
    with pytest.raises(Stop) as stop:
        judge([ip_address(address)], 443, Rules())
    assert stop.value.reason is Reason.REFUSED_ADDRESS
    assert stop.value.detail.startswith(f"{ip_address(address)} is refused: ")
    assert not stop.value.temporary


@given(st.integers(0, 2**32 - 1).map(IPv4Address))
def test_X02_no_wrapping_makes_a_refused_address_acceptable(address: IPv4Address) -> None:
    wrapped = [
        IPv6Address((0xFFFF << 32) | int(address)),
        IPv6Address((0x64FF9B << 96) | int(address)),
        IPv6Address(int(address)),
        IPv6Address((0x2002 << 112) | (int(address) << 80)),
    ]
    if refusal(address):
        assert all(refusal(one) for one in wrapped)


@given(st.integers(0, 2**128 - 1).map(IPv6Address))
def test_what_the_library_calls_local_is_never_accepted(address: IPv6Address) -> None:
    if not address.is_global or address.is_multicast:
        assert refusal(address) or address in ip_network("64:ff9b::/96") or address.ipv4_mapped


def test_X03_one_refused_answer_refuses_the_name() -> None:
    for addresses in (["8.8.8.8", "127.0.0.1"], ["10.0.0.1", "8.8.8.8"], ["2606:4700::1", "::1"]):
        with pytest.raises(Stop, match="is refused"):
            judge(list(map(ip_address, addresses)), 443, Rules())
    with pytest.raises(Stop) as stop:
        judge([], 443, Rules())
    assert stop.value.reason is Reason.DNS_UNKNOWN


def test_allowed_networks_open_what_they_name_and_nothing_else() -> None:
    rules = Rules(networks=(ip_network("10.1.0.0/16"), ip_network("fd00::/8")))
    assert judge([ip_address("10.1.2.3")], 8080, rules) is True
    assert judge([ip_address("::ffff:10.1.2.3")], 8080, rules) is True
    assert judge([ip_address("fd12::1")], 443, rules) is True
    for address in ("10.2.0.1", "127.0.0.1", "::ffff:10.2.0.1", "fe80::1", "64:ff9b::a01:203"):
        with pytest.raises(Stop):
            judge([ip_address(address)], 443, rules)


@pytest.mark.parametrize("address", ["169.254.169.254", "100.100.100.200", "fd00:ec2::254", "0.0.0.0", "::", "224.0.0.1", "ff02::1"])
def test_no_list_opens_metadata_services_and_addresses_of_nobody(address: str) -> None:
    everything = Rules(networks=(ip_network("0.0.0.0/0"), ip_network("::/0")))
    with pytest.raises(Stop):
        judge([ip_address(address)], 443, everything)


@pytest.mark.parametrize("port", [22, 25, 6379, 8080, 5432, 4200])
def test_X05_other_ports_are_asked_only_where_allowed(port: int) -> None:
    with pytest.raises(Stop) as stop:
        judge([ip_address("8.8.8.8")], port, Rules())
    assert stop.value.reason is Reason.REFUSED_URL
    assert judge([ip_address("8.8.8.8")], port, Rules(ports=(port,))) is False
    assert judge([ip_address("10.0.0.1")], port, Rules(networks=(ip_network("10.0.0.0/8"),))) is True


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "ftp://a.example/", "gopher://a.example/", "data:text/html,x", "jar:http://a.example!/", "unix:/run/x.sock",
        "javascript:alert(1)", "//a.example/", "/path", "", "http:", "http:/a.example", "http:a.example", "https//a.example",
        "http://", "http:///path", "http://:80/", "http://?q", "http://\\a.example/", "http://a.example\\@b.example/",
        "http://a.example\\b.example/", "http://user@a.example/", "http://user:pass@a.example/",
        "http://a.example@127.0.0.1/", "http://a%2eexample/", "http://a%00.example/", "http://a\x00.example/", "http://a\t.example/",
        "http://a\n.example/", "http://a .example/", "http://a.example:0/", "http://a.example:65536/", "http://a.example:8o/",
        "http://a.example:-1/", "http://a.example:80:80/", "http://[::1/", "http://::1/", "http://[fe80::1%25eth0]/", "http://[fe80::1%1]/",
        "http://[v1.x]/", "http://[127.0.0.1]/", "http://[]/", "http://.example/", "http://a..example/", "http://-a.example/",
        "http://a.example-/", "http://a,b.example/", "http://a|b/", "http://a<b>/", f"http://{'a' * 64}.example/",
        f"http://{'.'.join(['a' * 60] * 5)}/", "http://\ud800.example/", "http://a.example:٨٠/",
    ],
)  # fmt: skip
def test_X05_spellings_that_are_never_asked(url: str) -> None:
    with pytest.raises(Stop) as stop:
        target_of(url)
    assert stop.value.reason is Reason.REFUSED_URL


@pytest.mark.parametrize(
    "host",
    [
        "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1", "127.0.1", "0", "00000000000", "0x", "127.0.0.0x1", "1.2.3.4.5",
        "256.1.1.1", "a.1", "a.0x7f", "127.0.0.1.", "①②⑦.⓪.⓪.①", "127。0。0。1", "１２７.0.0.1", "127.0.0.①", "0Ⅹ7f.1",
    ],
)  # fmt: skip
def test_X02_numeric_hosts_are_dotted_quads_or_refused(host: str) -> None:
    with pytest.raises(Stop) as stop:
        judge([ip_address(target_of(f"http://{host}/").host)], 80, Rules())
    assert stop.value.reason in {Reason.REFUSED_URL, Reason.REFUSED_ADDRESS}


def test_X24_a_url_longer_than_2048_bytes_is_refused() -> None:
    for url in (f"http://a.example/{'x' * 2_040}", f"http://a.example/{'é' * 1_020}", f"http://a.example/{'x' * 5_000_000}"):
        with pytest.raises(Stop) as stop:
            target_of(url)
        assert stop.value.reason is Reason.URL_TOO_LONG
    assert target_of(f"http://a.example/{'x' * 2_031}").host == "a.example"


@pytest.mark.parametrize(
    ("url", "asked", "name"),
    [
        ("HTTP://A.Example:80", "http://a.example/", "a.example:80"),
        ("https://a.example:443/x?y#z", "https://a.example/x?y", "a.example:443"),
        ("http://a.example./x", "http://a.example/x", "a.example:80"),
        ("http://a.example:8080?x=1", "http://a.example:8080/?x=1", "a.example:8080"),
        ("http://a.example:/x", "http://a.example/x", "a.example:80"),
        ("http://a.example#@b.example@/", "http://a.example/", "a.example:80"),
        ("http://faß.example/", "http://xn--fa-hia.example/", "xn--fa-hia.example:80"),
        ("http://LOCALHOST/", "http://localhost/", "localhost:80"),
        ("http://[2A00:0:0::1]:81/", "http://[2a00::1]:81/", "[2a00::1]:81"),
        ("http://under_score.example/", "http://under_score.example/", "under_score.example:80"),
        ("http://193.0.6.139/", "http://193.0.6.139/", "193.0.6.139:80"),
        ("http://a.example/%7E?q=%20&r=a b", "http://a.example/%7E?q=%20&r=a b", "a.example:80"),
    ],
)
def test_a_url_is_asked_as_it_is_written(url: str, asked: str, name: str) -> None:
    assert (target_of(url).url, target_of(url).name) == (asked, name)


@given(st.text(max_size=60))
def test_any_text_is_a_target_or_refused(text: str) -> None:
    for url in (text, f"http://{text}", f"http://a.example/{text}"):
        try:
            target = target_of(url)
        except Stop:
            continue
        assert target_of(target.url) == target
        assert "@" not in target.host
