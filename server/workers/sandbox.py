"""What a process that evaluates queries may not do: outlive its parent, eat the machine, call out.

Each of these holds for the calling process, for good, and for the threads that it starts later; so
they come before the store is opened, which starts some.
"""

import ctypes
import errno
import os
import resource
import signal
from importlib import import_module

_PR_SET_PDEATHSIG = 1  # Linux, <linux/prctl.h>
_libc = ctypes.CDLL(None, use_errno=True)

# Evaluation needs none of these. The sockets that a worker has were opened for it.
_FORBIDDEN = (
    "socket", "socketpair", "connect", "bind", "listen", "accept", "accept4",
    "execve", "execveat", "ptrace", "process_vm_readv", "process_vm_writev",
    "io_uring_setup", "io_uring_enter", "io_uring_register",
)  # fmt: skip


def die_with(parent: int) -> None:
    """Be killed when *parent*, the process that forked us, ends; else orphans go on computing."""
    if _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    if os.getppid() != parent:  # it ended before the kernel was told
        os._exit(1)


def limit_memory(size: int) -> None:
    """Allow *size* bytes of data. Past it the engine aborts: it cannot raise MemoryError.

    The limit on data, not on address space: an empty worker maps half a gigabyte, but real use
    follows its data. There is no core dump, which would take seconds to write.
    """
    resource.setrlimit(resource.RLIMIT_DATA, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def give_back_memory() -> None:
    """Let the kernel have what is free of our memory, as far as the C library knows how."""
    if trim := getattr(_libc, "malloc_trim", None):
        trim(0)


def can_close_network() -> bool:
    """Whether libseccomp is here. Looking for it starts programs, so ask before being confined."""
    try:
        import_module("pyseccomp")
    except (ImportError, RuntimeError):  # not on Linux; no libseccomp2
        return False
    return True


def close_network() -> None:
    """Forbid the system calls that reach other programs; they then fail with EPERM.

    The second line behind `graph.query.scan`, which refuses SERVICE.
    """
    seccomp = import_module("pyseccomp")
    rules = seccomp.SyscallFilter(defaction=seccomp.ALLOW)
    for name in _FORBIDDEN:
        rules.add_rule(seccomp.ERRNO(errno.EPERM), name)
    rules.load()
