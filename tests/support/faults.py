"""What tests of transfers over a bad network share: blobs of all sizes, and what passes again."""

import os

from gitblob.store.base import Blob
from support.servers.proxy import Fault

SIZES = (0, 10, 20_000, 20_001, 500_000, 3 << 20)
BURSTS = [
    Fault("answer", status=503, times=6),
    Fault("answer", status=500, times=6),
    Fault("answer", status=429, headers={"Retry-After": "1"}, times=3),
    Fault("reset", after=5000, times=4),
    Fault("truncate", after=5000, times=4),
]


def keep(cache, *sizes):
    data = [os.urandom(size) for size in sizes]
    return [Blob(cache.put(some), len(some)) for some in data]


def whole(cache, blobs):
    for blob in blobs:
        cache.verify(blob.oid)
        assert cache.find(*blob)
