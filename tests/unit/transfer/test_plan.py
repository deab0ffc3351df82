"""The order of what is moved."""

import hashlib

from gitblob.model.oid import Oid
from gitblob.store.base import Blob
from gitblob.transfer import plan


def test_keys_that_start_alike_stand_far_from_each_other():
    blobs = [Blob(Oid(hashlib.sha256(b"%d" % number).hexdigest()), 1) for number in range(3000)]
    order = plan.spread(plan.make(blobs).blobs)
    assert sorted(order) == sorted(blobs)
    near = [{blob.oid[:2] for blob in order[at : at + 16]} for at in range(0, 256 - 16, 16)]
    assert all(len(starts) == 16 for starts in near)
    assert order == plan.spread(sorted(blobs)), "one run is like the next"
