"""`gitblob help trackers`: its scripts run with the real packages, and its commands take what the logs show."""

import importlib.util
import json
import re
import sys

from support import joint

from gitblob.cli import topics

PAGE = topics.page("trackers")
BLOCKS = re.findall(r"(?:^    .*\n|^\n(?=    ))+", PAGE, re.MULTILINE)


def test_the_scripts_and_back(repo):
    joint.begin(repo)
    scripts = [re.sub("^    ", "", block, flags=re.MULTILINE) for block in BLOCKS if "import gitblob" in block]
    scripts = [
        script for script in scripts if "mlflow" not in script and "wandb" not in script
    ]  # their tests run these
    assert len(scripts) == 2
    script = "".join(scripts) + "import json\nprint(json.dumps(run.snapshot.flat()))\n"
    if not importlib.util.find_spec("torch"):
        script = script.replace("torch.utils.tensorboard", "tensorboardX")
    repo.write("../train.py", script)
    done = repo.sandbox.run(sys.executable, "../train.py", cwd=repo.path, timeout=300)
    logged = json.loads(done.stdout.splitlines()[-1])
    assert {re.sub(r"\.(processed|image|text)$", ".NAME", key) for key in logged} | {"gitblob.store"} == {
        *re.findall(r"^    (gitblob\.(?!trackers)[a-zA-Z.]+)", PAGE, re.MULTILINE)
    }
    commit = repo.commit("run", "experiment.yaml", "metrics.jsonl", ".gitattributes")

    commands = re.findall(r"^    (gitblob (?:version|experiment) .*)", PAGE, re.MULTILINE)
    assert len(commands) == 4
    for command in commands:
        for mark in ("", "+dirty"):
            if mark and " show " in command:
                continue
            words = command.replace("processed@0123456789ab", logged["gitblob.data.processed"] + mark)
            words = words.replace("image@v2.1", logged["gitblob.model.image"] + mark)
            words = words.replace("20261121T164500Z-3fa2c1", logged["gitblob.run"])
            shown = repo.sandbox.run(*words.split(), cwd=repo.path).stdout
            assert commit[:7] in shown, f"{words}\n{shown}"
