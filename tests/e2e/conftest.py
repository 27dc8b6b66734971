"""Fixtures of the end-to-end tests: one service over the sample collection and one Chromium for all of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.e2e.browser import chromium_path, running_chromium, served_sample


@dataclass(frozen=True, slots=True)
class Site:
    """The served sample collection."""

    url: str
    data_dir: Path


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The service over the sample collection."""
    data_dir = tmp_path_factory.mktemp("e2e") / "data"
    with served_sample(data_dir) as url:
        yield Site(url, data_dir)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Chromium. Without it the tests are left out on a developer's machine, but never in CI."""
    if chromium_path() is None and "CI" not in os.environ:
        pytest.skip("Chromium is not installed")
    with running_chromium() as browser:
        yield browser


@pytest.fixture
def context(chromium: Browser, site: Site) -> Iterator[BrowserContext]:
    """A fresh browser profile, German, on a screen of a laptop."""
    with chromium.new_context(
        base_url=site.url, locale="de-DE", viewport={"width": 1280, "height": 900}, reduced_motion="reduce"
    ) as opened:
        opened.set_default_timeout(10_000)
        yield opened


@pytest.fixture
def page(context: BrowserContext, site: Site) -> Iterator[Page]:
    """A page on which nothing may go wrong unseen: script errors, forbidden code, requests to others."""
    problems: list[str] = []
    opened = context.new_page()
    opened.on("pageerror", lambda error: problems.append(f"script: {error}"))
    opened.on("console", lambda said: problems.append(f"console: {said.text}") if said.type == "error" else None)
    opened.on("request", lambda sent: problems.append(sent.url) if not sent.url.startswith(site.url) else None)
    yield opened
    # A page that answers 404 or 410 on purpose is an error to the console as well.
    assert [problem for problem in problems if "the server responded with a status of 4" not in problem] == []


@pytest.fixture
def plain_page(chromium: Browser, site: Site) -> Iterator[Page]:
    """A page of a browser that runs no scripts."""
    with chromium.new_context(
        base_url=site.url, locale="de-DE", java_script_enabled=False, viewport={"width": 1280, "height": 900}
    ) as opened:
        opened.set_default_timeout(10_000)
        yield opened.new_page()
