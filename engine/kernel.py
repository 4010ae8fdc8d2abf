"""The only file that spells numba options.

`cache`: the second process starts warm. `error_model="numpy"`: a division by zero gives inf or NaN
instead of leaving an output half written; kernels guard their denominators all the same, so that
they also run with the JIT off. `nogil`: independent replays may share a process. Nothing else: no
fastmath (it reorders sums, and parity is of bytes), no `parallel` (its float reductions change with
the thread count), no explicit signatures (they compile at import).
"""

import functools
import hashlib
import os
import platform
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import llvmlite.binding
import numba
import numpy as np
import numpy.typing as npt

Function = TypeVar("Function", bound=Callable[..., Any])

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.uint8]
Sides = npt.NDArray[np.int8]
Table = npt.NDArray[np.void]  # a structured array
Record = Any  # one element of a Table: fields by item, the same spelling with the JIT on and off

COMPILE_SECONDS = 16  # of a run, measured with an empty cache (docs/measurements.md)

CONFIG: Any = numba.config  # its attributes appear at run time, out of the type checker's sight


def typed(*values: int) -> list[Any]:
    """Constants as np.int64: numba compiles a function once more for every literal it is given."""
    return list(np.array(values, dtype=np.int64))


def frozen(array: Any) -> Any:
    """The array, read-only: a kernel compiles once more for a writable one."""
    view = array.view()
    view.flags.writeable = False
    return view


def kernel(function: Function) -> Function:
    """Compile `function` on first call and keep the machine code in `cache_folder()`.

    function: loops over NumPy arrays in the part of Python that numba compiles; it raises nothing,
    and writes what it finds into arrays that it is handed.

    >>> import numpy as np
    >>> from barsieve.strategy import kernel
    >>> @kernel
    ... def doubled(values, out):
    ...     for i in range(out.size):
    ...         out[i] = 2.0 * values[i]
    >>> out = np.empty(3)
    >>> doubled(np.arange(3.0), out)
    >>> out.tolist()
    [0.0, 2.0, 4.0]
    """
    return _compiled(function, {})


def inlined(function: Function) -> Function:
    """Compile a piece of a kernel into each of its callers.

    A call costs about 2 ns, and the step is a dozen small functions: inlining halves its time. It
    keeps its entry point for Python: without one it would compile faster, and a call crash.
    """
    return _compiled(function, {"forceinline": True})


def field_or(record: Record, name: str, other: float) -> Any:
    """A field of a record, or `other` where its type has no such field: told when it is compiled,
    so that a run pays only for the fields it has. `name` is written out, never computed.
    """
    return record[name] if name in record.dtype.names else other


@numba.extending.overload(field_or, prefer_literal=True)
def _field_or(record: Any, name: Any, other: Any) -> Any:
    wanted = getattr(name, "literal_value", None)

    # numba wants the same parameters here, annotations included.
    def field(record: Any, name: Any, other: Any) -> Any:
        return record[wanted]

    def instead(record: Any, name: Any, other: Any) -> Any:
        return other

    if wanted is None:
        return None  # asked again with the literal
    return field if wanted in record.fields else instead


def _compiled(function: Function, extra: dict[str, Any]) -> Function:
    folder = cache_folder()
    options = {"cache": folder is not None, "error_model": "numpy", "nogil": True, **extra}
    options["no_cfunc_wrapper"] = True  # nobody calls a kernel from C, and it compiles faster
    before = CONFIG.CACHE_DIR
    CONFIG.CACHE_DIR = str(folder or "")
    try:
        compiled: Function = numba.njit(**options)(function)
    except RuntimeError:  # typed at a prompt: there is no file to keep the machine code by
        compiled = numba.njit(**options | {"cache": False})(function)
    finally:
        CONFIG.CACHE_DIR = before
    return compiled


@functools.cache
def cache_folder() -> Path | None:
    """The compile cache for these sources, this numba and this CPU; None if it cannot be written.

    numba keys its own cache to the file that defines a function and misses edits of the helpers it
    calls, and serves bounds-checked builds to unchecked runs: the folder name covers both.
    """
    identity = [source_hash(), numba.__version__, llvmlite.binding.get_host_cpu_name()]
    identity += [str(CONFIG.CPU_NAME), str(CONFIG.BOUNDSCHECK)]
    key = hashlib.sha256("|".join(identity).encode()).hexdigest()[:16]
    folder = _cache_root() / "barsieve" / "numba" / key
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        warnings.warn(
            f"compiled code is not kept: {folder} cannot be written ({error.strerror})",
            stacklevel=2,
        )
        return None
    return folder


def built_with() -> dict[str, str]:
    """What the bits of a result may depend on beside its sources: versions, and the CPU."""
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "numba": numba.__version__,
        "cpu": llvmlite.binding.get_host_cpu_name(),
    }


def is_cold() -> bool:
    """Whether the first kernel call of this process has to compile."""
    folder = cache_folder()
    jit_off = bool(CONFIG.DISABLE_JIT)
    return not jit_off and (folder is None or next(folder.rglob("*.nbi"), None) is None)


def source_hash(*folders: str) -> str:
    """sha256 of the engine's Python sources, of the named sub-folders or of all."""
    root = Path(__file__).parent
    roots = [root / folder for folder in folders] or [root]
    digest = hashlib.sha256()
    for path in sorted(path for each in roots for path in each.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode())
        # Line ends are a property of the checkout, not of the code.
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def _cache_root() -> Path:
    # An empty variable counts as unset: Path("") would be the current folder.
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
