"""Words for how a hit was found where that is not obvious: German, unless a page has another language."""

from __future__ import annotations

from collections.abc import Callable

from index.contract import FoundBy
from searchsvc.interface.translatable import N_

_FOUND_BY = {
    "span": N_("gefunden in anderer Schreibweise von „%(typed)s“"),
    "part": N_("gefunden über Wortteil „%(typed)s“"),
    "synonym": N_("gefunden über „%(found)s“ statt „%(typed)s“"),
    "derived": N_("gefunden über ein mit „%(typed)s“ verwandtes Wort"),
    "near": N_("gefunden über die Wortteile von „%(typed)s“ nahe beieinander"),
    "fuzzy": N_("gefunden über eine ähnliche Schreibweise von „%(typed)s“"),
    None: N_("ohne „%(typed)s“"),
}


def found_by_text(found_by: FoundBy, translate: Callable[[str], str] = str, foreign: Callable[[str], str] = str) -> str:
    """Say how a hit has a word of the query that it does not have as typed; ``foreign`` prepares what is put in."""
    words = {"typed": foreign(found_by.typed), "found": foreign(found_by.found)}
    return translate(_FOUND_BY[found_by.way]) % words
