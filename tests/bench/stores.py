"""gitblob's transfers against opendal alone, with the same S3 server (`rclone serve s3`) on loopback.

    python tests/bench/stores.py [--repeat 3] [--large 1024] [--count 5000] [--latency-count 5000] [--place /dev/shm]

Sizes in MiB; each step runs in a process of its own, gitblob's and opendal's in turns. Shown are the shortest time of
all repetitions, its ratio to opendal's, and the largest resident memory. opendal does what it does best: a large file
up in 16 MiB chunks, 8 at a time, down in 16 MiB ranges on 8 threads; small files on 16 threads. gitblob hashes all that
comes, asks what is missing before and once more after an upload. With 20 ms for each request, one call at a time moves
a tenth of the files.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

SMALL = 20 << 10
MIB = 1 << 20


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--large", type=int, default=1024)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--latency-count", type=int, default=5000)
    parser.add_argument("--place", default="/dev/shm")
    parser.add_argument("--step", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.step:
        print(json.dumps(step(json.loads(args.step))))
    else:
        bench(args)


def bench(args):
    from support.servers import rclone
    from support.servers.proxy import Proxy

    with tempfile.TemporaryDirectory(dir=args.place) as name, rclone.s3(Path(name)) as server:
        place = Path(name)
        os.environ.update(server.environment)
        show("1 file", args, server, place, large=args.large, count=1)
        show(f"{args.count} files", args, server, place, large=0, count=args.count)
        with Proxy(server.port, 0.02) as proxy:
            for concurrency in (1, 4, 16, 64):
                count = args.latency_count // 10 if concurrency == 1 else args.latency_count
                run = {"endpoint": f"http://127.0.0.1:{proxy.port}", "concurrency": concurrency, "who": "gitblob"}
                run |= {"count": count, "large": 0}
                up, down = (once(server, place, {**run, "what": what}, f"late{concurrency}") for what in ("up", "down"))
                print(
                    f"{count} files, 20 ms, {concurrency:>2} calls at a time: up {up['seconds']:.2f} s "
                    f"({count / up['seconds']:.0f}/s), down {down['seconds']:.2f} s ({count / down['seconds']:.0f}/s)",
                    flush=True,
                )


def show(title, args, server, place, **work):
    best = {}
    for number in range(args.repeat):
        for who in ("opendal", "gitblob"):
            for what in ("up", "down"):
                run = {"endpoint": server.endpoint, "concurrency": None, "who": who, "what": what, **work}
                found = once(server, place, run, f"{who}{number}{bool(work['large'])}")
                best.setdefault((what, who), []).append(found)
            for folder in place.glob("s3/*"):
                shutil.rmtree(folder)
    for what in ("up", "down"):
        alone, ours = (min(run["seconds"] for run in best[what, who]) for who in ("opendal", "gitblob"))
        cpu = [min(run["processor"] for run in best[what, who]) for who in ("opendal", "gitblob")]
        memory = [max(run["memory"] for run in best[what, who]) for who in ("opendal", "gitblob")]
        print(
            f"{title} {what}: opendal {alone:.2f} s, {cpu[0]:.2f} s of processor, {memory[0]} MiB; "
            f"gitblob {ours:.2f} s, {cpu[1]:.2f} s, {memory[1]} MiB; ratio {ours / alone:.2f}",
            flush=True,
        )


def once(server, place, run, bucket):
    if run["what"] == "up":
        server.bucket(bucket.lower())
    run = {**run, "bucket": bucket.lower(), "place": str(place)}
    argv = [sys.executable, __file__, "--step", json.dumps(run)]
    return json.loads(subprocess.run(argv, check=True, stdout=subprocess.PIPE).stdout)


def step(run):
    """One transfer; seconds and MiB."""
    from gitblob.cache import Cache
    from gitblob.store.base import Blob

    source = Cache(f"{run['place']}/source/gitblob")
    listing = Path(run["place"], f"blobs-{run['large']}-{run['count']}")
    if not listing.exists():
        listing.write_text(json.dumps(list(made(source, run))))
    blobs = [Blob(type(source.put(b""))(oid), size) for oid, size in json.loads(listing.read_text())]
    target = tempfile.mkdtemp(dir=run["place"])
    move = globals()[f"{run['who']}_{run['what']}"]
    begin = time.perf_counter()
    before = time.process_time()
    move(run, source, blobs, target)
    processor, seconds = time.process_time() - before, time.perf_counter() - begin
    shutil.rmtree(target)
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return {"seconds": seconds, "processor": processor, "memory": int(peak.split()[1]) >> 10}


def made(cache, run):
    for _ in range(run["count"]):
        incoming = cache.incoming()
        for size in [MIB] * run["large"] or [SMALL]:
            incoming.write(os.urandom(size))
        yield incoming.finish()


def gitblob_store(run, make):
    from gitblob.store import registry
    from gitblob.store.access import Access

    url = f"s3://{run['bucket']}/blobs"
    return (registry.create("bench", url, Access(), {"endpoint": run["endpoint"]})[0] if make else
            registry.open("bench", url, Access(), {"endpoint": run["endpoint"]}))  # fmt: skip


def gitblob_up(run, source, blobs, target):
    from gitblob.transfer import engine
    from gitblob.transfer.limits import Limits

    store = gitblob_store(run, True)
    missing = store.missing(blobs)
    assert len(missing) == len(blobs)
    engine.upload(source, store, blobs, limits=Limits(run["concurrency"]))


def gitblob_down(run, source, blobs, target):
    from gitblob.cache import Cache
    from gitblob.transfer import engine
    from gitblob.transfer.limits import Limits

    cache = Cache(f"{target}/gitblob")
    assert engine.download(cache, [gitblob_store(run, False)], blobs, limits=Limits(run["concurrency"])) == []


def operator(run):
    from opendal import Operator

    return Operator("s3", bucket=run["bucket"], root="/blobs", endpoint=run["endpoint"], region="us-east-1")


def opendal_up(run, source, blobs, target):
    from gitblob.transfer import plan

    store = operator(run)

    def put(blob):
        with open(source.path(blob.oid), "rb") as file:
            if blob.size <= MIB:
                store.write(blob.oid.key, file.read())
                return
            with store.open(blob.oid.key, "wb", chunk=16 * MIB, concurrent=8) as sink:
                while data := file.read(MIB):
                    sink.write(data)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(put, plan.spread(blobs)))  # in the order of keys the server answers 500 now and then


def opendal_down(run, source, blobs, target):
    store = operator(run)

    def get(item):
        number, blob, start, end = item
        fd = os.open(f"{target}/{number}", os.O_WRONLY | os.O_CREAT, 0o644)
        os.pwrite(fd, store.read(blob.oid.key, offset=start, size=end - start), start)
        os.close(fd)

    items = [
        (number, blob, start, min(start + 16 * MIB, blob.size))
        for number, blob in enumerate(blobs)
        for start in range(0, blob.size, 16 * MIB)
    ]
    with ThreadPoolExecutor(8 if len(blobs) == 1 else 16) as pool:
        list(pool.map(get, items))


if __name__ == "__main__":
    main()
