"""`experiment.yaml`: what is written is read back by every reader alike; what people do to it is told by the line."""

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from gitblob.errors import MlError
from gitblob.ml import readers
from gitblob.ml.experiments import document, emit, quick
from gitblob.ml.experiments.document import Code, Component, Experiment

EXAMPLE = Experiment(
    run="20261121T164500Z-3fa2c1",
    recorded="2026-11-21T16:45:00+00:00",
    message="first: try",
    data_version={"processed": "a1" * 32},
    model_version={"image": Component("v2.1", f"sha256:{'b' * 64}"), "text": Component(None, f"sha256:{'c' * 64}")},
    seed={"processed": 7},
    training_config={"config/params.yaml": {"lr": 1e-05, "betas": [0.9, 0.999], "name": "no"}, "c.toml:a": {}},
    metrics={"metrics.json": {"acc": 0.5, "loss": float("inf")}, "run_id.txt": "12e5"},
    code=Code("d" * 40, {"train.py": f"sha256:{'e' * 64}", "a b": "removed"}, 3),
    environment={"python": "3.11.7", "packages": {"torch": "2.5.1"}},
    command=["python", "train.py", "--epochs", "3"],
)
TEXT = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    [
        "no",
        "1e5",
        "0x1",
        "~",
        "",
        "- a",
        "#",
        "{}",
        "a: b",
        "null",
        ".",
        "..",
        "2026-01-01",
        "1_0",
        "\x7f\x85\u2028\ufeff",
        "<<",
        "=",
    ]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXT
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=12
)


def lines(**changes):
    """The example as text, with changes to single lines: `key="new value"`, None to drop the line."""
    text = document.encode(EXAMPLE).decode()
    for key, value in changes.items():
        text = "".join(
            line
            if line.split(":")[0].strip() != key
            else f"{line[: line.index(key)]}{key}: {value}\n"
            if value is not None
            else ""
            for line in text.splitlines(keepends=True)
        )
    return text.encode()


def test_a_record_is_read_back_as_it_was():
    assert document.decode(document.encode(EXAMPLE)) == EXAMPLE


def test_every_value_has_a_line_of_its_own_and_yaml_1_1_reads_it_alike():
    text = document.encode(EXAMPLE).decode()
    assert "    lr: 1.0e-05\n" in text
    assert '    name: "no"\n' in text
    assert yaml.safe_load(text) == quick.read(text) == readers.read(text.encode(), "x.yaml")


def by_the_strict_reader(text):
    """Params cannot be `a.b: 1` and `a: {b: 1}` at once, in a record that would do no harm."""
    try:
        return readers.read(text.encode(), "x.yaml")
    except MlError as error:
        assume("with a dot in its name" not in error.message)
        raise


@given(st.dictionaries(TEXT, VALUES, max_size=5))
def test_whatever_is_written_both_readers_read_it_as_it_was(values):
    text = emit.document(values)
    slow = by_the_strict_reader(text)
    assert repr(slow) == repr(values)
    assert repr(quick.read(text)) in (repr(None), repr(slow))


@given(
    st.dictionaries(TEXT, VALUES, min_size=1, max_size=3),
    st.integers(0, 200),
    st.sampled_from(list('"\\:#-{}[], \n\t&*!|>%@`x1.')),
)
def test_the_quick_reader_leaves_to_the_other_what_it_could_take_for_something_else(values, at, character):
    text = emit.document(values)
    text = f"{text[:at]}{character}{text[at:]}"
    found = quick.read(text)
    if found is not None:
        assert repr(by_the_strict_reader(text)) == repr(found)


def test_the_quick_reader_reads_an_ordinary_record():
    plain = EXAMPLE._replace(metrics={"m.json": {"acc": 0.5, "loss": float("nan")}})
    assert quick.read(document.encode(plain).decode()) is not None


@pytest.mark.parametrize(
    ("changes", "message", "hint"),
    [
        ({"format": 2}, "experiment.yaml:2: this version of gitblob knows `format: 1` only", "upgrade gitblob"),
        ({"status": "fine"}, "experiment.yaml:6: `finished` or `failed` belongs here, not 'fine'", None),
        ({"run": None}, "experiment.yaml:1: here belongs `run:`", "`gitblob experiment record` writes the whole file"),
        ({"run": "12"}, "experiment.yaml:3: run: text belongs here, not 12", "quote it"),
        ({"run": "../../x"}, "experiment.yaml:3: an id such as 20261121T164500Z-3fa2c1 belongs here, not '../../x'", None),
        ({"processed": "abc"}, "experiment.yaml:8: data_version.processed: 64 hex digits belong here, not 'abc'", None),
        ({"commit": "abc"}, "experiment.yaml:29: code.commit: the whole name of a commit belongs here, not 'abc'", None),
        ({"command": "python"}, "experiment.yaml:38: command: a list of words belongs here", None),
        ({"status": "!!str finished"}, "experiment.yaml:6: tags (!) are not used here", None),
        ({"message": "&a x"}, "experiment.yaml:5: anchors and aliases (& and *) are not used here", "write the value out"),
        ({"message": "a\nmetric: {}"}, "experiment.yaml:6: unknown key 'metric'", "did you mean 'metrics'?"),
        ({"message": "a\nstatus: failed"}, "experiment.yaml:7: 'status' stands here twice", None),
        ({"version": "2.1"}, "experiment.yaml:10: model_version.image.version: text belongs here, not 2.1", "quote it"),
    ],
)  # fmt: skip
def test_a_hand_edited_record_is_told_by_its_line(changes, message, hint):
    with pytest.raises(MlError) as error:
        document.decode(lines(**changes))
    assert error.value.message.startswith(message)
    assert error.value.hint == hint


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "experiment.yaml:1: here belongs `format:`"),
        (b"- 1\n", "experiment.yaml:1: `name: value` lines belong here"),
        (b"target.yaml", "experiment.yaml:1: `name: value` lines belong here"),
        (b"\xff\xfe", "experiment.yaml:1: no text in UTF-8"),
        (b"x" * (document.MAX_BYTES + 1), f"experiment.yaml has {document.MAX_BYTES + 1} bytes"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"a" * 64 + b"\nsize 1\n", "experiment.yaml is a pointer"),
        (b"<<<<<<< ours\nformat: 1\n=======\nformat: 1\n>>>>>>> theirs\n", "experiment.yaml:1: a merge has left its conflict here"),
    ],
)  # fmt: skip
def test_what_is_no_record_at_all_is_told(data, message):
    with pytest.raises(MlError) as error:
        document.decode(data)
    assert error.value.message.startswith(message)


def test_what_could_not_be_read_again_is_not_written():
    deep = {}
    for _ in range(80):
        deep = {"a": deep}
    deep_lists = []
    for _ in range(80):
        deep_lists = [deep_lists]
    for params in ({"a": "x" * document.MAX_BYTES}, {"k" * 600: 1}, {"a": deep_lists}, deep):
        with pytest.raises(MlError):
            document.encode(EXAMPLE._replace(training_config={"params.yaml": params}))


def test_a_path_that_is_no_utf_8_is_written_so_that_it_can_be_read():
    one = EXAMPLE._replace(code=Code("d" * 40, {emit.text("a\udcff"): "removed"}), command=["python", "a\udcff"])
    found = document.decode(document.encode(one))
    assert list(found.code.changed) == ["a\\udcff"]
    assert found.command == ["python", "a\\udcff"]
