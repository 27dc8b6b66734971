"""Inflection removed: one stem for "Beschluss", "Beschlusses" and "Beschlüsse".

Every stemmer is a function from a folded word to its stem; which one runs is a setting. Importing NLTK takes most
of a second, so each library is loaded only when it is chosen.

Limits: stems are not words. Snowball does not join Ärztin/Ärztinnen, Zentrum/Zentren or Kita/Kitas, and merges
Forderung/Förderung; Cistem strips ge- (Gewerbe, werben).
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from threading import Lock

from analyzers.folding import drop_umlauts, restore_umlauts

Stemmer = Callable[[str], str]


def _pystemmer() -> Stemmer:
    from Stemmer import Stemmer as Snowball

    stemmer = Snowball("german", 0)  # words come once: its cache would cost more than it saves
    lock = Lock()  # the C object keeps its working buffer, so only one thread at a time may use it

    def stem(word: str) -> str:
        with lock:
            return str(stemmer.stemWord(word))

    return stem


def _nltk_snowball() -> Stemmer:
    from nltk.stem.snowball import GermanStemmer

    stemmer = GermanStemmer()
    return lambda word: str(stemmer.stem(word))


def _nltk_cistem() -> Stemmer:
    from nltk.stem.cistem import Cistem

    stemmer = Cistem()
    return lambda word: str(stemmer.stem(word)) if word else word


def _unstemmed() -> Stemmer:
    return lambda word: word


# name: (library whose version is part of the fingerprint, factory)
_FACTORIES: dict[str, tuple[str | None, Callable[[], Stemmer]]] = {
    "pystemmer": ("PyStemmer", _pystemmer),
    "snowball-nltk": ("nltk", _nltk_snowball),
    "cistem": ("nltk", _nltk_cistem),
    "none": (None, _unstemmed),
}

STEMMERS = tuple(_FACTORIES)
"""Names of the available stemmers."""


def make_stemmer(name: str) -> Stemmer:
    """Return the stemmer called ``name``: folded words in, stems without umlauts and never empty out.

    Raises ``ValueError`` for an unknown name.
    """
    if name not in _FACTORIES:
        raise ValueError(f"unknown stemmer {name!r}; choose one of {', '.join(STEMMERS)}")
    stem = _FACTORIES[name][1]()
    return lambda word: drop_umlauts(stem(restore_umlauts(word))) or word


def stemmer_version(name: str) -> str:
    """Return what identifies the stemmer's behaviour: its name and its library's version."""
    library = _FACTORIES[name][0]
    return f"{name} {library} {version(library)}" if library else name
