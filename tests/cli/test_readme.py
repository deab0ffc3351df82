"""The README's console blocks, run in order in one shell; what they print must be what the README shows."""

import re
import subprocess
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = "--- end of output ---"


def test_console_blocks(installed):
    steps = [step for block in BLOCK.findall(README.read_text("utf-8")) for step in _steps(block)]
    assert len(steps) > 20

    outputs = _run([command for command, _ in steps], installed)

    for (command, shown), printed in zip(steps, outputs, strict=True):
        assert printed.replace(str(installed.home), "/home/you") == shown, f"$ {command}"


def _steps(block: str) -> list[tuple[str, str]]:
    """Pairs (command, output shown) of one block."""
    parts = re.split(r"^\$ ", block, flags=re.MULTILINE)
    assert parts[0] == ""
    return [(command, shown) for command, _, shown in (part.partition("\n") for part in parts[1:])]


def _run(commands: list[str], sandbox) -> list[str]:
    """What each command prints, on either stream; they share the shell's state, as a person's do."""
    script = "".join(f"{command}\necho '{MARK}'\n" for command in commands)
    result = subprocess.run(
        ["bash", "-e", "-c", script], cwd=sandbox.root, env=sandbox.env, text=True, check=False,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120,
    )  # fmt: skip
    outputs = result.stdout.split(f"{MARK}\n")
    assert result.returncode == 0, f"$ {commands[len(outputs) - 1]}\n{outputs[-1]}"
    return outputs[:-1]
