"""Stores over ssh against a raw pipelined helper and OpenSSH's sftp, all to one sshd on loopback.

    python tests/bench/ssh.py FOLDER [--big MIB] [--small COUNT]

FOLDER: where the data lies; in memory (/dev/shm) the disk does not count. Each figure is wall seconds with the login;
RSS is the client's peak, of Python alone.
"""

import argparse
import hashlib
import json
import os
import resource
import shlex
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from support.sandbox import LAUNCHER  # noqa: E402 this is a program of its own
from support.servers import sshd  # noqa: E402

GCM = ("-c", "aes128-gcm@openssh.com")
RAW = """
import os, struct, sys
root, stream = sys.argv[1], sys.stdin.buffer
while head := stream.read(72):
    name, size = head[:64].decode(), struct.unpack(">Q", head[64:])[0]
    with open(f"{root}/tmp-{name}", "wb") as file:
        while size:
            data = stream.read(min(size, 1 << 18)); file.write(data); size -= len(data)
    os.link(f"{root}/tmp-{name}", f"{root}/{name}"); os.unlink(f"{root}/tmp-{name}")
    os.write(1, b".")
"""


def raw_put(ssh, server, root, items):
    """What a helper costs that does nothing but write: no protocol, no hash, no flush."""
    root.mkdir()
    command = shlex.join([sys.executable, "-c", RAW, str(root)])
    process = subprocess.Popen(
        [*shlex.split(ssh), "-p", str(server.port), "127.0.0.1", command], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    acks = threading.Thread(target=process.stdout.read)
    acks.start()
    for name, path in items:
        size = os.stat(path).st_size
        process.stdin.write(name.encode() + size.to_bytes(8, "big"))
        with open(path, "rb") as file:
            while data := file.read(1 << 18):
                process.stdin.write(data)
    process.stdin.close()
    acks.join()
    process.wait()


def sftp(ssh, server, lines):
    options = shlex.split(ssh)[1:]
    subprocess.run(
        ["sftp", "-q", "-b", "-", "-P", str(server.port), *options, "127.0.0.1"],
        input="\n".join(lines), text=True, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip


CHILD = """
import json, os, resource, sys, time
from gitblob.git.ssh import GitSsh
from gitblob.store import registry
from gitblob.store.access import Access
from gitblob.store.base import Blob
from gitblob.model.oid import Oid
what, url, listing, back = sys.argv[1:]
class Watch:
    def moved(self, n): pass
    def done(self, blob): pass
    def failed(self, blob, reason): raise SystemExit(reason)
items = [(Blob(Oid(name), os.stat(path).st_size), path) for name, path in json.load(open(listing))]
if what == "get":
    items = [(blob, f"{back}/{blob.oid}") for blob, _ in items]
    os.mkdir(back)
begun = time.perf_counter()
store = registry.create("bench", url, Access(ssh=GitSsh()))[0]
if what == "missing":
    store.missing([blob for blob, _ in items])
else:
    getattr(store, what)(iter(items), Watch())
print(time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def store(ssh, what, url, listing, back):
    env = {**os.environ, "GIT_SSH_COMMAND": ssh, "PYTHONPATH": str(Path(__file__).parents[2])}
    argv = [sys.executable, "-c", CHILD, what, url, listing, back]
    seconds, rss = subprocess.run(argv, env=env, capture_output=True, text=True, check=True).stdout.split()
    return float(seconds), int(rss)


def timed(call, *args):
    begun = time.perf_counter()
    call(*args)
    return time.perf_counter() - begun


def make(folder, count, size):
    folder.mkdir()
    items = []
    for _ in range(count):
        data, state, new = os.urandom(min(size, 1 << 20)), hashlib.sha256(), folder / "new"
        with open(new, "wb") as file:
            for _ in range(max(size >> 20, 1)):
                file.write(data)
                state.update(data)
        items.append((state.hexdigest(), str(new.rename(folder / state.hexdigest()))))
    (folder / "listing").write_text(json.dumps(items))
    return items


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--big", type=int, default=1024)
    parser.add_argument("--small", type=int, default=5000)
    args = parser.parse_args()
    work = args.folder / f"ssh-bench-{os.getpid()}"
    (work / "bin").mkdir(parents=True)
    (work / "bin/gitblob").write_text(LAUNCHER.format(python=sys.executable))
    (work / "bin/gitblob").chmod(0o755)
    path = f"{work}/bin:/usr/bin:/bin"
    try:
        with sshd.serve(work / "sshd", PATH=path, PYTHONPATH=str(Path(__file__).parents[2])) as server:
            for title, options in (("default cipher", ()), ("aes128-gcm", GCM)):
                run(work / title.replace(" ", "-"), server, server.ssh(*options), args, title)
    finally:
        shutil.rmtree(work)


def run(work, server, ssh, args, title):
    work.mkdir()
    small, big = make(work / "small", args.small, 20 << 10), make(work / "big", 1, args.big << 20)
    ours, back = server.url(work / "ours"), str(work / "back")
    print(f"{title}: {args.small} x 20 KiB")
    for turn in range(3):
        print(f"  put raw helper {timed(raw_put, ssh, server, work / f'raw{turn}', small):.2f}")
        there = server.url(f"{work}/there{turn}")
        seconds, rss = store(ssh, "put", there, work / "small/listing", back)
        print(f"  put ssh store {seconds:.2f}  RSS {rss} MB")
    for what in ("put", "missing", "get"):
        seconds, rss = store(ssh, what, ours, work / "small/listing", back)
        print(f"  {what} ssh store {seconds:.2f}  RSS {rss} MB")
    shutil.rmtree(back)
    seconds, rss = store(ssh, "put", server.url(work / "sftp", "sftp"), work / "small/listing", back)
    print(f"  put sftp store, one thread {seconds:.2f}  RSS {rss} MB")
    print(f"{title}: {args.big} MiB")
    name, path = big[0]
    print(f"  put sftp -b {timed(sftp, ssh, server, [f'put {path} {work}/sftp-{name}']):.2f}")
    print(f"  get sftp -b {timed(sftp, ssh, server, [f'get {work}/sftp-{name} {work}/sftp-back']):.2f}")
    (work / "sftp-back").unlink()
    (work / f"sftp-{name}").unlink()
    for what in ("put", "get"):
        seconds, rss = store(ssh, what, ours, work / "big/listing", back)
        print(f"  {what} ssh store {seconds:.2f}  RSS {rss} MB")
    print(f"  CPU of children so far {resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime:.0f} s", flush=True)
    shutil.rmtree(work)


if __name__ == "__main__":
    main()
