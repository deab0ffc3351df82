"""Makes the raw data: complaints, each a small picture of a part and a sentence on what is wrong with it.

    python make_data.py    # data/raw/images/0000.pgm ..., data/raw/complaints.csv

A stand-in for what you would have collected. Pure Python, the same bytes everywhere.
"""

from __future__ import annotations

import csv
import random
from pathlib import Path

RAW = Path("data/raw")
SEED = 1
COMPLAINTS = 1000
SIZE = 16
PARTS = ["ring", "cross", "frame", "rod"]
FAULTS = [
    ["it is broken", "a corner came off", "it fell to pieces", "there is a crack in it"],
    ["it is too large", "it does not fit", "we need a smaller one", "the size is wrong"],
    ["it came too late", "we waited for weeks", "it is still not here", "where is our order"],
]
BEFORE = ["", "hello", "dear all", "sorry to say", "once more"]
AFTER = ["", "please help", "thank you", "what now", "this is the second time"]


def draw(part: str, chance: random.Random) -> bytes:
    """SIZE x SIZE gray values: the part at some place and size, under noise."""
    x, y, radius = chance.uniform(6.5, 8.5), chance.uniform(6.5, 8.5), chance.uniform(4, 6)
    pixels = bytearray()
    for row in range(SIZE):
        for column in range(SIZE):
            right, down = column - x, row - y
            inside = max(abs(right), abs(down)) <= radius
            on = {
                "ring": abs((right**2 + down**2) ** 0.5 - radius) < 0.8,
                "cross": inside and min(abs(right), abs(down)) < 0.8,
                "frame": inside and radius - max(abs(right), abs(down)) < 1.2,
                "rod": inside and abs(right + down) < 1.1,
            }[part]
            pixels.append((170 if on else 60) + chance.randrange(-60, 61))
    return bytes(pixels)


def main() -> None:
    """Write all complaints; the answer is the number of part and fault."""
    chance = random.Random(SEED)
    (RAW / "images").mkdir(parents=True, exist_ok=True)
    with (RAW / "complaints.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["image", "text", "answer"])
        for number in range(COMPLAINTS):
            part, fault = chance.randrange(len(PARTS)), chance.randrange(len(FAULTS))
            text = " ".join([chance.choice(BEFORE), chance.choice(FAULTS[fault]), chance.choice(AFTER)]).strip()
            (RAW / f"images/{number:04}.pgm").write_bytes(b"P5 %d %d 255\n" % (SIZE, SIZE) + draw(PARTS[part], chance))
            rows.writerow([f"{number:04}.pgm", text, part * len(FAULTS) + fault])


if __name__ == "__main__":
    main()
