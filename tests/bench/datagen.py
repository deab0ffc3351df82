"""Deterministic data for the workloads, with the standard library alone."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MIB = 1 << 20


def w1(out: Path, scale: float) -> None:
    """big.bin: 2 GiB that no one can compress."""
    source = random.Random(1)
    with (out / "big.bin").open("wb") as file:
        for _ in range(max(round(2048 * scale), 1)):
            file.write(source.randbytes(MIB))


def w2(out: Path, scale: float) -> None:
    """base/: 10,000 files of 20 KiB in 100 folders; other/: the 1,000 of them (ten a folder) that a branch changes."""
    source = random.Random(2)
    files = max(round(10_000 * scale), 100)
    for number in range(files):
        name = f"d{number % 100:02}/f{number:05}.bin"
        for top in ("base", "other") if number < files // 10 else ("base",):
            path = out / top / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(source.randbytes(20 * 1024))


def w4(out: Path, scale: float) -> None:
    """Twelve files of 2 MB; the last two are committed before anything is measured."""
    source = random.Random(4)
    for number in range(12):
        (out / f"f{number:02}.bin").write_bytes(source.randbytes(2_000_000))


MAKERS = {"W1": w1, "W2": w2, "W4": w4}


def make(name: str, data: Path, scale: float) -> Path:
    """The folder with this workload's data, made when it is not there yet."""
    out = data / f"{name.lower()}-{scale:g}"
    done = out.with_name(f"{out.name}.done")
    if not done.exists():
        out.mkdir(parents=True, exist_ok=True)
        MAKERS[name](out, scale)
        done.touch()
    return out
