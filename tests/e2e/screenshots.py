"""Take the pictures in docs/screenshots: ``python -m tests.e2e.screenshots [FOLDER]``.

Each page at three widths, some of them dark as well, of the sample collection only; WebP files of a few kB.
"""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from tests.e2e.browser import ROOT, running_chromium, served_sample

WIDTHS = (360, 768, 1440)
SCHEMES = ("light", "dark")
DARK = ("start", "suche", "gefunden-ueber", "dokument")
"""Pages that are taken dark as well: they show every colour there is."""

MAX_HEIGHT = 1_400
MAX_WIDTH = 1_000
QUALITY = 45
DOCUMENT = "/dokumente/sample%2Fbruehl%2F2013-11-13-integrationszentrum"


def _complete(page: Page) -> None:
    page.locator("#q").press_sequentially("integ", delay=20)
    page.locator("#vorschlaege li").first.wait_for()


def _enlarge(page: Page) -> None:
    page.locator("a.bild").first.click()
    page.wait_for_load_state("networkidle")


def _nothing(page: Page) -> None:
    page.wait_for_load_state("networkidle")


PAGES: dict[str, tuple[str, Callable[[Page], None]]] = {
    "start": ("/", _nothing),
    "vorschlaege": ("/", _complete),
    "suche": ("/?q=haushalt", _nothing),
    "gefunden-ueber": ("/?q=Was%20kostet%20die%20Sanierung", _nothing),
    "filter": ("/?q=satzung&date_from=2010-01-01&date_to=2019-12-31&kommune=muenster&kommune=kiel", _nothing),
    "keine-treffer": ("/?q=radweg%20haushaltssatzung&kommune=kiel&text_quality=ocr", _nothing),
    "dokument": (f"{DOCUMENT}?q=integrationszentrum", _nothing),
    "grossbild": (DOCUMENT, _enlarge),
    "hilfe": ("/hilfe", _nothing),
    "english": ("/en/?q=haushalt", _nothing),
}


def take(folder: Path, names: tuple[str, ...] = ()) -> None:
    """Write all pictures, or those of some pages, into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, served_sample(Path(data)) as url, running_chromium() as browser:
        for width in WIDTHS:
            for scheme in SCHEMES:
                context = browser.new_context(
                    viewport={"width": width, "height": 900},
                    color_scheme=scheme,
                    reduced_motion="reduce",
                    locale="de-DE",
                )
                page = context.new_page()
                for name, (path, prepare) in PAGES.items():
                    if (names and name not in names) or (scheme == "dark" and name not in DARK):
                        continue
                    page.goto(url + path)
                    prepare(page)
                    _save(page.screenshot(full_page=name != "grossbild"), folder / f"{name}-{width}-{scheme}.webp")
                context.close()


def _save(png: bytes, path: Path) -> None:
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture = picture.crop((0, 0, picture.width, min(picture.height, MAX_HEIGHT)))
    picture.thumbnail((MAX_WIDTH, MAX_HEIGHT))
    picture.save(path, "WEBP", quality=QUALITY, method=6)


if __name__ == "__main__":
    take(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "screenshots", tuple(sys.argv[2:]))
