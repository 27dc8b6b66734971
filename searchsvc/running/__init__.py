"""Processes of the service and what they have in common: serve, supervision, periodic threads, logs.

Not here: what the processes do (``searchsvc.indexing``, ``searchsvc.web``, ``searchsvc.notifications``).
"""
