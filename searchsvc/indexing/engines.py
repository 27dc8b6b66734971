"""The one place that knows which search engine runs and how it is opened."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import structlog

from analyzers import GERMAN_STOP_WORDS, GermanAnalysis, SynonymsError, parse_stop_words
from index.contract import IndexWriter, SearchEngine
from index.whoosh import WhooshEngine, WhooshIndexWriter
from searchsvc.errors import InvalidSettings
from searchsvc.indexing.last_good import LastGoodList
from searchsvc.indexing.synonym_file import SynonymFile, read_synonyms
from searchsvc.settings import Settings, find_config

_log = structlog.get_logger(__name__)


def open_analysis(settings: Settings) -> GermanAnalysis:
    """Return the analysis of German text the settings ask for.

    Of a list that cannot be read the last good version counts. Raises ``InvalidSettings`` when there is none.
    """
    path = settings.synonyms or find_config("synonyms.txt")
    synonyms = SynonymFile(path, LastGoodList(settings.data_dir, "synonyms", path)) if path is not None else None
    return GermanAnalysis(
        stemmer=settings.stemmer,
        stop_words=_stop_words(settings),
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


def _stop_words(settings: Settings) -> frozenset[str]:
    path = settings.stop_words
    if path is None:
        return GERMAN_STOP_WORDS
    last_good = LastGoodList(settings.data_dir, "stop_words", path)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        kept = last_good.lines()
        if kept is None:
            raise InvalidSettings([f"stop_words: cannot read {path}: {error}"]) from error
        _log.warning("stop_words_not_read", path=str(path), error=str(error))
        return parse_stop_words(kept)
    last_good.keep(lines)
    return parse_stop_words(lines)


def word_list_troubles(settings: Settings) -> Mapping[str, str]:
    """Return which of the operator's lists cannot be read now, and why, by the setting that names it."""
    troubles: dict[str, str] = {}
    for name, path, read in (
        ("synonyms", settings.synonyms or find_config("synonyms.txt"), read_synonyms),
        ("stop_words", settings.stop_words, partial(Path.read_text, encoding="utf-8")),
    ):
        try:
            if path is not None:
                read(path)
        except (OSError, UnicodeDecodeError, SynonymsError) as error:
            troubles[name] = f"the list {path} cannot be read; its last good version counts: {error}"
    return troubles


def open_engine(settings: Settings) -> SearchEngine:
    """Open the index for searching; there need not be one yet."""
    return WhooshEngine.open(settings.index_dir, analysis=open_analysis(settings), timeout_s=settings.search_timeout_s)


def open_writer(settings: Settings) -> IndexWriter:
    """Open the index for writing. Raises ``IndexLocked`` when another process does so, or ``IndexStorageError``."""
    analysis = open_analysis(settings)
    return WhooshIndexWriter.open(settings.index_dir, analysis=analysis, processes=settings.index_processes)
