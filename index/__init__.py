"""The index: how queries are understood, and the engines that answer them. Knows nothing of the web or the store.

``contract`` <- ``query`` <- ``segments`` <- ``building``, ``search`` <- ``whoosh``. Callers import from
``index.contract`` what engines speak in, and an engine from the package that has it.
"""
