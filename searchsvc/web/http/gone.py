"""Documents for pages: the pages of one that was deleted or taken down say that it is gone (410)."""

from __future__ import annotations

from searchsvc.errors import DocumentNotFound
from searchsvc.store import StoredDocument
from searchsvc.web.http.reach import bounds, stored_document
from searchsvc.web.http.services import services


class DocumentGone(DocumentNotFound):
    """The document was here and is not any more: it was deleted or taken down."""

    kind = "gone"


def page_document(document_id: str) -> StoredDocument:
    """Return a document from the store. Raises ``DocumentGone`` or ``DocumentNotFound``.

    What a deleted document was about is not kept, so whoever may not know of all is not told that there was one.
    """
    try:
        return stored_document(document_id)
    except DocumentNotFound:
        if not bounds() and services().store.documents.tombstones([document_id]):
            raise DocumentGone("this document is not shown any more") from None
        raise
