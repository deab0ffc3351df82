"""The config in the file that an offline W&B run leaves: LevelDB's log format, seven bytes in, of protocol buffers."""

import json
import struct

BLOCK = 32 << 10
HEAD = struct.Struct("<IHB")  # checksum, length, kind
FULL, FIRST, MIDDLE, LAST = 1, 2, 3, 4


def config(path) -> dict:
    """What was set, by name."""
    from wandb.proto import wandb_internal_pb2

    found = {}
    for data in _records(path.read_bytes()):
        record = wandb_internal_pb2.Record.FromString(data)
        updates = record.config.update if record.WhichOneof("record_type") == "config" else record.run.config.update
        for item in updates:
            found[item.key or item.nested_key[0]] = json.loads(item.value_json)
    return found


def _records(data):
    assert data[:4] == b":W&B"
    at, parts = 7, b""
    while at + HEAD.size <= len(data):
        left = BLOCK - at % BLOCK
        if left < HEAD.size:
            at += left
            continue
        _, length, kind = HEAD.unpack_from(data, at)
        at += HEAD.size
        parts += data[at : at + length]
        at += length
        if kind in (FULL, LAST):
            yield parts
            parts = b""
