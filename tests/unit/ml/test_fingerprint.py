"""The formula of data versions and fingerprints."""

import hashlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitblob.ml import canonical, fingerprint
from gitblob.ml.fingerprint import File, Parts

OID = "sha256:" + "5" * 64
NAMES = st.text(st.characters(blacklist_characters="\0", blacklist_categories=("Cs",)), min_size=1)


def test_the_formula():
    files = (File("data/b.csv", OID, 3), File("data/a.csv", OID, 12))
    text = (
        f'{{"config":{{"rate":0.1}},"files":[["data/a.csv","{OID}",12],["data/b.csv","{OID}",3]],"format":1,"seed":7}}'
    )
    assert fingerprint.data_id(Parts(files, {"rate": 0.1}, 7)) == hashlib.sha256(text.encode()).hexdigest()
    text = text.replace(',"seed":7', "")
    found = fingerprint.model_fingerprint(Parts(files, {"rate": 0.1}))
    assert found == f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


@given(st.lists(st.tuples(NAMES | st.just("odd\udce9"), st.integers(0, 2**63)), unique_by=lambda file: file[0]))
def test_the_bytes_are_those_of_canonical_json(named):
    files = tuple(File(name, OID, size) for name, size in named)
    in_order = sorted(files, key=lambda file: file.path.encode("utf-8", "surrogateescape"))
    whole = canonical.encode({"format": 1, "files": in_order, "config": None, "seed": None})
    assert fingerprint.data_id(Parts(files)) == hashlib.sha256(whole).hexdigest()


def test_any_order_is_the_same():
    files = [File(f"d/{n}", f"sha256:{n:064x}", n) for n in range(50)]
    before = fingerprint.data_id(Parts(tuple(files)))
    random.Random(1).shuffle(files)
    assert fingerprint.data_id(Parts(tuple(files), None, None)) == before


@pytest.mark.parametrize(
    "other",
    [
        Parts((File("a", OID, 1),), {"x": 1}, 8),
        Parts((File("a", OID, 1),), {"x": 2}, 7),
        Parts((File("a", OID, 1),), {"x": "1"}, 7),
        Parts((File("a", OID, 1),), None, 7),
        Parts((File("a", OID, 2),), {"x": 1}, 7),
        Parts((File("b", OID, 1),), {"x": 1}, 7),
        Parts((File("a", OID.replace("5", "6"), 1),), {"x": 1}, 7),
        Parts((File("a", OID, 1), File("b", OID, 1)), {"x": 1}, 7),
        Parts((), {"x": 1}, 7),
    ],
)
def test_any_change_is_another(other):
    assert fingerprint.data_id(other) != fingerprint.data_id(Parts((File("a", OID, 1),), {"x": 1}, 7))
