"""The engine protocol with its requests and results, documents, and errors. No engine, no numpy.

Import from here; the modules are walls, not doors. Not here: how text becomes terms (``analyzers``), how a query is
understood (``index.query``), and every engine (``index.whoosh``).
"""

from index.contract.bounds import (
    BoundField,
    Bounds,
    Condition,
)
from index.contract.documents import (
    Document,
    Kommune,
    Paper,
    TextQuality,
)
from index.contract.errors import (
    IndexDamaged,
    IndexLocked,
    IndexStorageError,
    IndexUnavailable,
    InvalidRequest,
    SearchIndexError,
    SearchTimeout,
)
from index.contract.protocol import (
    Change,
    IndexWriter,
    Rejection,
    SearchEngine,
)
from index.contract.request import (
    MAX_PAGED_HITS,
    MAX_PER_PAGE,
    MAX_QUERY_CHARS,
    MISSING,
    Collapse,
    DateInterval,
    FacetName,
    SearchRequest,
    Sort,
    validate,
)
from index.contract.result import (
    COLLAPSED_DOCUMENTS,
    Bucket,
    Collapsed,
    CollapsedDocument,
    Completion,
    EngineState,
    EngineStats,
    Facet,
    FoundBy,
    Hit,
    NamedKommune,
    SearchResult,
    SearchWarning,
    Snippet,
    Suggestion,
)

__all__ = [
    "COLLAPSED_DOCUMENTS",
    "MAX_PAGED_HITS",
    "MAX_PER_PAGE",
    "MAX_QUERY_CHARS",
    "MISSING",
    "BoundField",
    "Bounds",
    "Bucket",
    "Change",
    "Collapse",
    "Collapsed",
    "CollapsedDocument",
    "Completion",
    "Condition",
    "DateInterval",
    "Document",
    "EngineState",
    "EngineStats",
    "Facet",
    "FacetName",
    "FoundBy",
    "Hit",
    "IndexDamaged",
    "IndexLocked",
    "IndexStorageError",
    "IndexUnavailable",
    "IndexWriter",
    "InvalidRequest",
    "Kommune",
    "NamedKommune",
    "Paper",
    "Rejection",
    "SearchEngine",
    "SearchIndexError",
    "SearchRequest",
    "SearchResult",
    "SearchTimeout",
    "SearchWarning",
    "Snippet",
    "Sort",
    "Suggestion",
    "TextQuality",
    "validate",
]
