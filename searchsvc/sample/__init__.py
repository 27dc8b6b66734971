"""The sample collection: invented council documents, drawn as real PDF files when a newcomer starts the service."""

from searchsvc.sample.build import build_sample
from searchsvc.sample.catalogue import FOOTER_MARK, SampleDocument, load_documents

__all__ = ["FOOTER_MARK", "SampleDocument", "build_sample", "load_documents"]
