"""The one place that knows which search engine runs and how it is opened."""

from __future__ import annotations

from pathlib import Path

from analyzers import GERMAN_STOP_WORDS, GermanAnalysis, SynonymsError, parse_stop_words
from index.contract import IndexWriter, SearchEngine
from index.whoosh import WhooshEngine, WhooshIndexWriter
from searchsvc.errors import InvalidSettings
from searchsvc.indexing.synonym_file import SynonymFile
from searchsvc.settings import Settings, find_config


def open_analysis(settings: Settings) -> GermanAnalysis:
    """Return the analysis of German text the settings ask for. Raises ``InvalidSettings`` for an unreadable list."""
    path = settings.synonyms or find_config("synonyms.txt")
    synonyms = SynonymFile(path) if path is not None else None
    return GermanAnalysis(
        stemmer=settings.stemmer,
        stop_words=_stop_words(settings.stop_words),
        synonyms=_synonyms(synonyms, path),
        changed_synonyms=synonyms.changed if synonyms else lambda: None,
    )


def _synonyms(file: SynonymFile | None, path: Path | None) -> list[str] | None:
    if file is None:
        return None
    try:
        return file.read()
    except (OSError, UnicodeDecodeError, SynonymsError) as error:
        raise InvalidSettings([f"synonyms: cannot read {path}: {error}"]) from error


def _stop_words(path: Path | None) -> frozenset[str]:
    if path is None:
        return GERMAN_STOP_WORDS
    try:
        return parse_stop_words(path.read_text(encoding="utf-8").splitlines())
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSettings([f"stop_words: cannot read {path}: {error}"]) from error


def open_engine(settings: Settings) -> SearchEngine:
    """Open the index for searching; there need not be one yet."""
    return WhooshEngine.open(settings.index_dir, analysis=open_analysis(settings), timeout_s=settings.search_timeout_s)


def open_writer(settings: Settings) -> IndexWriter:
    """Open the index for writing. Raises ``IndexLocked`` when another process does so, or ``IndexStorageError``."""
    analysis = open_analysis(settings)
    return WhooshIndexWriter.open(settings.index_dir, analysis=analysis, processes=settings.index_processes)
