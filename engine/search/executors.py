"""Where the jobs of a sweep run: threads for compiled replays, spawned processes for Python.

A job is small and knows of no other. Results come in the order of the jobs, whoever is ready first,
so that a store is the same for any number of workers. A cluster would be a third executor.
"""

import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Generic, Protocol, TypeVar

from engine.errors import WorkerError
from engine.plugins.worker import leave_with_parent

Job = TypeVar("Job")
Done = TypeVar("Done")
Asked = TypeVar("Asked", contravariant=True)
Given = TypeVar("Given", covariant=True)


class Executor(Protocol[Asked, Given]):
    """run(jobs): the result of each job, in their order, as soon as it is known."""

    def run(self, jobs: Iterable[Asked]) -> Iterator[Given]: ...


@dataclass(frozen=True)
class Threads(Generic[Job, Done]):
    """In this process; for work that releases the interpreter's lock, or one worker."""

    work: Callable[[Job], Done]
    workers: int

    def run(self, jobs: Iterable[Job]) -> Iterator[Done]:
        if self.workers == 1:
            yield from map(self.work, jobs)  # where Ctrl-C is heard at once
            return
        with ThreadPoolExecutor(self.workers) as pool:
            yield from in_order([pool.submit(self.work, job) for job in jobs])


@dataclass(frozen=True)
class Processes(Generic[Job, Done]):
    """In processes of their own. work: a function of a module. opening: called with `place` once in
    each process before its first job, to open there what all jobs read.
    """

    work: Callable[[Job], Done]
    workers: int
    opening: Callable[[str], object]
    place: str

    def run(self, jobs: Iterable[Job]) -> Iterator[Done]:
        """Raises WorkerError when a process ends by itself."""
        pool = ProcessPoolExecutor(
            self.workers,
            get_context("spawn"),
            initializer=begin,
            initargs=(self.opening, self.place),
        )
        try:
            yield from in_order([pool.submit(self.work, job) for job in jobs])
        except BrokenProcessPool as error:
            raise WorkerError(
                "a process that replays points ended by itself: no memory, a crash in the "
                "strategy, or a script that starts it without "
                '`if __name__ == "__main__":`; try one worker'
            ) from error
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def begin(opening: Callable[[str], object], place: str) -> None:
    """The first thing in a worker. Ctrl-C reaches it too, and it has nothing to say about that."""
    signal.signal(signal.SIGINT, lambda number, frame: os._exit(130))
    leave_with_parent()
    opening(place)


def in_order(futures: Sequence[Future[Done]]) -> Iterator[Done]:
    """The rest is given up when nobody listens any more."""
    try:
        for future in futures:
            yield future.result()
    finally:
        for future in futures:
            future.cancel()
