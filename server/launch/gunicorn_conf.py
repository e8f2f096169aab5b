"""What gunicorn is told, but for the address and the number of workers: see `serve`."""

import resource
from typing import Any

from untocgraph.server.launch.serve import GRACE
from untocgraph.server.workers.sandbox import die_with

# Each connection is a descriptor, and the usual limit on them is low, for the sake of old programs.
_most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (_most, _most))

# Made of gunicorn's gthread: the app has the client's socket, and sees when a client goes.
worker_class = "untocgraph.server.listener.gunicorn_worker.Gate"
worker_connections = min(4000, _most // 2)  # of each process; of more, the oldest idle one goes
keepalive = 15  # seconds that a connection may stay for another request
limit_request_line = 0  # gunicorn's own limit is 8,190 bytes; `framing` has ours
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
