"""How gunicorn serves the web part. Addresses, processes and threads come from the settings of searchsvc."""

import gc
import os
import re
import uuid
from pathlib import Path

import gunicorn
from gunicorn.http import message

from searchsvc.errors import StoreUnavailable
from searchsvc.private_files import UMASK, keep_private
from searchsvc.processes import end_with_parent
from searchsvc.running.logs import configure_logging, logging_config
from searchsvc.settings import load_settings
from searchsvc.store import Store, StoreReplaced, check_identity
from searchsvc.web.http import metrics_files
from searchsvc.web.http.warm_up import warm_up
from searchsvc.web.server.draining import announcement, let_nobody_in
from searchsvc.web.server.pace import ConnectionLimits

keep_private()
end_with_parent()
_settings = load_settings()

# Web processes count in files of this folder, and whichever is asked for /metrics adds them up.
_metrics_dir = metrics_files.metrics_folder(_settings)
os.environ[metrics_files.VARIABLE] = str(_metrics_dir)
# Names this start (or reload) of the service in validators of answers, so that all web processes give the same.
os.environ["_SEARCHSVC_START"] = uuid.uuid4().hex

wsgi_app = "searchsvc.web:create_app()"
bind = f"[{_settings.host}]:{_settings.port}" if ":" in _settings.host else f"{_settings.host}:{_settings.port}"
workers = _settings.web_workers
threads = _settings.web_threads
worker_class = "searchsvc.web.server.gunicorn_worker.FairThreadWorker"
proc_name = "searchsvc-web"
umask = UMASK

# A worker that has not reported for this long is replaced; requests themselves may take longer.
timeout = 60
graceful_timeout = 15
keepalive = 15
# Where workers report: in memory, so that a busy disk never makes them look dead.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108

limit_request_line = 8190
limit_request_fields = 100
limit_request_field_size = 8190
# Names of gunicorn's own that a proxy on this machine could set; ours sets none, and others are not to.
forwarder_headers = ""

# No management socket in the home folder: serve and the process manager look after gunicorn by signals.
control_socket_disable = True

# The web part logs one line for each request itself.
accesslog = None
errorlog = "-"
logconfig_dict = logging_config(_settings)

# "curl …?q=Brühl" sends the letters as they are. That is against the standard, so gunicorn refuses it; but everybody
# writes addresses like that, and what is meant is clear. Control characters and blanks are still refused.
message.RFC9112_TARGET_INVALID = re.compile(r"[^\x21-\x7e\x80-\xff]")

# Says neither program nor version to strangers.
gunicorn.SERVER = "searchsvc"
gunicorn.SERVER_SOFTWARE = "searchsvc"


def on_starting(_server):
    """Refuse a store that is not the data folder's, and begin to count at zero."""
    announcement.prepare()
    with Store.open(_settings) as store:
        try:
            check_identity(store, _settings)
        except StoreReplaced as error:
            raise SystemExit(f"searchsvc: {error}") from None
        except StoreUnavailable:
            pass  # it may come back; until then answers say so
    metrics_files.begin(_metrics_dir)


def when_ready(server):
    """Before the service ends, tell its processes, and let nobody in who would be sent away without an answer."""
    stop = server.stop

    def announced_stop(graceful=True):
        announcement.make()
        for listener in server.LISTENERS:
            let_nobody_in(listener.sock)
        stop(graceful)

    server.stop = announced_stop


def post_fork(_server, worker):
    """Set up logging in each worker process, and what it asks of clients."""
    configure_logging(_settings)
    if not metrics_files.reserve(_metrics_dir, worker.pid):
        # It counts for itself alone: better than to be ended by a full disk.
        os.environ.pop(metrics_files.VARIABLE, None)
        worker.log.warning("no room for what this process counts in %s; it is missing in /metrics", _metrics_dir)
    worker.limits = ConnectionLimits(_settings.client_patience_s, _settings.client_min_bytes_per_s)
    worker.lasting_threads = _settings.web_lasting_threads
    worker.path_prefix = _settings.public_path.encode()


def child_exit(_server, worker):
    """Keep what a process has counted, without the room it had for more."""
    metrics_files.give_back(_metrics_dir, worker.pid)


def worker_exit(_server, worker):
    """Leave nothing in memory either when the process that would have cleared up was killed."""
    if os.getppid() != worker.ppid:
        metrics_files.end(_metrics_dir)


def on_exit(_server):
    """Leave nothing in memory."""
    metrics_files.end(_metrics_dir)


def post_worker_init(worker):
    """Do what is done only once, and leave what stays for good out of every later look for garbage."""
    warm_up(worker.wsgi)
    gc.collect()
    gc.freeze()
