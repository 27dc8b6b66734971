"""Documents for pages: the pages of one that was deleted or taken down say that it is gone (410)."""

from __future__ import annotations

from searchsvc.errors import DocumentNotFound
from searchsvc.store import StoredDocument
from searchsvc.web.http.services import raise_if_moved, services


class DocumentGone(DocumentNotFound):
    """The document was here and is not any more: it was deleted or taken down."""

    kind = "gone"


def page_document(document_id: str) -> StoredDocument:
    """Return a document from the store. Raises ``DocumentGone`` or ``DocumentNotFound``."""
    store = services().store
    stored = store.documents.get(document_id)
    if stored is None:
        raise_if_moved(document_id)
        if store.documents.tombstones([document_id]):
            raise DocumentGone("this document is not shown any more")
        raise DocumentNotFound("there is no document with this id")
    return stored
