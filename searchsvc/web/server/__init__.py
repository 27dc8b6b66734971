"""How connections are served below HTTP's meaning: gunicorn's worker, slow clients, the end of a process.

What a request asks for and how it is answered is in ``searchsvc.web.http``. Nothing here knows Flask.
"""
