"""What a document is: how callers write one, its fields and limits, clean text, references, signatures of its text.

Pure; knows neither store nor index. Not here: reading files (``searchsvc.ingest``) and keeping documents
(``searchsvc.store``).
"""
