"""The service around the index: document store, ingest, worker, command line and web."""
