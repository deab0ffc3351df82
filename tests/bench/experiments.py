"""`gitblob experiment list` over many runs, cold and warm; beside it `dvc exp show` on the same history.

    python tests/bench/experiments.py [RUNS] [DVC]      10,000 runs; DVC: path of a dvc program, if there is one

By hand. A quarter of the runs lie on side branches that are merged. DVC is asked for fewer commits where it is slow:
its time is given for each commit.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from gitblob.ml.experiments import document
from gitblob.ml.experiments.document import Code, Component, Experiment

DVC_COMMITS = 50


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    dvc = sys.argv[2] if len(sys.argv) > 2 else None
    with tempfile.TemporaryDirectory(prefix="gitblob-bench-") as folder:
        home = Path(folder) / "home"
        home.mkdir()
        env = {**os.environ, "HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1"}
        top = Path(folder) / "repo"
        subprocess.run(["git", "init", "-q", "-b", "main", top], check=True, env=env)
        subprocess.run(["git", "fast-import", "--quiet"], input=stream(runs), cwd=top, check=True, env=env)
        subprocess.run(["git", "checkout", "-q", "-f", "main"], cwd=top, check=True, env=env)
        print(f"{runs} runs")
        gitblob = [sys.executable, "-m", "gitblob", "experiment", "list"]
        for label, words in (
            ("cold", []),
            ("warm", []),
            ("warm, --sort -acc -n 10", ["--sort", "-acc", "-n", "10"]),
            ("warm, --filter", ["--filter", "acc>0.99", "--filter", "params.train.lr<0.01"]),
            ("warm, --json", ["--json"]),
        ):
            report(label, [*gitblob, *words], top, env)
        extend(top, runs, env)
        report("one commit later", gitblob, top, env)
        if dvc:
            subprocess.run([dvc, "init", "-q"], cwd=top, check=True, env=env)
            commits = min(DVC_COMMITS, runs)
            took = report(
                f"dvc exp show, {commits} commits", [dvc, "exp", "show", "-n", str(commits), "--json"], top, env
            )
            print(f"    {took / commits * 1000:.0f} ms for each commit; {took / commits * runs:.0f} s for {runs}")


def report(label, command, top, env):
    begin, before = time.perf_counter(), os.times()
    subprocess.run(command, cwd=top, env=env, check=True, stdout=subprocess.DEVNULL)
    took = time.perf_counter() - begin
    after = os.times()
    busy = after.children_user + after.children_system - before.children_user - before.children_system
    print(f"{label:<32} {took:6.2f} s, {busy:6.2f} s of processor", flush=True)
    return took


def record(n):
    lr, acc = 10 ** -(1 + n % 7 / 2), 1 - 1 / (n + 2)
    return document.encode(
        Experiment(
            run=f"20260101T000000Z-{n:06x}",
            recorded=f"2026-01-01T{n // 3600 % 24:02}:{n // 60 % 60:02}:{n % 60:02}+00:00",
            message=f"run {n}",
            data_version={"processed": f"{n // 100:064x}"},
            model_version={"image": Component("v2.1", f"sha256:{n:064x}"), "text": Component("v1.3", f"sha256:{n // 10:064x}")},
            seed={"processed": n % 10},
            training_config={"params.yaml": {"train": {"lr": lr, "epochs": n % 9, "name": "adam", "steps": [1, 2]}, "size": 10}},
            metrics={"metrics.json": {"acc": acc, "loss": 1 - acc}},
            code=Code(f"{n:040x}", {"train.py": f"sha256:{n:064x}"}),
            environment={"python": "3.11.7", "platform": "Linux", "packages": {f"package{i}": f"{i}.0.1" for i in range(15)}},
            command=["python", "train.py", "--lr", str(lr)],
        )
    )  # fmt: skip


def stream(runs):
    """A history for git fast-import, with params and metrics as DVC reads them, too."""
    parts = []

    def commit(branch, n, files, parents=()):
        message = f"run {n}".encode()
        parts.append(b"commit refs/heads/%s\nmark :%d\ncommitter A <a@example.invalid> %d +0000\ndata %d\n%s\n" % (branch, n + 1, 1_700_000_000 + n, len(message), message))  # fmt: skip
        parts.extend(
            b"%s :%d\n" % (word, parent + 1) for word, parent in zip((b"from", b"merge"), parents, strict=False)
        )
        for name, data in files.items():
            parts.append(b"M 100644 inline %s\ndata %d\n%s\n" % (name.encode(), len(data), data))

    main_tip = None
    n = 0
    while n < runs:
        files = {
            "experiment.yaml": record(n),
            "params.yaml": f"train: {{lr: {10 ** -(1 + n % 7 / 2)}, epochs: {n % 9}}}\nsize: 10\n".encode(),
            "metrics.json": json.dumps({"acc": 1 - 1 / (n + 2)}).encode(),
        }
        if n == 0:
            files |= {".gitblob.yaml": b"params: [params.yaml]\nmetrics: [metrics.json]\n"}
            files |= {"dvc.yaml": b"params: [params.yaml]\nmetrics: [metrics.json]\n"}
        if n % 4 == 3:
            commit(b"side%d" % (n % 8), n, files, [main_tip])
            side = n
            n += 1
            if n < runs:
                commit(b"main", n, {"experiment.yaml": record(n)}, [main_tip, side])
        else:
            commit(b"main", n, files, [] if main_tip is None else [main_tip])
        main_tip = n
        n += 1
    return b"".join(parts)


def extend(top, n, env):
    (top / "experiment.yaml").write_bytes(record(n))
    author = ["-c", "user.name=A", "-c", "user.email=a@example.invalid"]
    subprocess.run(
        ["git", *author, "commit", "-q", "--no-verify", "-a", "-m", "one more"], cwd=top, check=True, env=env
    )


if __name__ == "__main__":
    main()
