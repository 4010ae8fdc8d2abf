"""Every place of the program that opens, makes, moves or removes a file, found in its text."""

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

# Calls that change what is on disk, whatever they are called on.
WRITERS = {
    "write_atomically", "write_text", "write_bytes", "write_table", "write_feather", "to_parquet",
    "to_csv", "to_json", "to_pickle", "tofile", "save", "savez", "savez_compressed", "savetxt",
    "memmap", "open_memmap", "mkdir", "makedirs", "touch", "unlink", "rmdir", "rmtree", "truncate",
    "symlink_to", "hardlink_to", "mkstemp", "mkdtemp", "NamedTemporaryFile", "TemporaryFile",
    "TemporaryDirectory", "ZipFile", "OSFile", "OutputStream", "FileHandler",
}  # fmt: skip
# Words that lists and arrays have too.
OF_MODULES = {
    "os": {"remove", "rename", "renames", "replace", "link", "symlink", "open"},
    "shutil": {"copy", "copy2", "copyfile", "copytree", "move"},
    "json": {"dump"}, "pickle": {"dump"}, "yaml": {"dump"}, "tarfile": {"open"},
}  # fmt: skip
READING = {"r", "rb", "rt"}


def writing_places(sources: dict[str, str]) -> dict[str, list[str]]:
    """What each function writes with, by `stem.function`. sources: text by the name of its file."""
    found: dict[str, list[str]] = {}
    for name, text in sources.items():
        for function, call in _calls(ast.parse(text), "module"):
            found.setdefault(f"{PurePosixPath(name).stem}.{function}", []).append(call)
    return found


def _calls(node: ast.AST, function: str) -> Iterator[tuple[str, str]]:
    for child in ast.iter_child_nodes(node):
        inner = child.name if isinstance(child, ast.FunctionDef) else function
        if isinstance(child, ast.Call) and (call := _writer(child)):
            yield function, call
        yield from _calls(child, inner)


def _writer(call: ast.Call) -> str:
    """What a call writes with, or nothing."""
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    last = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    module = owner.id if isinstance(owner, ast.Name) else ""
    if last in WRITERS or last in OF_MODULES.get(module, ()):
        return last
    if last == "rename" or (last == "replace" and _is_of_paths(call)):
        return last
    if last in ("open", "fdopen") and _mode(call, is_method=owner is not None) not in READING:
        return f"open {_mode(call, is_method=owner is not None)}"
    return ""


def _is_of_paths(call: ast.Call) -> bool:
    """`path.replace(target)`; that of a text has two arguments, that of a record names them."""
    one = len(call.args) == 1 and not isinstance(call.args[0], ast.Starred) and not call.keywords
    return isinstance(call.func, ast.Attribute) and one


def _mode(call: ast.Call, is_method: bool) -> str:
    """The mode as text, `r` where there is none, `?` where it is computed."""
    place = 0 if is_method else 1
    named = [each.value for each in call.keywords if each.arg == "mode"]
    given = [*call.args[place : place + 1], *named]
    if not given:
        return "r"
    return str(given[0].value) if isinstance(given[0], ast.Constant) else "?"
