"""Settings: what is wrong is told in one sentence with the option's name and what it takes; nothing is silently ignored."""

from ipaddress import ip_network
from pathlib import Path

import pytest

from config.options import options
from config.settings import Settings, load
from domain.errors import ConfigurationError


def test_the_defaults_are_within_their_own_bounds() -> None:
    assert load().fetch.host_spacing == 5.0


def test_options_come_from_the_environment_and_dotenv_and_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("COPYDESK_FETCH__HOST_SPACING=7\nCOPYDESK_FETCH__ATTEMPTS=9\nANOTHER_PROGRAM=1\n", encoding="utf-8")
    monkeypatch.setenv("COPYDESK_FETCH__HOST_SPACING", "8")
    monkeypatch.setenv("COPYDESK_DATABASE_URL", "sqlite:///from-environment.db")
    loaded = load(database_url="sqlite:///given.db", feeds_file=None)
    assert (loaded.fetch.host_spacing, loaded.fetch.attempts, loaded.database_url) == (8.0, 9, "sqlite:///given.db")


def test_lists_are_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPYDESK_FETCH__ALLOWED_NETWORKS", '["127.0.0.1/8", "fd00::/8"]')
    monkeypatch.setenv("COPYDESK_FETCH__ALLOWED_PORTS", "[8080]")
    fetch = load().fetch
    assert fetch.allowed_networks == (ip_network("127.0.0.0/8"), ip_network("fd00::/8"))
    assert fetch.allowed_ports == (8080,)


def test_an_empty_variable_is_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPYDESK_FEEDS_FILE", "")
    monkeypatch.setenv("COPYDESK_FETCH__HOST_SPACING", "")
    assert (load().feeds_file, load().fetch.host_spacing) == (None, 5.0)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("COPYDESK_FETCH__HOST_SPACING", "abc", "COPYDESK_FETCH__HOST_SPACING is 'abc', which is not acceptable; allowed is a number from 0 to 600."),
        ("COPYDESK_FETCH__HOST_SPACING", "0,8", "is '0,8', which is not acceptable; allowed is a number from 0 to 600."),
        ("COPYDESK_FETCH__HOST_SPACING", "nan", "allowed is a number from 0 to 600."),
        ("COPYDESK_FETCH__HOST_SPACING", "inf", "allowed is a number from 0 to 600."),
        ("COPYDESK_FETCH__HOST_SPACING", "-1", "allowed is a number from 0 to 600."),
        ("COPYDESK_FETCH__PAGE_SECONDS", "0", "allowed is a number above 0 up to 120."),
        ("COPYDESK_POLL__FLOOR_MINUTES", "0", "allowed is a whole number from 1 to 10,080."),
        ("COPYDESK_POLL__FLOOR_MINUTES", "1000000000", "allowed is a whole number from 1 to 10,080."),
        ("COPYDESK_POLL__FLOOR_MINUTES", "90", "allowed is floor ≤ default ≤ ceiling."),
        ("COPYDESK_DEDUPLICATE__SIMILARITY", "0", "allowed is a number above 0 up to 1."),
        ("COPYDESK_DEDUPLICATE__SIMILARITY", "1.5", "allowed is a number above 0 up to 1."),
        ("COPYDESK_FETCH__ROBOTS", "perhaps", "allowed is true or false."),
        ("COPYDESK_LOG_LEVEL", "loud", "allowed is DEBUG, INFO, WARNING or ERROR."),
        ("COPYDESK_FETCH__CONTACT", "x" * 201, "allowed is text of at most 200 characters."),
        ("COPYDESK_FETCH__ALLOWED_NETWORKS", "10.0.0.0/8", 'allowed is a JSON list of networks, for example ["10.0.0.0/8"].'),
        ("COPYDESK_FETCH__ALLOWED_NETWORKS", "[1]", 'allowed is a JSON list of networks, for example ["10.0.0.0/8"].'),
        ("COPYDESK_FETCH__ALLOWED_NETWORKS", '["0.0.0.0/0"]', "set COPYDESK_FETCH__ALLOW_WHOLE_INTERNET=true as well if that is meant."),
        ("COPYDESK_FETCH__ALLOWED_PORTS", "[0]", "allowed is a JSON list of whole numbers from 1 to 65,535."),
        ("COPYDESK_FETCH", '{"robots": false}', "COPYDESK_FETCH is a group; set its options one by one, as in COPYDESK_FETCH__CONTACT."),
        ("COPYDESK_FETCH__HOST_SPACIN", "1", "did you mean COPYDESK_FETCH__HOST_SPACING?"),
        ("COPYDESK_FETCHH__HOST_SPACING", "1", "did you mean COPYDESK_FETCH__HOST_SPACING?"),
        ("COPYDESK_DATABASE", "x", "did you mean COPYDESK_DATABASE_URL?"),
        ("COPYDESK_WHATEVER", "x", "COPYDESK_WHATEVER is not an option of Copydesk; docs/settings.md lists them all."),
        ("copydesk_whatever", "x", "copydesk_whatever is not an option of Copydesk; docs/settings.md lists them all."),
    ],
)  # fmt: skip
def test_a_wrong_value_is_told_in_one_sentence(monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError) as caught:
        load()
    assert str(caught.value).endswith(sentence)
    assert "\n" not in str(caught.value)


def test_an_unknown_name_in_dotenv_is_an_error() -> None:
    Path(".env").write_text("COPYDESK_FETCH__ROBOT=false\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="did you mean COPYDESK_FETCH__ROBOTS"):
        load()


def test_an_unreadable_dotenv_is_an_error() -> None:
    Path(".env").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationError, match=r"The file \.env cannot be read"):
        load()


def test_a_wrong_database_url_is_never_repeated() -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(database_url="postgresql://desk:secret@db/" + "x" * 2_000)
    assert "secret" not in str(caught.value)
    assert "secret" not in repr(load(database_url="postgresql://desk:secret@db/x"))


def test_every_option_says_what_it_takes_and_why() -> None:
    every = list(options(Settings))
    assert len({one.name for one in every}) == len(every) > 40
    assert [one.name for one in every if not one.reason or not one.allowed] == []
