"""What every executor keeps: each job's result, in the order of the jobs, and no job too many."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from engine.errors import WorkerError
from engine.workers.arrays import mapped_arrays, own_folder, write_arrays
from engine.workers.executors import AHEAD, Executor, Processes, Threads


def doubled(job: int) -> int:
    return 2 * job


def refused_at_seven(job: int) -> int:
    if job == 7:
        raise ValueError("seven")
    return job


def gone_at_seven(job: int) -> int:
    if job == 7:
        os._exit(3)
    return job


def says(job: int) -> str:
    return f"held job {job}"


Made = Callable[[Callable[[int], int]], Executor[int, int]]
EXECUTORS: dict[str, Made] = {
    "one thread": lambda work: Threads(work, 1),
    "threads": lambda work: Threads(work, 3),
    "processes": lambda work: Processes(work, 2, says),
}


@pytest.mark.slow
@pytest.mark.parametrize("made", EXECUTORS.values(), ids=EXECUTORS)
class TestExecutor:
    def test_results_come_in_the_order_of_the_jobs(self, made: Made) -> None:
        assert list(made(doubled).run(range(100))) == [2 * job for job in range(100)]

    def test_without_jobs_there_is_nothing(self, made: Made) -> None:
        assert list(made(doubled).run([])) == []

    def test_an_error_comes_at_its_job_and_those_before_it_are_known(self, made: Made) -> None:
        found = made(refused_at_seven).run(range(40))
        assert [next(found) for _ in range(7)] == list(range(7))
        with pytest.raises(ValueError, match="seven"):
            next(found)

    def test_jobs_are_taken_as_they_are_needed(self, made: Made) -> None:
        taken: list[int] = []

        def jobs() -> Iterator[int]:
            for job in range(10_000):
                taken.append(job)
                yield job

        found: Any = made(doubled).run(jobs())
        assert [next(found) for _ in range(5)] == [0, 2, 4, 6, 8]
        assert len(taken) <= 5 + 3 * AHEAD + 1
        found.close()  # the rest is given up, and nobody waits for it


@pytest.mark.slow
def test_a_process_that_ends_by_itself_is_told_with_its_job() -> None:
    found = Processes(gone_at_seven, 1, says).run(range(40))
    with pytest.raises(WorkerError, match=r"a process that held job \d+ ended by itself"):
        list(found)


def test_arrays_are_mapped_as_they_were_written() -> None:
    arrays = [np.arange(5.0), np.ones(3, dtype=np.uint8)]
    with own_folder() as folder:
        write_arrays(folder, "column", arrays)
        found = mapped_arrays(folder, "column", 2)
        assert [each.tobytes() for each in found] == [each.tobytes() for each in arrays]
        assert not any(each.flags.writeable for each in found)
        assert mapped_arrays(folder, "column", 1)[0].tolist() == arrays[0].tolist()
        del found
    assert not folder.exists()
