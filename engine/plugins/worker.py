"""What every worker process does first."""

import os
import threading
from multiprocessing import parent_process


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
