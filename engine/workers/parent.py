"""What every worker process does first: it learns when to end."""

import os
import signal
import threading
from multiprocessing import parent_process

INTERRUPTED = 130


def leave_when_told() -> None:
    """End at Ctrl-C, which reaches workers too and about which they have nothing to say."""
    signal.signal(signal.SIGINT, lambda number, frame: os._exit(INTERRUPTED))


def leave_with_parent() -> None:
    """End when the process that started this one is gone, even if it was killed: nobody would send
    another job, and nobody would ever end this one.
    """
    threading.Thread(target=_watch, daemon=True).start()


def _watch() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
