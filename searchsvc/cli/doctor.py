"""``searchsvc doctor``: what is wrong with machine, settings and data folder, and what to do."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict

import click

from searchsvc.cli.common import counted
from searchsvc.doctor import Finding, Level, examine
from searchsvc.shown import shown_text


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(as_json: bool) -> None:
    """Look for what operators get wrong; change nothing. The exit code is 1 if anything fails."""
    findings = []
    for finding in examine():
        findings.append(finding)
        if not as_json:
            click.echo(_line(finding))
    counts = Counter(finding.level for finding in findings)
    if as_json:
        told = {"findings": [asdict(one) for one in findings], **{level.value: counts[level] for level in Level}}
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        click.echo(f"{counts[Level.FAIL]:,} failed, {counted(counts[Level.WARN], 'warning')}")
    if counts[Level.FAIL]:
        raise click.exceptions.Exit(1)


def _line(finding: Finding) -> str:
    advice = f"; {finding.advice}" if finding.advice else ""
    return shown_text(f"{finding.level.value:<5}{finding.part:<15}{finding.text}{advice}")
