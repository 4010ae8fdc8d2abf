"""A worker never outlives the process that started it."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.workers import parent

WAITS = """
import os, sys, time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from engine.workers.parent import leave_with_parent

if __name__ == "__main__":
    with ProcessPoolExecutor(1, get_context("spawn"), initializer=leave_with_parent) as pool:
        print(pool.submit(os.getpid).result(), flush=True)
        time.sleep(60)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="asks for a process by its number, POSIX alone")
def test_workers_leave_with_a_parent_that_was_killed(tmp_path):
    script = tmp_path / "waits.py"
    script.write_text(WAITS, encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(Path(parent.__file__).parents[2])}
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, env=environment, encoding="utf-8"
    ) as starter:
        assert starter.stdout is not None
        worker = int(starter.stdout.readline())
        starter.kill()
    until = time.monotonic() + 20
    while is_alive(worker) and time.monotonic() < until:
        time.sleep(0.1)
    assert not is_alive(worker)


def is_alive(number: int) -> bool:
    """A process that ended and that nobody has waited for is not."""
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{number}/stat")
    return not status.is_file() or status.read_text(encoding="utf-8").split()[2] != "Z"
