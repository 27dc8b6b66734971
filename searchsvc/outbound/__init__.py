"""Requests to the network: only to allowed addresses, polite to each host. For importers and webhooks alike.

The one room that knows an HTTP client. Not here: what is asked (``searchsvc.oparl``, ``searchsvc.notifications``).
"""
