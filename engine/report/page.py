"""A page from its parts: one file, the drawing library inside, nothing loaded from outside."""

from collections.abc import Sequence
from html import escape
from importlib.util import find_spec
from pathlib import Path

from engine.errors import MissingExtraError

PARTS = Path(__file__).parent / "page"
# The browser itself refuses whatever would be loaded from elsewhere.
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:"
)


def part(name: str) -> str:
    """A file of the page, as it stands in the package."""
    return (PARTS / name).read_text(encoding="utf-8")


def refuse_without_plotly() -> None:
    """Raise MissingExtraError where the drawing library is not installed."""
    library_path()


def library_path() -> Path:
    """plotly.js as the Python package plotly brings it, licence notice and all.

    Found without importing plotly, which takes longer than the whole report.
    """
    spec = find_spec("plotly")
    for folder in (spec.submodule_search_locations or []) if spec is not None else []:
        path = Path(folder) / "package_data" / "plotly.min.js"
        if path.is_file():
            return path
    raise MissingExtraError(
        "report needs plotly, which is not installed; "
        "install it with: pip install 'barsieve[report]'"
    )


def filled(template: str, values: dict[str, str]) -> str:
    """The template with each `{{name}}` replaced, once over: what goes in is never looked at."""
    pieces = template.split("{{")
    whole = [pieces[0]]
    for piece in pieces[1:]:
        name, _, rest = piece.partition("}}")
        whole += [values[name], rest]
    return "".join(whole)


def assembled(
    title: str, subtitle: str, body: str, early: str, late: str, scripts: Sequence[str]
) -> str:
    """The whole page. early: data that the first drawing reads; late: what can wait for it.
    scripts: names of its own parts, in order.
    """
    library = library_path().read_text(encoding="utf-8")
    values = {
        "title": escape(title),
        "subtitle": escape(subtitle),
        "policy": escape(POLICY),
        "style": part("page.css"),
        "body": body,
        "early": early,
        "library": library.replace("</script", "<\\/script"),
        "scripts": "\n".join(part(name) for name in scripts),
        "late": late,
    }
    return filled(part("shell.html"), values)
