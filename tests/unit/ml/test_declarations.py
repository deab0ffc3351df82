"""What .gitblob.yaml declares, and what it says where it does not say something valid."""

import pytest

from gitblob.errors import SettingsError
from gitblob.ml import declarations
from gitblob.ml.reference import Reference

WHOLE = b"""\
version: 1
params: [config/params.yaml, "config/train.toml:optimizer", config/args.json]
metrics: [config/performance.json, metrics.jsonl]
data:
  processed: {paths: [data/processed/], config: "config/data.yaml:pipeline", seed: "config/data.yaml:sampling.seed"}
  raw:
    paths: data/raw
    seed: 7
models:
  image:  {paths: [models/image/], config: "config/model.yaml:image", version: v2.1, needs: {data/processed: "*"}}
  fusion:
    paths: [models/fusion/, models/head.pt]
    config: [config/model.yaml, "config/train.toml:optimizer"]
    version: 0.10
    needs:
      image: ">=2.1,<3"
"""


def test_all_of_it():
    found = declarations.parse(WHOLE, ".gitblob.yaml")
    assert [str(one) for one in found.params] == [
        "config/params.yaml",
        "config/train.toml:optimizer",
        "config/args.json",
    ]
    assert [one.path for one in found.metrics] == ["config/performance.json", "metrics.jsonl"]
    assert list(found.data) == ["processed", "raw"]
    assert found.data["processed"].paths == ("data/processed",)
    assert found.data["processed"].seed == Reference("config/data.yaml", ("sampling", "seed"))
    assert found.data["raw"] == declarations.Data("raw", ("data/raw",), (), 7, 7)
    assert found.models["image"].needs == {"data/processed": "*"}
    assert found.models["image"].version == "v2.1"
    fusion = found.models["fusion"]
    assert fusion.paths == ("models/fusion", "models/head.pt")
    assert fusion.version == "0.10"
    assert [str(one) for one in fusion.config] == ["config/model.yaml", "config/train.toml:optimizer"]
    assert found.where("models", "fusion", "needs", "image") == ".gitblob.yaml:16"
    assert found.where("models", "image", "version") == ".gitblob.yaml:10"
    assert found.where_named("models/head.pt") == ".gitblob.yaml:12"
    assert found.where_named(Reference("config/data.yaml", ("pipeline",))) == ".gitblob.yaml:5"


def test_nothing_is_declared():
    for data in (b"", b"version: 1\n", b"params:\ndata:\nmodels: {}\n"):
        assert declarations.parse(data, "x")[:4] == ((), (), {}, {})


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("datas: {}", "x:1: unknown key 'datas'", "did you mean 'data'?"),
        ("data:\n  a: {path: [b]}", "x:2: unknown key 'path'", "did you mean 'paths'?"),
        ("models:\n  a: {paths: [b], versoin: v1}", "x:2: unknown key 'versoin'", "did you mean 'version'?"),
        ("data:\n  a: {config: b}", "x:2: here belongs `paths:`", None),
        ("data:\n  a: {paths: []}", "x:2: a list of at least one", None),
        ("data:\n  a: [b]", "x:2: here belongs a mapping", None),
        ("data:\n  a/b: {paths: [c]}", "x:2: 'a/b' is no name", None),
        ("data:\n  a: {paths: [b,\n  ../c]}", "x:3: '../c' is outside", None),
        ("data:\n  a:\n    paths:\n    - b\n    - /c", "x:5: '/c' is outside the repository", None),
        ("data:\n  a: {paths: b}\n  a: {paths: c}", "x:3: 'a' stands here twice", None),
        ("data:\n  a: {paths: &x b, config: *x}", "x:2: anchors and aliases", None),
        ("data: !!python/object:os.system {}", "x:1: tags", None),
        ("data:\n  a: {paths: b, seed: c d.yaml}", None, None),
        ("data:\n  a: {paths: b, seed: 'c:'}", "x:2: 'c:': after the colon", None),
        ("params:\n- a\n- b:\n    c", "x:3: here belongs one plain value", None),
        ("models:\n  a: {paths: m}\n  b: {paths: m/b}", "x:3: m/b belongs to two components, a and b", None),
        ("models:\n  a: {paths: m/b}\n  b: {paths: m}", "x:2: m/b belongs to two components, b and a", None),
        ("models:\n  a: {paths: m}\n  b: {paths: m}", "m belongs to two components", None),
        ("models:\n  a: {paths: m}\n  b: {paths: m-b}", None, None),
        ("data: {a: {paths: b}", "not YAML", None),
        ("<<<<<<< HEAD\ndata: {}\n=======\n>>>>>>> x", "x:", None),
    ],
)
def test_bad_input(text, said, hint):
    if said is None:
        declarations.parse(text.encode(), "x")
        return
    with pytest.raises(SettingsError) as caught:
        declarations.parse(text.encode(), "x")
    assert said in caught.value.message
    if hint:
        assert caught.value.hint == hint


def test_aliases_that_blow_up_and_nesting():
    bomb = "a: &a [x]\n" + "".join(f"b{n}: &b{n} [*a, *a]\n" for n in range(30))
    for text in (bomb, "data: " + "{a: " * 1000):
        with pytest.raises(SettingsError):
            declarations.parse(text.encode(), "x")
