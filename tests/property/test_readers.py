"""The same value, whichever format it is written in; every value under the name it is shown by."""

import io
import json

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from gitblob.errors import MlError
from gitblob.ml import readers

PATIENT = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])  # on a busy machine
NAMES = ["a.yaml", "a.json", "a.toml", "a.jsonl", "a.csv", "a.tsv", "a.py", "a"]
MARKS = "abc:{}[]()=,.'\"#-_ \n\t0159eE\\x&*!|>%@~<"
# DEL and U+0080 to U+009F are no characters of YAML or TOML as they are, and JSON does not escape them
texts = st.text(st.characters(exclude_categories=["Cs", "Cc", "Co", "Cn"]), max_size=8)
words = texts | st.sampled_from(
    ["no", "1e3", "1e-3", "0o17", "0x1f", "010", "null", "~", "", "2020-01-01", ".nan", ".inf", "-", "<<", "=", "a.b"]
)
scalars = st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False) | words


def nested(inner):
    return st.dictionaries(words, inner, max_size=4)


values = nested(st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | nested(inner), max_leaves=8))


def as_toml(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{as_toml(key)} = {as_toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(as_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def as_yaml(value):
    """By another writer of YAML 1.2."""
    yaml, stream = YAML(typ="safe", pure=True), io.StringIO()
    yaml.default_flow_style = False
    yaml.dump(value, stream)
    return stream.getvalue()


def alike(one, other):
    return repr(one) == repr(other)


def ambiguous(value):
    """Is a key with a dot in it the same as a key in a key?"""
    names = []

    def walk(item, name):
        if not item or not isinstance(item, (dict, list)):
            names.append(name)
            return
        for key, inner in item.items() if isinstance(item, dict) else enumerate(item):
            walk(inner, f"{name}.{key}")

    walk(value, "")
    return len(names) > len(set(names))


@given(values)
@PATIENT
def test_one_value_in_every_format(value):
    if ambiguous(value):
        with pytest.raises(MlError, match="with a dot in its name"):
            readers.read(json.dumps(value).encode(), "a.json")
        return
    assert alike(readers.read(json.dumps(value).encode(), "a.json"), value)
    assert alike(readers.read(json.dumps(value, ensure_ascii=False).encode(), "a.json"), value)
    assert alike(readers.read(json.dumps(value, ensure_ascii=False).encode(), "a.yaml"), value)
    toml = "".join(f"{as_toml(key)} = {as_toml(item)}\n" for key, item in value.items())
    assert alike(readers.read(toml.encode(), "a.toml"), value)
    assert alike(readers.read(json.dumps(value).encode(), "a.jsonl"), value)


@given(values)
@settings(PATIENT, max_examples=15)
def test_yaml_as_another_program_writes_it(value):
    assume(not ambiguous(value))
    assert readers.read(as_yaml(value).encode(), "a.yaml") == value


@given(values)
@PATIENT
def test_a_value_is_found_under_the_name_it_is_shown_by(value):
    assume(not ambiguous(value))
    for name, leaf in readers.flat(value).items():
        assert not value or readers.pick(value, name.split("."), "a.json") == leaf


def value_or_clear_error(data, name):
    try:
        found = readers.read(data, name)
    except MlError as error:
        return error.message.startswith(name + ":")
    json.dumps(found)
    return bool(str(readers.flat(found)).encode())


@given(st.binary(max_size=200), st.sampled_from(NAMES))
@PATIENT
def test_any_bytes_are_a_value_or_a_clear_error(data, name):
    assert value_or_clear_error(data, name)


@given(st.text(st.sampled_from(MARKS), max_size=120), st.sampled_from(NAMES))
@PATIENT
def test_any_marks_are_a_value_or_a_clear_error(text, name):
    assert value_or_clear_error(text.encode(), name)
