"""Pages that whoever offers the service has to have: who they are, what becomes of data, who can use it.

Each is an address elsewhere, or a Markdown file, by settings.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path

from searchsvc.settings import Settings

PAGES = {"imprint": "Impressum", "privacy": "Datenschutz", "accessibility": "Barrierefreiheit"}
"""Settings of the pages, and what they are called in German law."""

REQUIRED = ("imprint", "privacy")
"""Those that every site in the open needs (DDG § 5, GDPR Art. 13); the third is for public bodies."""

MAX_BYTES = 1_000_000


def is_address(value: str) -> bool:
    """Tell whether a page is somewhere else."""
    return value.startswith(("https://", "http://"))


def read_page(settings: Settings, name: str) -> str | None:
    """Return the Markdown of a page, None if it is not a file's. Raises ``OSError`` or ``UnicodeDecodeError``."""
    value = getattr(settings, name)
    if not value or is_address(value):
        return None
    with Path(value).open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise OSError(errno.EFBIG, f"is larger than {MAX_BYTES // 1_000_000} MB")
    return content.decode("utf-8-sig")


def page_troubles(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield settings of pages that are missing though the site is in the open, or cannot be read; in English."""
    missing = [name for name in REQUIRED if settings.is_public and not getattr(settings, name)]
    for name in missing:
        yield name, f"there is no {PAGES[name]}, which a site in the open must have; set {name}"
    for name in PAGES:
        try:
            text = read_page(settings, name)
        except UnicodeDecodeError:
            yield name, f"{getattr(settings, name)} is not UTF-8"
        except OSError as error:
            yield name, f"{getattr(settings, name)} cannot be read: {error.strerror}"
        else:
            if text is not None and not text.strip():
                yield name, f"{getattr(settings, name)} is empty"
