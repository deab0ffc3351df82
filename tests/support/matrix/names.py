"""What the files of the matrix are called: each role has a path, and each zoo its own set of paths."""

import os
import unicodedata
from typing import NamedTuple


class Names(NamedTuple):
    """Paths of the tracked files by role; every one matches `*.bin*`, so a newline may end it."""

    small: str = "small.bin"
    large: str = "large.bin"
    zoo: str = "dir/ -z\\o\"o' =\t*.bin\n"
    run: str = "run.bin"
    deep: str = "new/sub/deep.bin"
    far: str = "far/far.bin"


ORDINARY = Names()
LENGTHS = Names(
    small="n" * 250 + ".bin",
    large="l" * 251 + ".bin",
    zoo="/".join(["d" * 200] * 12) + "/x.bin",
    deep="é" * 125 + ".bin",
)
BYTES = Names(
    small=os.fsdecode(b"caf\xe9.bin"),
    large=os.fsdecode(b"dir/\xff\xfe\x01.bin"),
    zoo=unicodedata.normalize("NFC", "dir/ü.bin"),
    run=unicodedata.normalize("NFD", "dir/ü.bin"),
    deep="-rf.bin",
)
SYNTAX = Names(
    small="--.bin", large=":(top)x.bin", zoo="a=b=c.bin", run='"quoted".bin', deep="new\nline/\n.bin"
)  # pathspec magic, options, key=value, C quoting
ZOOS = {"names of any length": LENGTHS, "names of any bytes": BYTES, "names that look like syntax": SYNTAX}
