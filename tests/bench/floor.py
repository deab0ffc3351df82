"""The floor: a filter process that does the least that a filter can do, to be compared with.

python floor.py drain: reads all that git sends and answers a number; `hash`: hashes it too and answers the digest. So
every file costs git an object, as a pointer does. One thread, one read a packet, no file written. For benchmarks only:
the content is lost.
"""

import hashlib
import os
import sys


def main() -> None:
    source, hashing = os.fdopen(0, "rb", 1 << 18), sys.argv[1] == "hash"
    _lists(source, 1)
    os.write(1, _line(b"git-filter-server") + _line(b"version=2") + b"0000")
    _lists(source, 1)
    os.write(1, _line(b"capability=clean") + b"0000")
    number = 0
    while source.peek(1):
        _lists(source, 1)
        number, digest = number + 1, hashlib.sha256()
        while length := int(source.read(4), 16):
            data = source.read(length - 4)
            if hashing:
                digest.update(data)
        answer = digest.hexdigest() if hashing else str(number)
        os.write(1, _line(b"status=success") + b"0000" + _line(answer.encode()) + b"00000000")


def _lists(source, number):
    while number:
        length = int(source.read(4), 16)
        source.read(max(length - 4, 0))
        number -= not length


def _line(text):
    return b"%04x%s\n" % (len(text) + 5, text)


main()
