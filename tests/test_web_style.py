"""The style sheet: readable colours in light and dark, nothing from elsewhere."""

from __future__ import annotations

import re

import pytest

from searchsvc.web.pages.static_files import FOLDER as STATIC_FOLDER

CSS = (STATIC_FOLDER / "style.css").read_text(encoding="utf-8")
LIGHT, DARK = (
    dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block)) for block in re.findall(r":root {([^}]*)}", CSS)
)
PAIRS = [
    ("text", "grund"), ("text", "flaeche"), ("text", "hinweis"), ("text", "achtung"), ("leise", "grund"),
    ("leise", "flaeche"), ("leise", "akzent-flaeche"), ("leise", "hinweis"), ("link", "grund"), ("link", "flaeche"),
    ("link", "hinweis"), ("link", "akzent-flaeche"), ("besucht", "grund"), ("auf-akzent", "akzent"),
    ("auf-marke", "marke"),
]  # fmt: skip


def luminance(colour: str) -> float:
    """Return the relative luminance of ``#rrggbb`` as WCAG 2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    """Return the contrast of two colours, from 1 to 21."""
    dark, light = sorted((luminance(first), luminance(second)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "back"), PAIRS)
def test_text_has_enough_contrast(colours: dict[str, str], front: str, back: str) -> None:
    """Every text colour has a contrast of 4.5 on every ground it stands on (WCAG 2 AA)."""
    assert contrast(colours[front], colours[back]) >= 4.5


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_controls_and_focus_can_be_seen(colours: dict[str, str]) -> None:
    """Borders of fields and the focus ring have a contrast of 3 (WCAG 2 AA for parts that are not text)."""
    for front, back in (("leise", "flaeche"), ("leise", "grund"), ("akzent", "grund"), ("akzent", "flaeche")):
        assert contrast(colours[front], colours[back]) >= 3


def test_style_sheet_is_small_and_loads_nothing() -> None:
    """One file below 30 kB, without imports, fonts or pictures from elsewhere."""
    assert len(CSS.encode()) < 30_000
    assert "@import" not in CSS
    assert "url(" not in CSS
