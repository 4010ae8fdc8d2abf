"""Where jobs run: threads for compiled work, spawned processes for Python.

A job is small and knows of no other. Results come in the order of the jobs, whoever is ready first,
so that what is made of them is the same for any number of workers. A cluster would be a third
executor.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from typing import Generic, Protocol, TypeVar

from engine.errors import WorkerError
from engine.workers.parent import leave_when_told, leave_with_parent

Job = TypeVar("Job")
Done = TypeVar("Done")
Asked = TypeVar("Asked", contravariant=True)
Given = TypeVar("Given", covariant=True)

AHEAD = 8  # jobs of each worker that wait for it, so that none is idle and few are in memory


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
            yield from in_order(lambda job: pool.submit(self.work, job), jobs, self.workers)


def nothing(place: str) -> None:
    """Open nothing."""


@dataclass(frozen=True)
class Processes(Generic[Job, Done]):
    """In processes of their own.

    work: a function of a module. says(job): what a process does with it, for the message when it
    ends. opening: called with `place` once in each process before its first job, to open there what
    all jobs read.
    """

    work: Callable[[Job], Done]
    workers: int
    says: Callable[[Job], str]
    opening: Callable[[str], object] = nothing
    place: str = ""

    def run(self, jobs: Iterable[Job]) -> Iterator[Done]:
        """Raises WorkerError when a process ends by itself."""
        pool = ProcessPoolExecutor(
            self.workers,
            get_context("spawn"),
            initializer=begin,
            initargs=(self.opening, self.place),
        )
        try:
            submit = partial(self._submitted, pool)
            yield from in_order(submit, jobs, self.workers, self._result)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _submitted(self, pool: ProcessPoolExecutor, job: Job) -> Future[Done]:
        try:
            return pool.submit(self.work, job)
        except BrokenProcessPool as error:  # told of the oldest job, which was under way
            lost: Future[Done] = Future()
            lost.set_exception(error)
            return lost

    def _result(self, job: Job, done: Future[Done]) -> Done:
        try:
            return done.result()
        except BrokenProcessPool as error:
            raise WorkerError(
                f"a process that {self.says(job)} ended by itself: no memory, a crash in the code "
                "that it ran, or a script that starts it without "
                '`if __name__ == "__main__":`; try one worker'
            ) from error


def begin(opening: Callable[[str], object], place: str) -> None:
    """The first thing in a worker."""
    leave_when_told()
    leave_with_parent()
    opening(place)


def result_of(job: Job, done: Future[Done]) -> Done:
    return done.result()


def in_order(
    submit: Callable[[Job], Future[Done]],
    jobs: Iterable[Job],
    workers: int,
    result: Callable[[Job, Future[Done]], Done] = result_of,
) -> Iterator[Done]:
    """The result of each job, the oldest first; the rest is given up when nobody listens."""
    waiting: deque[tuple[Job, Future[Done]]] = deque()
    try:
        for job in jobs:
            waiting.append((job, submit(job)))
            if len(waiting) > AHEAD * workers:
                yield result(*waiting.popleft())
        while waiting:
            yield result(*waiting.popleft())
    finally:
        for _, future in waiting:
            future.cancel()
