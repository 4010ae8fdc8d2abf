#!/usr/bin/env bash
# Time the full against the focused replay: `barsieve bench batch` under the name people know.
# Python is $PYTHON, else the first one that has barsieve: of the active environment, or of .venv.
set -euo pipefail
checkout="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
# Not every Python that finds the package has what it needs.
probe='import barsieve, sys; from importlib.util import find_spec; sys.exit(not find_spec("numba"))'
pythons=(python python3 "$checkout/.venv/bin/python")
[ -z "${PYTHON:-}" ] || pythons=("$PYTHON")
for python in "${pythons[@]}"; do
  # -P: a file engine.py in the current folder must not hide the package.
  if "$python" -P -c "$probe" 2>/dev/null; then
    exec "$python" -P -m barsieve bench batch "$@"
  fi
done
echo "Error: ${pythons[*]}: none has barsieve; activate its environment, or set PYTHON" >&2
exit 2
