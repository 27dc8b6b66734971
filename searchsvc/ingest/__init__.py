"""From files to documents in the store: finding files, reading them within limits, storing in batches."""

from searchsvc.ingest.extraction import Extraction, FileLimits
from searchsvc.ingest.file_documents import document_from_file
from searchsvc.ingest.pipeline import FailedItem, IngestReport, Pipeline, ingest_file
from searchsvc.ingest.pool import FileReader
from searchsvc.ingest.sources import Plan, plan_sources

__all__ = [
    "Extraction",
    "FailedItem",
    "FileLimits",
    "FileReader",
    "IngestReport",
    "Pipeline",
    "Plan",
    "document_from_file",
    "ingest_file",
    "plan_sources",
]
