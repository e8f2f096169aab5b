"""What gunicorn is told, but for the address and the number of workers: see `serve`."""

from typing import Any

from untocgraph.server.confine import die_with
from untocgraph.server.serve import GRACE

worker_class = "gthread"  # it hands the client's socket to the app, which sees when a client goes
limit_request_line = 8190  # bytes, gunicorn's most; longer queries are for POST
graceful_timeout = GRACE
loglevel = "warning"
proc_name = "untocgraph"
control_socket_disable = True  # nobody steers a server from outside the program that started it
# By default a client on this machine is believed: X-Forwarded-Proto and SCRIPT_NAME from it would
# change the request, or end it where they contradict each other.
forwarded_allow_ips = ""


def post_fork(arbiter: Any, worker: Any) -> None:
    """A worker ends with gunicorn's master, however that ends: it would look only now and then."""
    die_with(worker.ppid)
