"""What a strategy may not do to the process that judges it: end it.

`sys.exit` raises, and is caught where the function is called. What ends a process from below,
`os._exit`, a signal to itself or another program in its place, is made to raise as well, in this
process alone: forked and started ones are none of ours.
"""

import os
import sys
import threading
import traceback
from _thread import interrupt_main
from pathlib import Path
from typing import Any, NoReturn


class LeftError(SystemExit):
    """Somebody asked for the end of the process."""


class Stay:
    """Stands where `os._exit` stood. asked: what a thread said that called it, nothing before."""

    def __init__(self) -> None:
        self.process, self.leave, self.asked = os.getpid(), os._exit, ""

    def __call__(self, code: int) -> NoReturn:
        if os.getpid() != self.process:
            self.leave(code)
        self.refuse(f"os._exit({code})")

    def refuse(self, what: str) -> NoReturn:
        thread = threading.current_thread()
        if thread is threading.main_thread():
            raise LeftError(what)
        self.asked = f"{_caller()}{thread.name} ended the process with {what}"
        interrupt_main()
        raise SystemExit  # which ends the thread

    def watch(self, event: str, given: tuple[Any, ...]) -> None:
        """An audit hook: signals to this process, and programs in its place."""
        if event == "os.exec" and os.getpid() == self.process:
            self.refuse(f"os.exec of {given[0]!r}")
        if event == "os.kill" and given[1] and given[0] in (0, self.process):
            self.refuse(f"signal {int(given[1])} to itself")
        if event == "signal.pthread_kill" and given[1] and os.getpid() == self.process:
            self.refuse(f"signal {int(given[1])} to a thread")


def stay_until_the_verdict() -> None:
    """For a process that runs one command and nothing else."""
    stay = Stay()
    os._exit = stay  # type: ignore[assignment]  # it never returns either
    sys.addaudithook(stay.watch)


def asked_to_leave() -> str:
    """What a thread of the strategy's said that tried to end this process; nothing otherwise."""
    return getattr(os._exit, "asked", "")


def _caller() -> str:
    """The innermost line, but for those of this file and of threading; nothing without one."""
    beside = (__file__, threading.__file__)
    frames = [each for each in traceback.extract_stack() if each.filename not in beside]
    return f"{Path(frames[-1].filename).name}, line {frames[-1].lineno}: " if frames else ""
