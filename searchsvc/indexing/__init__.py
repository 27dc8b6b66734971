"""From the store to the index: which engine there is, the worker that applies changes, and waiting for it.

The one room outside of ``index`` that knows an engine by name (``engines``). Not here: what is searched and how.
"""
