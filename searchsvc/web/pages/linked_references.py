"""References in a document's text ("Vorlage 2013/0456") as links to what they name, where that is here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from markupsafe import escape

from index.contract import Document
from searchsvc.documents.references import REFERENCE, core_of

MAX_REFERENCES = 300
"""References of one page that are looked up."""


def references_in(texts: Iterable[str]) -> tuple[str, ...]:
    """Return what looks like a reference in texts, each once."""
    found = dict.fromkeys(match.group() for text in texts for match in REFERENCE.finditer(text))
    return tuple(found)[:MAX_REFERENCES]


def targets(
    document: Document, known: Mapping[str, list[Document]], url_of: Callable[[str, list[Document]], str]
) -> dict[str, str]:
    """Return the address that each known reference leads to, but for the document's own Vorgang."""
    own = core_of(document.paper.reference) if document.paper and document.paper.reference else None
    return {reference: url_of(reference, found) for reference, found in known.items() if core_of(reference) != own}


def linked(html: str, addresses: Mapping[str, str]) -> str:
    """Return escaped HTML with known references as links; ``<mark>`` is the only element it may have."""
    if not addresses:
        return html
    return REFERENCE.sub(
        lambda match: (
            f'<a href="{escape(addresses[match.group()])}">{match.group()}</a>'
            if match.group() in addresses
            else match.group()
        ),
        html,
    )
