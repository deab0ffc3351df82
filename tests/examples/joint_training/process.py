"""Makes the sets to train and to test with, as config/data.yaml says.

    python process.py    # data/raw -> data/processed/train.npz, test.npz, vocabulary.json

Every fifth complaint is held out for the test, whatever the seed; the seed draws the sample of the others to train with.
"""

from __future__ import annotations

import csv
import json
import random
from collections import Counter
from pathlib import Path

import numpy as np
import yaml

RAW, PROCESSED = Path("data/raw"), Path("data/processed")
PADDING, UNKNOWN = 0, 1  # word numbers


def main() -> None:
    """Read, sample, encode, write."""
    config = yaml.safe_load(Path("config/data.yaml").read_text())
    pipeline = config["pipeline"]
    with (RAW / "complaints.csv").open(newline="", encoding="utf-8") as file:
        complaints = list(csv.DictReader(file))
    held_out, others = complaints[::5], [row for number, row in enumerate(complaints) if number % 5]
    sample = random.Random(config["sampling"]["seed"]).sample(others, pipeline["sample"])

    words = vocabulary(others, pipeline["words"])
    PROCESSED.mkdir(parents=True, exist_ok=True)
    (PROCESSED / "vocabulary.json").write_text(json.dumps(words, indent=1) + "\n")
    for name, rows in (("train", sample), ("test", held_out)):
        np.savez(PROCESSED / f"{name}.npz", **encode(rows, words, pipeline))
    print(f"{len(sample)} complaints to train with, {len(held_out)} to test with")


def vocabulary(rows: list[dict], most: int) -> dict[str, int]:
    """The most frequent words, numbered."""
    counts = Counter(word for row in rows for word in row["text"].split())
    frequent = sorted(counts, key=lambda word: (-counts[word], word))[:most]
    return {word: number for number, word in enumerate(frequent, start=UNKNOWN + 1)}


def encode(rows: list[dict], words: dict[str, int], pipeline: dict) -> dict[str, np.ndarray]:
    """image: (N, 1, 16, 16) around 0; text: (N, length) word numbers; answer: (N,) class numbers."""
    images = np.stack([picture(RAW / "images" / row["image"]) for row in rows])
    text = np.full((len(rows), pipeline["length"]), PADDING)
    for line, row in zip(text, rows, strict=True):
        numbers = [words.get(word, UNKNOWN) for word in row["text"].split()][: len(line)]
        line[len(line) - len(numbers) :] = numbers  # the LSTM ends on the last word
    return {
        "image": ((images - pipeline["mean"]) / pipeline["deviation"]).astype(np.float32),
        "text": text,
        "answer": np.array([int(row["answer"]) for row in rows]),
    }


def picture(path: Path) -> np.ndarray:
    """(1, height, width) of a binary PGM."""
    header, pixels = path.read_bytes().split(b"\n", 1)
    _, width, height, _ = header.split()
    return np.frombuffer(pixels, np.uint8).reshape(1, int(height), int(width))


if __name__ == "__main__":
    main()
