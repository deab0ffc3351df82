"""`gitblob doctor`: examine the set-up and this repository."""

from __future__ import annotations

import argparse
import os
import sys

from gitblob.cli import text
from gitblob.cli.console import Console
from gitblob.ops import doctor

WIDTH = len(doctor.PROBLEM)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--json."""
    parser.add_argument("--json", action="store_true", help="findings as one JSON document")


def run(args: argparse.Namespace, console: Console) -> int:
    """Print findings; 1 when one of them is a problem."""
    findings = []
    for finding in doctor.examine(os.path.abspath(sys.argv[0])):
        findings.append(finding)
        if not args.json:
            _print(finding, console)
    if args.json:
        console.json({"findings": [finding._asdict() for finding in findings]})
    return int(any(finding.level == doctor.PROBLEM for finding in findings))


def _print(finding: doctor.Finding, console: Console) -> None:
    console.result(" " * (WIDTH - len(finding.level)) + text.one_line(finding.text), mark=finding.level)
    if finding.remedy:
        console.result(" " * (WIDTH + 1) + f"remedy: {text.one_line(finding.remedy)}")
