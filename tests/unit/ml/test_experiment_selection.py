"""Names of values, conditions, order: what `gitblob experiment list` takes."""

import pytest

from gitblob.errors import UsageError
from gitblob.ml.experiments import cells, condition, selection
from gitblob.ml.experiments.document import Component, Experiment
from gitblob.ml.experiments.history import Run
from gitblob.ml.experiments.listing import Listed

NAN = float("nan")


def run(number, metrics, params=None, **fields):
    experiment = Experiment(
        f"20260101T00000{number}Z-00000{number}",
        f"2026-01-0{number}T00:00:00+00:00",
        metrics={"m.json": metrics},
        training_config={"p.yaml": params or {}},
        **fields,
    )
    one = Run(str(number) * 40, "A", f"2026-01-0{number}T00:00:00+00:00", "s", "b")
    return Listed(one, cells.of_run(one, (), cells.of_experiment(experiment)))


RUNS = [
    run(1, {"acc": 0.9, "loss": NAN}, {"train": {"lr": 0.1, "opt": "adam", "amp": True}}),
    run(2, {"acc": 0.5, "loss": 0.3}, {"train": {"lr": 1, "opt": "sgd", "amp": False}}),
    run(3, {"loss": 0.1}, {"train": {"lr": 0.1, "opt": "adam", "amp": False}}, status="failed", error="exit code 1"),
]


def chosen(*conditions, runs=RUNS, **words):
    tests = [condition.parse(text) for text in conditions]
    return [row.cells["run"][-1] for row in selection.rows(runs, tests, **words)]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("metrics.acc>0.5", "1"), ("metrics.acc >= 0.5", "12"), ("acc<0.9", "2"), ("acc<=0.9", "12"),
        ("acc=0.9", "1"), ("acc==.9", "1"), ("acc!=0.9", "2"), ("loss<1", "23"), ("lr=1.0", "2"),
        ("params.train.opt=adam", "13"), ("opt~AD", "13"), ("opt!=adam", "2"), ("amp=true", "1"), ("amp=1", ""),
        ("status=failed", "3"), ("status!=failed", "12"), ("date>=2026-01-02", "23"), ("error~code", "3"),
        ("opt>b", "2"), ("run=20260101T000001Z-000001", "1"), ("metrics.m.json:acc=0.9", "1"), ("lr='1'", ""),
        ("loss=nan", "1"), ("loss<inf", "23"), ("loss!=NaN", "23"), ("opt='~'", ""), ("error=", ""),
    ],
)  # fmt: skip
def test_a_condition_picks_runs(text, numbers):
    assert "".join(chosen(text)) == numbers


@pytest.mark.parametrize("text", ["v2.1", "image@v2.1", "image@v2.1+dirty", "v2.1+dirty"])
def test_a_version_is_named_as_in_a_log_or_alone(text):
    runs = [run(n, {}, model_version={"image": Component(f"v2.{n}", f"sha256:{n:064x}")}) for n in (1, 2)]
    assert chosen(f"model.image={text}", runs=runs) == ["1"]
    assert chosen(f"model.image!={text}", runs=runs) == ["2"]


def test_all_conditions_have_to_hold():
    assert chosen("loss<1", "status=finished") == ["2"]


def test_a_hint_of_thousands_of_names_is_none():
    many = run(1, {f"loss{n}": n for n in range(1000)})
    with pytest.raises(UsageError, match="no run has 'xyz'") as raised:
        chosen("xyz>1", runs=[many])
    assert raised.value.hint == "`gitblob experiment show` lists the values of a run"


@pytest.mark.parametrize(
    "text",
    [
        "acc",
        "",
        ">1",
        "__import__('os')",
        "acc\n>1\n2 3 >",
        "acc=>0.4",
        "acc>>1",
        "acc=~1",
        "acc===1",
        "acc>",
        "acc>0,5",
        "acc>high",
    ],
)
def test_what_is_no_condition_is_refused(text):
    with pytest.raises(UsageError):
        chosen(text)


def test_an_unknown_key_is_refused_with_the_nearest():
    with pytest.raises(UsageError) as error:
        chosen("metrics.ac>1")
    assert error.value.hint == "did you mean 'metrics.acc'?"


@pytest.mark.parametrize(
    ("key", "numbers"),
    [("acc", "213"), ("-acc", "123"), ("loss", "321"), ("-loss", "231"), ("opt", "132"), ("-date", "321")],
)
def test_order_has_runs_without_the_value_and_nan_last(key, numbers):
    assert "".join(row.cells["run"][-1] for row in selection.ordered(selection.rows(RUNS), key)) == numbers


def test_versions_are_taken_as_a_log_shows_them():
    id_, print_ = "0123456789ab" + "0" * 52, "sha256:" + "f" * 64
    made = run(4, {}, data_version={"processed": id_}, model_version={"image": Component("v2.1", print_)})
    runs = [*RUNS, made]
    for word in ("processed@0123456789ab", "processed@0123456789ab+dirty", "0123", f"processed@{id_}"):
        assert chosen(runs=runs, data=word) == ["4"]
    for word in ("image@v2.1", "image@2.1", "image@v2.1+dirty", "image@ffffffffffff", f"image@{print_}", "v2.1"):
        assert chosen(runs=runs, component=word) == ["4"]
    assert chosen(runs=runs, data="other@0123456789ab") == chosen(runs=runs, component="image@v2.2") == []
    with pytest.raises(UsageError):
        chosen(runs=runs, data="processed@xyz")


def test_a_key_of_two_files_is_called_by_its_file():
    found = cells.values(
        "metrics", {"a.json": {"acc": 1, "x": 2}, "b.json:top": {"acc": 3}, "c.json": {"acc": 4}, "id.txt": "r7"}
    )
    assert found == {
        "metrics.a.json:acc": 1,
        "metrics.x": 2,
        "metrics.top.acc": 3,
        "metrics.c.json:acc": 4,
        "metrics.id.txt": "r7",
    }


def test_only_what_varies_is_shown_of_several_runs():
    rows = [row.cells for row in selection.rows(RUNS)]
    assert cells.varying(rows) == [
        "metrics.acc",
        "metrics.loss",
        "params.train.lr",
        "params.train.opt",
        "params.train.amp",
    ]
    assert cells.varying([rows[0], rows[2]]) == ["metrics.acc", "metrics.loss", "params.train.amp"]
    assert len(cells.varying(rows[:1])) == 5
