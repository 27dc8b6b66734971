"""What of addresses leaves the process: never a name, a password or a token."""

from __future__ import annotations

import logging

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.outbound.errors import FetchFailed
from searchsvc.running.logs import configure_logging
from searchsvc.settings import Settings
from searchsvc.shown import shown_address, shown_in_log, shown_text, without_credentials

_SECRET = "geheim7391"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://rat.example/oparl/v1.1/system", "https://rat.example/oparl/v1.1/system"),
        (f"https://amt:{_SECRET}@rat.example/oparl", "https://***@rat.example/oparl"),
        (f"https://{_SECRET}@rat.example:8443/", "https://***@rat.example:8443/"),
        (f"https://amt:a@{_SECRET}@rat.example/oparl", "https://***@rat.example/oparl"),
        (f"https://amt:a/{_SECRET}@rat.example/oparl", "https://***"),
        (f"https://rat.example/oparl?token=a@{_SECRET}", "https://***"),
        (f"https://rat.example/oparl?token={_SECRET}", "https://rat.example/oparl?token=***"),
        (
            f"https://rat.example/o?api_key={_SECRET}&page=2&limit=100&modified_since=2026-11-01T00:00:00%2B01:00",
            "https://rat.example/o?api_key=***&page=2&limit=100&modified_since=2026-11-01T00:00:00%2B01:00",
        ),
        (f"https://rat.example/o?{_SECRET}", "https://rat.example/o?***"),
        (f"https://rat.example/o;jsessionid={_SECRET}/b#{_SECRET}", "https://rat.example/o;***/b#***"),
        ("https://rat.example/getfile.php?id=123&nr=7", "https://rat.example/getfile.php?id=123&nr=7"),
        (f"postgresql+pg8000://amt:{_SECRET}@db/rat", "postgresql+pg8000://***@db/rat"),
        (f"https://rat.example:{_SECRET}/", "https://***"),
        ("kein Ort", "kein Ort"),
    ],
)
def test_addresses_are_shown_without_what_is_secret(address: str, expected: str):
    """What says where something is stays, and showing it again changes nothing."""
    assert shown_address(address) == expected
    assert shown_address(expected) == expected
    assert shown_text(f"(siehe {address}).") == f"(siehe {expected})."


_WORDS = st.text(st.characters(blacklist_categories=("Cs", "Zs", "Cc", "Zl", "Zp"), blacklist_characters="\"'<>\\ "))


@given(_WORDS, _WORDS, _WORDS)
def test_no_secret_is_shown_whatever_stands_around_it(before: str, path: str, name: str):
    """In the place of a name, a password, or the value of a parameter that is not known."""
    if name.lower() not in ("id", "type"):
        assert _SECRET not in shown_address(f"https://rat.example/?x{name.replace('&', '')}=a{_SECRET}b")
    address = f"https://{before}:{_SECRET}@rat.example/"
    assert _SECRET not in shown_address(address)
    assert shown_address(shown_address(address)) == shown_address(address)


def test_links_lead_to_the_same_place_without_what_only_we_were_given():
    """What a server repeats of our token does not become part of a document; its own parameters do."""
    source = f"https://amt:pw@rat.example/oparl?token={_SECRET}&page=2"
    assert without_credentials(f"https://amt:pw@rat.example/f?id=7&token={_SECRET}", source) == (
        "https://rat.example/f?id=7"
    )
    for link in ("https://rat.example/f?", "https://rat.example/f?page=2&token=other#a", "kein Ort", "https://[x"):
        assert without_credentials(link, source) == link


def test_errors_of_requests_are_shown_like_that():
    """Whatever raises them and whatever their reason quotes."""
    url = f"https://amt:{_SECRET}@rat.example/o?token={_SECRET}"
    error = FetchFailed("unreachable", url, f"the connection to {url} failed")
    assert error.url == url
    assert _SECRET not in str(error)
    assert _SECRET not in error.message
    assert _SECRET not in error.reason


def test_mailboxes_and_known_secrets_are_not_in_logs():
    """A log has neither whom something was sent to nor what the settings keep secret."""
    text = shown_in_log(f"550 <anna.muster+rat@example.org>: {_SECRET} is unknown", (_SECRET, ""))
    assert text == "550 <***@example.org>: *** is unknown"


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_logs_show_no_secrets(capsys: pytest.CaptureFixture[str], log_format: str):
    """Neither of our own events nor of libraries, nor in tracebacks, at any level."""
    settings = Settings(log_level="debug", log_format=log_format, smtp_password=_SECRET)
    configure_logging(settings)
    try:
        log = structlog.get_logger("test")
        url = f"https://amt:pw{_SECRET}@rat.example/o?token={_SECRET}"
        log.info("event", url=url, urls=[url, {"inner": url}], error=ValueError(url), password=_SECRET)
        logging.getLogger("library").debug("asking %s for anna@example.org", url)
        try:
            int(url)
        except ValueError:
            log.exception("failed")
            logging.getLogger("library").exception("failed")
    finally:
        logged = capsys.readouterr().err
        structlog.reset_defaults()
        logging.config.dictConfig({"version": 1, "disable_existing_loggers": False})
    assert logged.count("rat.example") >= 6
    assert "Traceback" in logged
    assert _SECRET not in logged
    assert "anna" not in logged
