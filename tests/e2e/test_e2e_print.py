"""Pages on paper: full from the first sheet on, with the address they came from, and nothing to click."""

from __future__ import annotations

import io
from itertools import pairwise
from urllib.parse import unquote

import pytest
from playwright.sync_api import Page
from pypdf import PdfReader

from tests.e2e.test_e2e_document import DOCUMENT


def sheets(page: Page, *, landscape: bool = False) -> list[tuple[str, float]]:
    """Print and return of each sheet its text, and the largest part of it, from 0 to 1, that is empty."""
    found = []
    for sheet in PdfReader(io.BytesIO(page.pdf(format="A4", landscape=landscape))).pages:
        height = float(sheet.mediabox.height)
        lines = {0.0, height}

        def visit(text: str, cm: list[float], tm: list[float], *_: object, lines: set[float] = lines) -> None:
            if text.strip():
                lines.add(cm[1] * tm[4] + cm[3] * tm[5] + cm[5])

        text = " ".join(sheet.extract_text(visitor_text=visit).split())
        found.append((text, max(above - below for below, above in pairwise(sorted(lines))) / height))
    return found


@pytest.mark.parametrize("path", ["/?q=haushalt", f"{DOCUMENT}?q=stadt", "/hilfe"])
@pytest.mark.parametrize("landscape", [False, True])
def test_sheets_are_filled_and_say_where_they_are_from(page: Page, path: str, landscape: bool) -> None:
    """No sheet but the last has a large gap, and the whole address stands at the end."""
    page.goto(path)
    page.wait_for_load_state("networkidle")
    printed = sheets(page, landscape=landscape)
    assert [round(gap, 2) for _, gap in printed[:-1] if gap > 0.25] == []
    assert unquote(page.url).replace(" ", "") in printed[-1][0].replace(" ", "")
    everything = " ".join(text for text, _ in printed)
    for button in ("Suchen Zu", "Dokument melden", "Zum Inhalt springen", "Herunterladen"):
        assert button not in everything
