"""Everything from a fresh machine with Python alone to a demo, or to the tests.

    python3 bin/start.py demo      an environment, the installation, the demo
    python3 bin/start.py test      the same with what tests need, and the whole suite

A step that is done already is left out, so both may be run again; what follows the word is handed
on (`python3 bin/start.py test tests/bars -x`). Only the standard library, and a syntax that
older Pythons read too, so that they can say which one is needed.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / ".venv"
OLDEST, NEWEST = (3, 11), (3, 14)
INSTALLS = {
    "demo": ["-e", "."],
    "test": ["-e", ".", "--group", "dev"],
}
COMMANDS = {"demo": ["-m", "barsieve", "demo"], "test": ["-m", "pytest"]}
USAGE = "expected `python3 bin/start.py demo` or `python3 bin/start.py test`"


class StepError(Exception):
    """A step that did not end well: which one, and what to do."""


def main(words):
    if not words or words[0] not in COMMANDS:
        print("start: " + USAGE, file=sys.stderr)
        return 2
    task = words[0]
    try:
        refuse_other_pythons(sys.version_info[:2])
        say(1, "environment: " + make_environment(FOLDER))
        say(2, "installation: " + install(FOLDER, task))
    except StepError as failure:
        print("start: " + str(failure), file=sys.stderr)
        return 1
    command = [*COMMANDS[task], *words[1:]]
    say(3, "python " + " ".join(command))
    status = subprocess.call([str(python_of(FOLDER)), *command], cwd=str(ROOT))
    if status == 0 and task == "demo":
        print(f"To type these, first: {activation()}; docs/getting-started.md goes on from here")
    return status


def say(step, text):
    print(f"[{step}/3] {text}", flush=True)


def refuse_other_pythons(version):
    """Name a Python on this machine that will do, where the running one will not."""
    if OLDEST <= version <= NEWEST:
        return
    names = [f"python3.{minor}" for minor in range(NEWEST[1], OLDEST[1] - 1, -1)]
    found = [name for name in names if shutil.which(name)]
    advice = f"run `{found[0]} bin/start.py demo`" if found else "install one of them"
    raise StepError(
        "Python {}.{} runs this, {}.{} to {}.{} are supported: {}".format(
            *version, *OLDEST, *NEWEST, advice
        )
    )


def python_of(folder):
    """The interpreter of an environment, whether or not it is there."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def activation():
    return ".venv\\Scripts\\activate" if os.name == "nt" else ". .venv/bin/activate"


def make_environment(folder):
    """Make it unless it is there and starts: a moved or half-made one is made anew."""
    if starts(python_of(folder)):
        return ".venv is there"
    if folder.exists() and not (folder / "pyvenv.cfg").is_file():
        raise StepError(f"environment: {folder} is no Python environment; move it away")
    done = subprocess.call([sys.executable, "-m", "venv", "--clear", str(folder)])
    if done != 0 or not starts(python_of(folder)):
        raise StepError(
            "environment: `python -m venv` failed; on Debian and Ubuntu "
            "`sudo apt install python3-venv` brings what it needs, then run this again"
        )
    return ".venv made with Python {}.{}".format(*sys.version_info[:2])


def starts(python):
    """Whether that interpreter runs, with a pip, and is one that is supported."""
    if not python.is_file():
        return False
    question = f"import pip, sys; sys.exit(not {OLDEST} <= sys.version_info[:2] <= {NEWEST})"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    try:
        return subprocess.call([str(python), "-c", question], **quiet) == 0
    except OSError:
        return False


def install(folder, task):
    """Install what the task needs, unless the same was installed from the same pyproject.toml."""
    if any(is_installed(folder, each) for each in (task, "test")):
        return "up to date"
    print("      what is missing is fetched, about a minute or two", flush=True)
    # Groups of dependencies need pip 25.1.
    pip = [str(python_of(folder)), "-m", "pip", "--disable-pip-version-check", "install"]
    for what in (["-U", "pip>=25.1"], INSTALLS[task]):
        if subprocess.call([*pip, *what], cwd=str(ROOT)) != 0:
            raise StepError(
                "installation: `pip install {}` failed, its last lines above say why; "
                "it needs the network once: run this again when it is reached".format(
                    " ".join(what)
                )
            )
    # Written last: an installation that was cut off is begun again.
    mark_of(folder, task).write_text(wanted_of(task), encoding="utf-8")
    return "done"


def is_installed(folder, task):
    """Whether the last installation for this task ended well and nothing has changed since."""
    mark = mark_of(folder, task)
    return mark.is_file() and mark.read_text(encoding="utf-8") == wanted_of(task)


def mark_of(folder, task):
    return folder / f"installed-{task}.txt"


def wanted_of(task):
    """What an installation depends on: the project's declarations, where it stands, the task."""
    declared = (ROOT / "pyproject.toml").read_bytes()
    parts = [hashlib.sha256(declared).hexdigest(), str(ROOT), *INSTALLS[task]]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
