"""params diff and metrics diff beside DVC's, in one repository and one run.

    python tests/bench/values.py FOLDER --dvc FOLDER/bin/dvc [--commits N] [--repeat N]

FOLDER: where the repository is made. gitblob is the one on the path. Each figure is the shortest of all runs: wall
seconds, processor seconds, and how many times the latter DVC takes, which holds on a busy machine, too.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from measure import Runner

LAYERS = 60  # of three params each
DECLARED = "params: [params.yaml]\nmetrics: [metrics.json]\n"


def history(commits: int) -> Iterator[str]:
    """A stream for git fast-import: every commit has other params and metrics."""
    layers = "".join(f"  layer{n}: {{size: {8 * n}, act: relu, drop: 0.1}}\n" for n in range(LAYERS))
    for n in range(commits):
        message = f"run {n}"
        yield f"commit refs/heads/main\ncommitter bench <bench@example.invalid> {1_600_000_000 + n} +0000\n"
        yield f"data {len(message)}\n{message}\n"
        if n == 0:
            yield _file(".gitblob.yaml", DECLARED) + _file("dvc.yaml", DECLARED)
        yield _file("params.yaml", f"lr: {n / 1000}\nseed: {n}\noptim: {{name: adam, beta: 0.9}}\nmodel:\n{layers}")
        yield _file("metrics.json", json.dumps({"acc": 1 - 1 / (n + 2), "loss": 1 / (n + 1), "eval": {"f1": 0.5}}))


def _file(path: str, content: str) -> str:
    return f"M 100644 inline {path}\ndata {len(content)}\n{content}\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--dvc", required=True)
    parser.add_argument("--commits", type=int, default=10_000)
    parser.add_argument("--repeat", type=int, default=5)
    args = parser.parse_args()
    shutil.rmtree(args.folder, ignore_errors=True)
    repo, run = args.folder / "repo", Runner(args.folder / "home", args.folder / "log" / "values", 0)
    stream = args.folder / "history"
    stream.write_text("".join(history(args.commits)))
    run("git", "init", "-q", repo)
    run("sh", "-c", f"git fast-import --quiet <'{stream}' && git reset -q --hard", cwd=repo)
    run(args.dvc, "init", "-q", cwd=repo)
    run(args.dvc, "config", "core.analytics", "false", cwd=repo)

    best: dict[tuple[str, str], dict[str, float]] = {}
    for _ in range(args.repeat):
        for what in ("params diff HEAD~1 HEAD", "metrics diff HEAD~1 HEAD", "params diff HEAD", "metrics diff HEAD"):
            for peer, program in (("dvc", args.dvc), ("gitblob", "gitblob")):
                step = run.step(lambda words: run(*words, cwd=repo), [program, *what.split()])
                took = {"wall": step["wall"], "cpu": step["user"] + step["sys"]}
                before = best.setdefault((what, peer), took)
                best[what, peer] = {key: min(value, before[key]) for key, value in took.items()}
    for (what, peer), took in best.items():
        ratio = best[what, "dvc"]["cpu"] / took["cpu"]
        print(f"{what:25} {peer:8} {took['wall']:6.2f} s {took['cpu']:6.2f} s {ratio:5.1f}")


if __name__ == "__main__":
    main()
