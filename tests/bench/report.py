"""Tables (Markdown) from bench.py's JSON lines: python report.py RESULTS..."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import Any

STEPS = {
    "W1": ["add", "commit", "push", "clone", "checkout", "status_after"],
    "W2": [
        "add",
        "commit",
        "push",
        "clone",
        "checkout",
        "status_after",
        "status",
        "add_noop",
        "status_touched",
        "switch",
    ],
    "W4": ["add", "commit", "checkout", "status_after"],
}
REFERENCES = {  # name: whose time, of which step, and the steps that it is a measure for
    "cp": ("cp", "cp", {"add", "push", "clone", "checkout"}),
    "drain": ("drain", "add", {"add"}),
    "drain+hash": ("drain+hash", "add", {"add"}),
}
OWN_MIB = 40  # a child's ru_maxrss starts at the harness's own size, so smaller figures are sampled ones
MB = 1e6

Records = dict[tuple[str, str, str], list[dict[str, Any]]]


def append(out: Path, record: dict[str, Any]) -> None:
    """Keep one record, and show it."""
    with out.open("a") as file:
        file.write(json.dumps(record) + "\n")
    shown = {key: round(value, 4) if isinstance(value, float) else value for key, value in record.items()}
    print(json.dumps(shown), flush=True)


def seconds(found: Records, peer: str, workload: str, step: str) -> float | None:
    """The median of all runs; None when there is none, or one failed."""
    records = found[peer, workload, step]
    failed = any("failed" in record for record in records)
    return median(record["wall"] for record in records) if records and not failed else None


def table(head: list[str], rows: list[list[str]]) -> None:
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


def times(found: Records, workload: str, peers: list[str]) -> None:
    """A row for each step: all peers side by side, then gitblob's time divided by each peer's and each reference's."""
    others = [peer for peer in peers if peer != "gitblob"]
    references = {name: seconds(found, peer, workload, step) for name, (peer, step, _) in REFERENCES.items()}
    rows = []
    for step in STEPS[workload]:
        ours = seconds(found, "gitblob", workload, step)
        bases = [seconds(found, peer, workload, step) for peer in others]
        bases += [base if step in REFERENCES[name][2] else None for name, base in references.items()]
        ratios = [f"{ours / base:.2f}" if ours and base else "" for base in bases]
        rows.append([step, *[_cell(found[peer, workload, step]) for peer in peers], *ratios])
    print(f"### {workload}: seconds, median (min-max), and gitblob's as a multiple\n")
    table(["step", *peers, *[f"/ {name}" for name in [*others, *references]]], rows)
    print("References: " + ", ".join(f"{name} {value:.3g} s" for name, value in references.items() if value) + "\n")


def _cell(records: list[dict[str, Any]]) -> str:
    if any("failed" in record for record in records):
        return "failed"
    walls = [record["wall"] for record in records]
    return f"{median(walls):.3g} ({min(walls):.3g}-{max(walls):.3g})" if walls else "-"


def largest(record: dict[str, Any]) -> float:
    """The largest single process of a step, MiB."""
    peak: float = record["max_process_mib"]
    return peak if peak > OWN_MIB else max(record.get("by_process", {}).values(), default=0)


def memory(found: Records, workload: str, peers: list[str]) -> None:
    """Largest single process, and the sum of all at one moment (git and the filter)."""
    rows = []
    for step in STEPS[workload]:
        row = [step]
        for peer in peers:
            records = [record for record in found[peer, workload, step] if "wall" in record]
            together = max((record.get("sum_rss_mib", 0) for record in records), default=0)
            row.append(f"{max(map(largest, records)):.0f} / {together:.0f}" if records else "-")
        rows.append(row)
    print(f"### {workload}: peak MiB, largest process / all processes of the step together\n")
    table(["step", *peers], rows)


def disk(found: Records, workload: str, peers: list[str]) -> None:
    rows = []
    for peer in peers:
        for record in found[peer, workload, "disk"][:1]:
            clone = found[peer, workload, "disk_clone"][:1]
            cells = [f"{record[key] / MB:.0f}" for key in ("repo", "remote", "both")]
            rows.append([peer, *cells, f"{clone[0]['bytes'] / MB:.0f}" if clone else "-"])
    print(f"### {workload}: MB on disk at the end, each inode once\n")
    table(["peer", "repository and cache", "remote", "both", "clone"], rows)


def main() -> None:
    found: Records = defaultdict(list)
    for path in sys.argv[1:]:
        for line in Path(path).read_text().splitlines():
            record = json.loads(line)
            found[record["peer"], record["workload"], record["step"]].append(record)
    about = found["", "about", "about"]
    if about:
        print(
            ", ".join(f"{key} {value}" for key, value in about[-1].items() if key not in {"peer", "workload", "step"}),
            "\n",
        )
    starts = [(peer, records[-1]) for (peer, workload, _), records in found.items() if workload == "handshake"]
    print("### Start of the filter process to its answer, ms\n")
    table(["program", "min", "median"], [[p, f"{r['min_ms']:.1f}", f"{r['median_ms']:.1f}"] for p, r in starts])
    for workload in STEPS:
        peers = list(dict.fromkeys(peer for peer, name, step in found if name == workload and step == "checkout"))
        if peers:
            times(found, workload, peers)
            if workload != "W4":
                memory(found, workload, peers)
                disk(found, workload, peers)
    for (peer, workload, step), records in list(found.items()):
        for record in records:
            if "failed" in record:
                print(f"- {peer} {workload} {step} failed: {record['failed']}")


if __name__ == "__main__":
    main()
