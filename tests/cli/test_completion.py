"""The completion script, sourced by a real bash."""

import shutil
import subprocess

import pytest

COMPLETE = """
complete() {{ builtin complete "$@" 2>/dev/null; }}
source {script}
COMP_WORDS=({words})
COMP_CWORD={at}
{function} 2>/dev/null
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.fixture
def script(sandbox):
    path = sandbox.root / "completion.bash"
    path.write_text(sandbox.run("gitblob", "completion", "bash").stdout)
    return path


def completions(sandbox, script, words: "list[str]", function="_shtab_gitblob") -> "set[str]":
    quoted = " ".join(f"'{word}'" for word in words)
    code = COMPLETE.format(script=script, words=quoted, at=len(words) - 1, function=function)
    return set(sandbox.run("bash", "-c", code).stdout.split())


@pytest.mark.parametrize(("shell", "start"), [("bash", "#"), ("zsh", "#compdef gitblob"), ("fish", "#")])
def test_a_script_for_each_shell(sandbox, shell, start):
    script = sandbox.run("gitblob", "completion", shell).stdout
    assert script.startswith(start)
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=script, text=True, check=True, capture_output=True)


def test_commands_are_completed(sandbox, script):
    assert completions(sandbox, script, ["gitblob", "st"]) == {"status", "store"}
    assert "filter-process" not in completions(sandbox, script, ["gitblob", ""])


def test_options_are_completed(sandbox, script):
    assert completions(sandbox, script, ["gitblob", "doctor", "--"]) == {"--json", "--help"}


def test_topics_and_commands_are_completed_for_help(sandbox, script):
    assert completions(sandbox, script, ["gitblob", "help", "exit"]) == {"exit-codes"}
    assert completions(sandbox, script, ["gitblob", "help", "doc"]) == {"doctor"}


def test_git_blob_is_completed_too(sandbox, script):
    assert completions(sandbox, script, ["git", "blob", "doctor", "--j"], "_git_blob") == {"--json"}


def test_bash_completes_it_when_asked(sandbox, script):
    code = f"source {script}; complete -p gitblob; complete -p git-blob"
    assert sandbox.run("bash", "-c", code).stdout.count("-F _shtab_gitblob") == 2
