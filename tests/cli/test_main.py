"""The frame of the command line: help, version, unknown words, errors, a reader that goes away."""

import os
import signal
import subprocess
import time

from inline_snapshot import snapshot

from gitblob import __version__
from gitblob.cli import verbs


def test_the_version(sandbox):
    assert sandbox.run("gitblob", "--version").stdout == f"gitblob {__version__}\n"
    assert sandbox.run("git", "blob", "--version").stdout == f"gitblob {__version__}\n"


def test_the_overview_lists_every_command_but_plumbing(sandbox):
    shown = sandbox.run("gitblob", "-h")
    assert shown.stderr == ""
    listed = {line.split()[0] for line in shown.stdout.splitlines() if line.startswith("   ")}
    assert listed == set(verbs.COMMANDS) - set(verbs.GROUPS[verbs.PLUMBING])
    assert sandbox.run("gitblob", "--help").stdout == shown.stdout
    assert sandbox.run("gitblob", ok=2).stdout == shown.stdout


def test_an_unknown_command(sandbox):
    done = sandbox.run("gitblob", "stauts", ok=2)
    assert done.stdout == ""
    assert done.stderr == snapshot("""\
gitblob: error: there is no command 'stauts'
  hint: did you mean `gitblob status`?
""")


def test_nothing_like_a_command(sandbox):
    assert sandbox.run("gitblob", "--xyzzy", ok=2).stderr == snapshot("""\
gitblob: error: there is no option '--xyzzy'
  hint: `gitblob help` lists the commands
""")


def test_a_command_line_that_does_not_fit(sandbox):
    done = sandbox.run("gitblob", "doctor", "--jsn", ok=2)
    assert done.stdout == ""
    assert done.stderr == snapshot("""\
gitblob: error: unrecognized arguments: --jsn
  hint: `gitblob doctor -h` shows the arguments
""")


def test_a_path_in_an_error_cannot_steer_the_terminal(sandbox):
    assert "\x1b" not in sandbox.run("gitblob", "a\x1b[2Jb", ok=2).stderr


def test_a_reader_that_goes_away_is_no_error(sandbox):
    script = "gitblob help filter | head -1; echo ${PIPESTATUS[0]}"
    done = sandbox.run("bash", "-c", script)
    assert done.stderr == ""
    assert done.stdout.splitlines()[0].startswith("# filter: ")
    assert done.stdout.splitlines()[1] in {"0", "141"}  # head may read all before it closes


def test_a_reader_that_is_gone_already(sandbox):
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            ["gitblob", "help", "filter"], stdout=write, stderr=subprocess.PIPE, env=sandbox.env, check=False
        )
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (141, b"")


def test_output_that_does_not_fit_on_the_disk(sandbox):
    done = sandbox.run("bash", "-c", "gitblob help filter >/dev/full", ok=1)
    assert done.stderr.startswith("gitblob: error: no space left on device\n")
    assert "Exception ignored" not in done.stderr


def test_closed_streams(sandbox):
    assert sandbox.run("bash", "-c", "gitblob --version >&-").stderr == ""
    assert sandbox.run("bash", "-c", "gitblob nothing 2>&-", ok=2).stdout == ""


def test_an_interrupt(sandbox):
    program = "import time\nfrom gitblob.cli import main\nmain._dispatch = lambda _: time.sleep(60)\nraise SystemExit(main.main([]))"
    python = (sandbox.home / "bin" / "gitblob").read_text().split()[0][2:]  # without -S
    process = subprocess.Popen(
        [python, "-c", f"print('up', flush=True)\n{program}"],
        env=sandbox.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.readline()
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (130, b"gitblob: interrupted\n")
