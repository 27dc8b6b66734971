"""Relevance on judged queries, ours and other engines' in the same run: ``python -m benchmarks.relevance``."""
