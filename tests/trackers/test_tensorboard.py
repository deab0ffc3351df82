"""gitblob.trackers.tensorboard, with real writers: the event file is read back as TensorBoard reads it."""

import json
import sys

import pytest
from support import joint, pytorch

import gitblob
from gitblob.errors import UsageError

WRITE = """
import json, os, sys, warnings
sys.path += json.loads(os.environ["ALSO"])  # what the environment with PyTorch does not have: TensorBoard
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from {module} import SummaryWriter
import gitblob

class Own(SummaryWriter):
    pass

for name, kind in (("plain", SummaryWriter), ("own", Own)):
    writer = kind("../logs/" + name)
    writer.add_scalar("loss", 1.0, 0)
    gitblob.trackers.tensorboard(writer, params=name == "own")
    writer.add_scalar("loss", 0.5, 1)
    writer.close()
"""
READ = """
import json
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import plugin_data_pb2

found = {}
for name in ("plain", "own"):
    log = EventAccumulator("../logs/" + name)
    log.Reload()
    text = log.Tensors("gitblob/text_summary")[0].tensor_proto.string_val[0].decode()
    data = log.SummaryMetadata("_hparams_/session_start_info").plugin_data.content
    start = plugin_data_pb2.HParamsPluginData.FromString(data).session_start_info
    values = {key: getattr(value, value.WhichOneof("kind")) for key, value in start.hparams.items()}
    found[name] = [text, values, [event.value for event in log.Scalars("loss")]]
print(json.dumps(found))
"""


@pytest.mark.parametrize("module", ["tensorboardX", "torch.utils.tensorboard"])
def test_the_event_file(repo, module):
    python = sys.executable if module == "tensorboardX" else pytorch.folder() / "python"
    joint.begin(repo)
    repo.write("../write.py", WRITE.format(module=module))
    repo.write("../read.py", READ)
    repo.sandbox.run(python, "../write.py", cwd=repo.path, env={"ALSO": json.dumps(sys.path)}, timeout=300)
    found = json.loads(repo.sandbox.run(sys.executable, "../read.py", cwd=repo.path).stdout)
    taken = gitblob.snapshot(repo.path)
    assert found["plain"][1] == taken.flat()
    assert found["own"][1] == {**taken.flat(), **taken.params}
    for text, values, losses in found.values():
        assert text.startswith("| | |\n|--|--|\n| `gitblob.commit` | ")
        assert text.count("\n") == len(values) + 1
        assert f"| `gitblob.data.processed` | `{taken.data['processed']}` |" in text
        assert losses == [1.0, 0.5]
    for name in ("plain", "own"):
        assert len(list((repo.path / "../logs" / name).iterdir())) == 1, (
            "a second file would end the reading of the first"
        )


class Recording:
    """What Lightning and others offer in place of a writer: only the methods."""

    def __init__(self):
        self.texts = []

    def add_text(self, tag, text, step):
        self.texts.append((tag, text, step))


def test_a_writer_of_another_kind_gets_the_text():
    writer = Recording()
    gitblob.trackers.tensorboard(writer, snapshot=gitblob.Snapshot("0" * 40, "a|b"))
    ((tag, text, step),) = writer.texts
    assert (tag, step) == ("gitblob", 0)
    assert "| `gitblob.branch` | `a\\|b` |" in text


def test_what_is_no_writer():
    with pytest.raises(UsageError, match=r"object is no SummaryWriter"):
        gitblob.trackers.tensorboard(object(), snapshot=gitblob.Snapshot(None, None))
