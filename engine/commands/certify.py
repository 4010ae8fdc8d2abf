"""`barsieve certify`: the proof of one market and configuration, as a file anybody can check."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from engine.commands.one_line import Proof, conclude
from engine.commands.request import Request, market_options

if TYPE_CHECKING:
    from engine.bars.series import Bars
    from engine.replay.settings import Settings
    from engine.review.certificate.certificate import Asked

PATH = click.Path(path_type=Path)
NOT_CERTIFIABLE = 3  # as an inconclusive verdict
NOT_AS_CERTIFIED = 1


@click.command(cls=Proof)
@market_options
@click.option("--output", type=PATH, default=Path("results/certificate.json"), show_default=True,
              help="Where the certificate goes.")  # fmt: skip
@click.option("--check", type=PATH, help="Certificate to compute again and compare instead.")
@click.option("--box", "boxes", multiple=True, metavar="KEY=LOW:HIGH",
              help="Certify a whole interval; repeatable.")  # fmt: skip
@click.option("--windows", default="0", show_default=True,
              help="Bars on each side of a candidate, one focused replay each, as in 0,6,48,all.",
              )  # fmt: skip
@click.option("--audit", "audited", type=click.IntRange(min=1_000), default=1_000,
              show_default=True, help="Skipped bars to evaluate in full.")  # fmt: skip
@click.pass_context
def certify(
    ctx: click.Context,
    output: Path,
    check: Path | None,
    boxes: tuple[str, ...],
    windows: str,
    audited: int,
) -> None:
    """Write a certificate that skipping bars changes nothing: bytes compared, skipped bars audited.

    Exit code 0 certified, 1 refuted (or, with --check, not as certified), 3 inconclusive. Under the
    policy sentinel nothing is certified: its recall is reported, exit code 3.
    """
    from engine.prescreen.box import parse_box
    from engine.review.certificate.certificate import Asked
    from engine.review.parity.check import window_bars

    request: Request = ctx.obj
    if check is not None:
        _refuse_beside_check(ctx)
        _check(request, check)
    for width in windows.split(","):
        window_bars(width)  # refused here rather than after the audit
    settings = request.settings()
    box = parse_box(boxes, settings)
    asked = Asked(box=box, windows=tuple(windows.split(",")), audited=audited)
    _certify(request, output, asked)


def _certify(request: Request, output: Path, asked: "Asked") -> NoReturn:
    from engine.files import refuse_unwritable
    from engine.review.certificate.audit import audit_lines
    from engine.review.certificate.certificate import (
        EXIT_CODES,
        audit_of,
        certificate,
        certificate_lines,
        parity_of,
        sieve,
    )
    from engine.review.certificate.recheck import write_certificate
    from engine.review.parity.check import parity_lines

    refuse_unwritable(output)
    settings, bars = request.load()
    if settings.batch_mode.policy == "sentinel":
        _report_recall(request, settings, bars)
    request.progress("screening")
    found = sieve(settings, bars, request.dates, asked)
    request.progress("auditing skipped bars")
    audited = audit_of(found)
    parity = parity_of(found, request.arguments(), request.progress)
    written = certificate(found, audited, parity)
    write_certificate(output, written)
    request.say_all([*certificate_lines(written), *audit_lines(audited), *parity_lines(parity)[1:]])
    request.say(f"Wrote {output}")
    request.say(f"Next: {request.command('certify', '--check', str(output))}")
    verdict = f"Certificate: {written.verdict} ({written.reason})"
    conclude(request, verdict, written.model_dump(mode="json"), EXIT_CODES[written.verdict])


def _check(request: Request, path: Path) -> NoReturn:
    """The range is the certificate's, unless the command line names one."""
    from engine.errors import CertificateError
    from engine.review.certificate.certificate import EXIT_CODES
    from engine.review.certificate.recheck import read_certificate, recheck

    stored = read_certificate(path)
    settings, bars = request.load()
    if settings.batch_mode.policy == "sentinel":
        raise CertificateError(
            f"--check {path}: batch_mode.policy sentinel is lossy, no certificate speaks of it; "
            "check with the configuration that was certified"
        )
    market = stored.market
    ranged = replace(request, start=request.start or market.start, end=request.end or market.end)
    difference = recheck(stored, settings, bars, ranged.dates, ranged.arguments(), request.progress)
    if difference is not None:
        request.say(difference.line())
        found = {"holds": False, "difference": difference.as_dict()}
        conclude(request, f"{path}: does not hold", found, NOT_AS_CERTIFIED)
    verdict = f"{path}: computed again, the same in every part; verdict {stored.verdict}"
    same = {"holds": True, "verdict": stored.verdict, "reason": stored.reason}
    conclude(request, verdict, same, EXIT_CODES[stored.verdict])


def _report_recall(request: Request, settings: "Settings", bars: "Bars") -> NoReturn:
    from engine.experiment import run_experiment
    from engine.review.certificate.interval import recall_answer, recall_lines

    found = run_experiment(settings, bars, *request.dates, "focused").recall
    assert found is not None  # every focused run of this policy measures it
    *lines, verdict = recall_lines(found)
    request.say_all(lines)
    answer = {"certified": False, "policy": "sentinel", **recall_answer(found)}
    conclude(request, verdict, answer, NOT_CERTIFIABLE)


def _refuse_beside_check(ctx: click.Context) -> None:
    from engine.errors import CertificateError

    for name, option in (("boxes", "--box"), ("windows", "--windows"), ("audited", "--audit"),
                         ("output", "--output")):  # fmt: skip
        if ctx.get_parameter_source(name) == click.core.ParameterSource.COMMANDLINE:
            raise CertificateError(f"--check goes without {option}: the certificate says it")
