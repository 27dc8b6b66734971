"""Clean-up of extracted text, before it is cut into words: what PDF producers do to text that no reader ever sees.

The cleaned text is what is indexed and what snippets show; the original stays in the store, so that better rules
reach old documents with a rebuild of the index.

Limits: columns that an extractor read line by line stay mixed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from analyzers.glyphs import restore_letters
from analyzers.running_lines import joined_across_pages, without_running_lines
from analyzers.torn_words import mend_torn_words

# What each character becomes. Most are beyond Latin-1, so that looking for them in most texts costs nothing, while
# ``str.translate`` would look at every letter.
_REPLACEMENTS = {
    "\r\n": "\n",
    "\r": "\n",
    "\x00": "",
    "\u00a0": " ",  # spaces that differ from a blank in width or in breaking
    "\u2007": " ",
    "\u2009": " ",
    "\u202f": " ",
    "\u200b": "",  # zero-width space, joiners, word joiner, byte order mark
    "\u200c": "",
    "\u200d": "",
    "\u2060": "",
    "\ufeff": "",
    "\u2010": "-",  # hyphen, non-breaking hyphen
    "\u2011": "-",
    "\ufb00": "ff",
    "\ufb01": "fi",
    "\ufb02": "fl",
    "\ufb03": "ffi",
    "\ufb04": "ffl",
    "\ufb05": "st",
    "\ufb06": "st",
}

# What marks a hyphen at a line end: the soft hyphen, what pdfium writes (U+FFFE, U+0002), an old word processor's "¬".
_MARKS = ("\u00ad", "\ufffe", "\x02")
_MARK_LINE_END = re.compile(r"[\u00ad\ufffe\x02](?=[ \t]*\n)")
# These begin with a literal, so that the search jumps from one to the next; what is before it is looked at second.
_MARKED_LINE_END = re.compile(r"¬(?<=\w¬)[ \t]*\n\s*(?=\w)")
# The condition in the middle keeps "Bildungs-\nund", whose hyphen stands for a word left out.
_HYPHEN_LINE_END = re.compile(r"-(?<=[^\W\d_]-)[ \t]*\n\s*(?!(?:und|oder|bzw|sowie)\b|[uo]\.)(?=[^\W\d_])")
_HYPHEN_KEPT = re.compile(r"-(?<=\w-)[ \t]*\n\s*(?=\w)")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def clean_text(text: str) -> str:
    """Return ``text`` in Unicode NFC, without invisible characters, with words that fell apart put together.

    A hyphen at a line end is removed before a lower-case letter ("Integrations-⏎zentrum"), kept before an upper-case
    letter or a digit ("Rhein-⏎Erft-Kreis", "17-⏎4"), and left alone before und/oder/bzw/sowie ("Integrations-⏎und").
    What happens inside of lines is told in ``glyphs`` and ``torn_words``. Idempotent.
    """
    (prepared,) = restore_letters([_prepared(text)])
    return _mended(prepared)


def clean_pages(pages: Iterable[str]) -> tuple[str, ...]:
    """Clean the pages, take out lines that run through them, and mend words broken across them; their number stays."""
    # What a character stands for is told by all pages. Running lines come out before words are joined: one broken at
    # the end of a page would be joined with the footer.
    prepared = without_running_lines(restore_letters(list(map(_prepared, pages))))
    return tuple(joined_across_pages(list(map(_mended, prepared))))


def _prepared(text: str) -> str:
    """Return a text in NFC with one character for each purpose."""
    for character, replacement in _REPLACEMENTS.items():
        if character in text:
            text = text.replace(character, replacement)
    if any(mark in text for mark in _MARKS):
        text = _MARK_LINE_END.sub("¬", text)
        for mark in _MARKS:
            text = text.replace(mark, "")
    return _composed(_without_surrogates(text))


def _mended(text: str) -> str:
    """Return a prepared text with its words whole."""
    text = _MARKED_LINE_END.sub("", text)
    text = _HYPHEN_LINE_END.sub(_join, text)
    text = _HYPHEN_KEPT.sub(_keep, text)
    # Joining letters can make new composed ones.
    return mend_torn_words(_composed(text))


def _composed(text: str) -> str:
    """Return a text in Unicode NFC, as all of Latin-1 is."""
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return unicodedata.normalize("NFC", text)
    return text


def _without_surrogates(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        return _LONE_SURROGATE.sub("\ufffd", text)
    return text


def _join(match: re.Match[str]) -> str:
    following = match.string[match.end()]
    return "" if following.islower() else "-"


def _keep(match: re.Match[str]) -> str:
    following = match.string[match.end()]
    return "-\n" if following.islower() else "-"
