"""Every format to the same plain values; what is wrong with file and line."""

import math
import sys
import time

import pytest

from gitblob.errors import MlError
from gitblob.ml import readers
from gitblob.ml.readers import python_constants, value

HUGE = b"1" * 5000
HINT = ".yaml, .json, .toml, .jsonl, .csv, .tsv and .py are known; in other files belongs one line of text"

YAML = {
    "1": 1, "-1": -1, "+1": 1, "010": 10, "0o17": 15, "0x1F": 31, "1_000": "1_000", "0b1": "0b1", "1:30": "1:30",
    "1e-3": 1e-3, "1E3": 1000.0, "1.": 1.0, ".5": 0.5, "-.5e2": -50.0, "6.02e+23": 6.02e23, "1e": "1e", ".": ".",
    ".inf": math.inf, "-.INF": -math.inf, "inf": "inf", "nan": "nan",
    "no": "no", "yes": "yes", "on": "on", "y": "y", "true": True, "True": True, "tRUE": "tRUE", "FALSE": False,
    "null": None, "~": None, "": None, "None": "None", "2020-01-01": "2020-01-01", "12:00:01": "12:00:01",
    "'1'": "1", '"1e3"': "1e3", '"\\u00e9"': "é", "a b": "a b", "[1, [2]]": [1, [2]], "{a: 1}": {"a": 1}, "=": "=",
}  # fmt: skip


def test_yaml_by_the_core_schema_of_1_2():
    for word, meant in YAML.items():
        found = readers.read(f"key: {word}\n".encode(), "a.yaml")["key"]
        assert (word, found, type(found)) == (word, meant, type(meant))


VALUES = [
    ("a.yaml", b"", {}),
    ("a.yaml", b"# only words\n", {}),
    ("a.yaml", b"--- # one\na: 1\n...\n", {"a": 1}),
    ("a.yaml", b"---\n", {}),
    ("a.YML", b"\xef\xbb\xbfa: 1\r\nb:\r\n  - x\r\n", {"a": 1, "b": ["x"]}),
    ("a.yaml", b"- 1\n- {a: [1, {b: c}]}\n", [1, {"a": [1, {"b": "c"}]}]),
    ("a.yaml", b"1: x\ntrue: y\n~: z\n1.5: u\n", {"1": "x", "true": "y", "~": "z", "1.5": "u"}),
    ("a.yaml", b"a: |\n  one\n  two\nb: >-\n  one\n  two\n", {"a": "one\ntwo\n", "b": "one two"}),
    ("a.yaml", b"? a\n: 1\n", {"a": 1}),
    ("a.yaml", b"just words\n", "just words"),
    ("a.json", b'\xef\xbb\xbf{"a": [1, 2.5, null, true, "x"]}', {"a": [1, 2.5, None, True, "x"]}),
    ("a.json", b'{"a": NaN, "b": -Infinity}', {"a": math.nan, "b": -math.inf}),
    ("a.json", b"0.5", 0.5),
    ("a.json", b"{}", {}),
    ("a.json", b"9007199254740993", 9007199254740993),
    ("a.toml", b"", {}),
    ("a.toml", b"a = 1\n[b.c]\nd = [1, {e = 'x'}]\n", {"a": 1, "b": {"c": {"d": [1, {"e": "x"}]}}}),
    ("a.toml", b"a = 2020-01-01\nb = 2020-01-01 10:00:00Z\nc = 10:00:00\n[[d]]\ne = 1e-3\n",
     {"a": "2020-01-01", "b": "2020-01-01T10:00:00+00:00", "c": "10:00:00", "d": [{"e": 0.001}]}),
    ("a.toml", b'a = """\n' + b"x . " * 99 + b'"""\nb = "' + b"x." * 99 + b'" # ' + b"x." * 99,
     {"a": "x . " * 99, "b": "x." * 99}),
    ("a.toml", b"a = inf\nb = [nan]\n", {"a": math.inf, "b": [math.nan]}),
    ("a.jsonl", b"", {}),
    ("a.jsonl", b'{"step": 1, "loss": 0.5}\r\n\r\n{"step": 2, "val": {"loss": 1}}\n',
     {"step": 2, "loss": 0.5, "val": {"loss": 1}}),
    ("a.ndjson", b'{"a": 1}', {"a": 1}),
    ("a.csv", b"", {}),
    ("a.csv", b"step,loss\n", {}),
    ("a.csv", b"\xef\xbb\xbfstep,loss,name\r\n1,0.5,a\r\n2,,\"b, c\"\r\n", {"step": 2, "loss": 0.5, "name": "b, c"}),
    ("a.csv", b",a,\n0,1e-3,x\n", {"column 1": 0, "a": 0.001, "column 3": "x"}),
    ("a.csv", b"a,b,c,d,e,f,g\n007,-0,True,nan,-inf,1.,01.5\n",
     {"a": "007", "b": 0, "c": True, "d": math.nan, "e": -math.inf, "f": 1.0, "g": "01.5"}),
    ("a.csv", 'a\n"x\u2028y"\n'.encode(), {"a": "x\u2028y"}),
    ("a.csv", b'a,b\n"two\nlines",1\n', {"a": "two\nlines", "b": 1}),
    ("a.csv", b"a\n" + HUGE, {"a": HUGE.decode()}),
    ("a.tsv", b"a\tb\n1\t2\n", {"a": 1, "b": 2}),
    ("a.py", b"", {}),
    ("a.py", b"LR = 1e-3\nN: int = -5\nOK = True\nA = B = 'x'\nNAMES = ('a', ['b', None])\nD = {'k': {1: +2.5}}\n",
     {"LR": 1e-3, "N": -5, "OK": True, "A": "x", "B": "x", "NAMES": ["a", ["b", None]], "D": {"k": {"1": 2.5}}}),
    ("a.py", b"import os\nos.abort()\nA = os.abort()\nB = 2 * 3\nC = {1, 2}\nD = b'x'\nE = f'{A}'\nF = 1j\nG: int\nH = 1\n",
     {"H": 1}),
    ("a.py", b"class Train:\n    lr = 0.1\n    class Deep:\n        x = 1\n    def f(self):\n        y = 2\nclass Empty:\n    pass\n",
     {"Train": {"lr": 0.1, "Deep": {"x": 1}}}),
    ("a.py", b"A = 1\nA = f()\nB = 1\nB += 1\nC = 1\nC = 2\nD = 1\nif D:\n    D = 5\nx[0] = 1\ny.z = 1\na, b = 1, 2\n",
     {"C": 2, "D": 1}),
    ("a.py", b"A = {**B}\nC = {None: 1}\nD = {True: 1}\nE = -'x'\nF = -True\nG = '\\d'\n", {"G": "\\d"}),
    ("run_id", b"3f2c\n", "3f2c"),
    ("run.id", b"\xef\xbb\xbfa b\r\n", "a b"),
    ("0123e4", b"0123e4567", "0123e4567"),
    (".csv", b"dot file", "dot file"),
    ("v1:config/a.yaml", b"a: 1", {"a": 1}),
    ("dir.yaml/id", b"x: 1", "x: 1"),
]  # fmt: skip


def test_values():
    for path, data, meant in VALUES:
        assert (path, data[:200], repr(readers.read(data, path))) == (path, data[:200], repr(meant))


WRONG = [
    ("a.yaml", b"a: 1\nb: &x 1\n", "a.yaml:2: anchors and aliases (& and *) are not used here", "write the value out"),
    ("a.yaml", b"a: [&a [x], *a]\n", "a.yaml:1: anchors and aliases (& and *) are not used here", "write the value out"),
    ("a.yaml", b"a: 1\nb: !!python/object/apply:os.abort []\n", "a.yaml:2: tags (!) are not used here", None),
    ("a.yaml", b"a: !!str 1\n", "a.yaml:1: tags (!) are not used here", None),
    ("a.yaml", b"a: 1\nb: 2\na: 3\n", "a.yaml:3: 'a' stands here twice", None),
    ("a.yaml", b"1: x\n'1': y\n", "a.yaml:2: '1' stands here twice", None),
    ("a.yaml", b"a: {b: 1,\n b: 2}\n", "a.yaml:2: 'b' stands here twice", None),
    ("a.yaml", b"? [1, 2]\n: 3\n", "a.yaml:1: a key is one plain value", None),
    ("a.yaml", b"a: 1\n---\nb: 1\n", "a.yaml:2: a second document begins here; one belongs in a file", None),
    ("a.yaml", b"a:\n\t- 1\n", "a.yaml:2: not YAML: {}", None),
    ("a.yaml", b"a: [1\nb: 2\n", "a.yaml:2: not YAML: {}", None),
    ("a.yaml", b"a: 1\nb: \x01\n", "a.yaml:2: not YAML: {}", None),
    ("a.yaml", b"a: " + HUGE, "a.yaml:1: a whole number of more than 4,300 digits", None),
    ("a.yaml", b"a: 0x" + HUGE, "a.yaml: a whole number of 19997 bits; 14000 are the limit", None),
    ("a.yaml", b"[" * 100_000, "a.yaml:1: nested deeper than 64 levels", None),
    ("a.yaml", b"- " * 100_000, "a.yaml:1: nested deeper than 64 levels", None),
    ("a.yaml", b"a.b: 1\na: {b: 2}\n", "a.yaml: 'a.b' stands here twice: with a dot in its name, and as a key in a key",
     None),
    ("a.json", b"", "a.json:1: the file is empty", "an empty object is {}"),
    ("a.json", b'{\n"a": 1,}', "a.json:2: not JSON: {}", None),
    ("a.json", b'{"a": [{"b": 1}, {"b": 2}],\n"c": ":",\n"a": 3}', "a.json:3: 'a' stands here twice", None),
    ("a.json", b'{"a": {\n"\\u0062": 1, "b": 2}}', "a.json:2: 'b' stands here twice", None),
    ("a.json", b"[" * 100_000, "a.json: nested deeper than 64 levels", None),
    ("a.json", b"[" * 65 + b"]" * 65, "a.json: nested deeper than 64 levels", None),
    ("a.json", HUGE, "a.json: a whole number of more than 4,300 digits", None),
    ("a.json", b'{"\\ud800": 1}', "a.json: '\\ud800' has half a character (a lone surrogate)", None),
    ("a.json", b'["\\ud800"]', "a.json: '\\ud800' has half a character (a lone surrogate)", None),
    ("a.json", b"{'a': 1}", "a.json:1: not JSON: {}", None),
    ("a.toml", b"a = 1\na = 2\n", "a.toml:2: not TOML: {}", None),
    ("a.toml", b"a = 1\nb = [1\n", "a.toml:3: not TOML: Unclosed array", None),
    ("a.toml", b"a = " + b"[" * 100_000, "a.toml: nested deeper than 64 levels", None),
    ("a.toml", b"a" + b".a" * 1_000_000 + b" = 1", "a.toml:1: nested deeper than 64 levels", None),
    ("a.toml", b"b = 1\n'a'" + b" . 'a'" * 1_000_000 + b" = 1", "a.toml:2: nested deeper than 64 levels", None),
    ("a.toml", b"b = 1\n" + b'"a b".' * 100_000 + b"a = 1", "a.toml:2: nested deeper than 64 levels", None),
    ("a.toml", b"[a . 'b c'" + b' . "\\" \\u0041"' * 100_000 + b"]", "a.toml:1: nested deeper than 64 levels", None),
    ("a.toml", b'a = [\n"""\n""", {' + b'"a b".' * 100_000 + b'a = 1} ] # "', "a.toml:3: nested deeper than 64 levels", None),
    ("a.toml", b'a = """' + b'\\"""' * 100_000 + b"." * 65, "a.toml:1: not TOML: {}", None),
    ("a.toml", b'a = "' + b'\\"' * 100_000 + b"." * 65, "a.toml:1: not TOML: {}", None),
    ("a.json", b"[" + b"1," * 1_000_000 + b"1]", "a.json: more than 1000000 values", None),
    ("a.csv", b",".join(b"c%d" % n for n in range(50_000)) + b",c0\n", "a.csv:1: 'c0' stands here twice", None),
    ("a.toml", b"a = " + HUGE, "a.toml: a whole number of more than 4,300 digits", None),
    ("a.toml", b"a = 0x" + HUGE, "a.toml: a whole number of 19997 bits; 14000 are the limit", None),
    ("a.jsonl", b'{"a": 1}\n\n{"a": }\n', "a.jsonl:3: not JSON: Expecting value", None),
    ("a.jsonl", b'{"a": 1}\n[1]\n', 'a.jsonl:2: here belongs an object: {"name": value}', None),
    ("a.jsonl", b'{"a": 1}\n{"b": 1, "b": 2}\n', "a.jsonl:2: 'b' stands here twice", None),
    ("a.jsonl", b'{"a": 1}\n{"a": 2', "a.jsonl:2: not JSON: Expecting ',' delimiter", None),
    ("a.csv", b"a,b\n1,2\n3\n", "a.csv:3: 1 cells; the header has 2", None),
    ("a.csv", b"a,b\n1,2,3\n", "a.csv:2: 3 cells; the header has 2", None),
    ("a.csv", b"a,b,a\n", "a.csv:1: 'a' stands here twice", None),
    ("a.csv", b'a\n"x', "a.csv:2: no row of cells: unexpected end of data", None),
    ("a.csv", b"a\n" + b"x" * 200_000, "a.csv:2: no row of cells: field larger than field limit (131072)", None),
    ("a.py", b"A = 1\nB = = 2\n", "a.py:2: not Python: invalid syntax", None),
    ("a.py", b"a = " + b"[" * 100_000, "a.py:1: not Python: too many nested parentheses", None),
    ("a.py", b"a = " + b"-" * 100_000 + b"1", "a.py: nested deeper than 64 levels", None),
    ("a.py", b"a = 1\n" * 200_000, "a.py: 1200000 characters of Python; 1048576 are the limit", None),
    ("id", b"", "id:1: the file is empty", "one line of text belongs here"),
    ("id", b"a\nb\n", "id:2: one line of text belongs here", HINT),
    ("id", b"a\0b\n", "id:1: one line of text belongs here", HINT),
    ("model.bin", b"one\n\x93NUMPY\xff\n", "model.bin:2: no text in UTF-8 (byte 0x93)", HINT),
    ("a.yaml", "a: é".encode("latin-1"), "a.yaml:1: no text in UTF-8 (byte 0xe9)", HINT),
    ("a.json", "{}".encode("utf-16"), "a.json:1: no text in UTF-8 (byte 0xff)", HINT),
    ("a.yaml", b" " * (readers.MAX_BYTES + 1), "a.yaml: 16777217 bytes", "files of values are read up to 16777216 bytes"),
]  # fmt: skip


def test_what_is_wrong():
    for path, data, message, hint in WRONG:
        begin = time.monotonic()
        with pytest.raises(MlError) as caught:
            readers.read(data, path)
        assert time.monotonic() - begin < 5, message
        if message.endswith("{}"):  # the words are Python's own, and change
            assert caught.value.message.startswith(message[:-2])
        else:
            assert caught.value.message == message
        assert (message, caught.value.hint) == (message, hint)
        assert "\n" not in caught.value.message


CONFLICT = b"a: 0\n<<<<<<< HEAD\na: 1\n||||||| base\na: 2\n=======\na: 3\n>>>>>>> branch\n"


@pytest.mark.parametrize("name", ["a.yaml", "a.json", "a.toml", "a.jsonl", "a.csv", "a.py", "id"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_conflict_that_a_merge_has_left(name, end):
    with pytest.raises(MlError, match=f"{name}:2: a merge has left its conflict here"):
        readers.read(CONFLICT.replace(b"\n", end), name)


def test_what_only_looks_like_a_conflict():
    assert readers.read(b"a: '<<<<<<< x'\n", "a.yaml") == {"a": "<<<<<<< x"}
    many = b"a: |\n" + b"<<<<<<< x\n" * 100_000
    begin = time.monotonic()
    with pytest.raises(MlError, match="not YAML"):
        readers.read(many, "a.yaml")
    assert time.monotonic() - begin < 5


def test_billion_laughs_stay_one():
    laughs = b"a: &a [lol, lol]\n" + b"".join(b"%c: &%c [*%c, *%c]\n" % (n, n, n - 1, n - 1) for n in range(98, 122))
    with pytest.raises(MlError, match=r"a\.yaml:1: anchors and aliases"):
        readers.read(laughs, "a.yaml")


def test_a_file_is_as_deep_as_the_limit_and_no_deeper():
    deep = b"[" * value.MAX_DEPTH + b"]" * value.MAX_DEPTH
    for name in ("a.json", "a.yaml"):
        assert readers.flat(readers.read(deep, name)) == {".".join("0" * (value.MAX_DEPTH - 1)): []}
        with pytest.raises(MlError, match="nested deeper"):
            readers.read(b"[" + deep + b"]", name)


def test_python_is_never_run(tmp_path):
    mark = tmp_path / "ran"
    readers.read(f"import pathlib\nA = pathlib.Path({str(mark)!r}).touch()\nB = 1\n".encode(), "a.py")
    assert not mark.exists()
    assert len(b"a = 1\n" * 200_000) > python_constants.MAX_BYTES


def test_series():
    assert readers.series(b'{"a": 1}\n{"b": 2}\n', "a.jsonl") == [{"a": 1}, {"b": 2}]
    assert readers.series(b"a,b\n1,\n2,x\n", "a.csv") == [{"a": 1}, {"a": 2, "b": "x"}]
    with pytest.raises(MlError, match=r"a\.json: no series of rows") as caught:
        readers.series(b"{}", "a.json")
    assert caught.value.hint == "a series lies in a file whose name ends in .jsonl, .ndjson, .csv, .tsv"


VALUE = {"lr": 0.1, "model": {"layers": [{"size": 8}, {"size": 16}], "train.loss": 1}, "none": None}


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("lr", 0.1),
        ("model.layers.1.size", 16),
        ("model.layers.0", {"size": 8}),
        ("model.train.loss", 1),
        ("none", None),
    ],
)
def test_pick(key, meant):
    assert readers.pick(VALUE, key.split("."), "a.yaml") == meant


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("lrr", "did you mean 'lr'?"),
        ("model.layer", "did you mean 'model.layers'?"),
        ("model.layers.0.sice", "did you mean 'model.layers.0.size'?"),
        ("zzz", "known here: lr, model, none"),
        ("lr.x", "lr holds no keys"),
        ("model.layers.2", "model.layers is a list of 2 items, from 0"),
        ("model.layers.01", "model.layers is a list of 2 items, from 0"),
        ("model.layers.-1", "model.layers is a list of 2 items, from 0"),
    ],
)
def test_a_key_that_is_not_there(key, hint):
    with pytest.raises(MlError) as caught:
        readers.pick(VALUE, key.split("."), "a.yaml")
    assert caught.value.message == f"a.yaml: there is no key {key!r}"
    assert caught.value.hint == hint


def test_flat():
    assert readers.flat(VALUE) == {
        "lr": 0.1,
        "model.layers.0.size": 8,
        "model.layers.1.size": 16,
        "model.train.loss": 1,
        "none": None,
    }
    assert readers.flat("run") == {"": "run"}
    assert readers.flat({"a": {}, "b": []}) == {"a": {}, "b": []}
    assert readers.flat({}) == {"": {}}


def test_only_the_parser_that_is_needed_is_loaded():
    import subprocess

    code = "import sys; from gitblob.ml import readers; readers.read(b'{}', 'a.json'); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"yaml", "tomllib", "ast", "csv", "difflib"}.intersection(loaded)


def test_a_column_run_tells_the_rows_of_several_runs_apart():
    rows = b'{"old": 1}\n{"run": "a", "f1": 0.5}\n{"run": "b", "loss": 3}\n{"run": "b", "accuracy": 0.9}\n{"loss": 2}\n'
    assert readers.read(rows, "m.jsonl") == {"run": "b", "loss": 2, "accuracy": 0.9}


def test_a_long_series_is_not_held_in_memory():
    import tracemalloc

    for name, data in (("m.jsonl", b'{"a":1}\n' * 5_000), ("m.csv", b"a\n" + b"1\n" * 5_000)):
        readers.read(data, name)  # whatever is imported counts for nothing
        tracemalloc.start()
        try:
            assert readers.read(data, name) == {"a": 1}
            assert tracemalloc.get_traced_memory()[1] < 500_000
        finally:
            tracemalloc.stop()
