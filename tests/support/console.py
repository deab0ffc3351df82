"""The console blocks of a page, run in order in one shell."""

import re
import subprocess
from pathlib import Path
from typing import NamedTuple

README = Path(__file__).parents[2] / "README.md"
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = "--- end of output ---"


class Step(NamedTuple):
    """A command, and the output that the page shows."""

    command: str
    shown: str


def sections(page: Path = README) -> dict[str, list[Step]]:
    """The steps below each heading of second level, where there are any."""
    _, *parts = re.split(r"^## ", page.read_text("utf-8"), flags=re.MULTILINE)
    found = {
        part.partition("\n")[0]: [step for block in BLOCK.findall(part) for step in _steps(block)] for part in parts
    }
    return {heading: steps for heading, steps in found.items() if steps}


def outputs(steps: list[Step], sandbox, env=None, timeout=120) -> list[str]:
    """What each command prints, on either stream; they share the shell's state, as a person's do."""
    script = "".join(f"{step.command}\necho '{MARK}'\n" for step in steps)
    result = subprocess.run(
        ["bash", "-e", "-c", script], cwd=sandbox.root, env={**sandbox.env, **(env or {})}, text=True, check=False,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout,
    )  # fmt: skip
    printed = result.stdout.split(f"{MARK}\n")
    assert result.returncode == 0, f"$ {steps[len(printed) - 1].command}\n{printed[-1]}"
    places = {str(sandbox.home): "/home/you", str(sandbox.root): "/home/you/work"}
    for place, shown in places.items():
        printed = [output.replace(place, shown) for output in printed]
    return printed[:-1]


def _steps(block: str) -> list[Step]:
    parts = re.split(r"^\$ ", block, flags=re.MULTILINE)
    assert parts[0] == ""
    return [Step(command, shown) for command, _, shown in (part.partition("\n") for part in parts[1:])]
