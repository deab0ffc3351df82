"""Trains the model, or some of its components while the others stay as they lie in models/.

    python train.py                 # all three
    python train.py image fusion    # with the text branch as it is

Reads config/params.yaml, config/model.yaml and data/processed; writes models/*/weights.pt, config/performance.json and
metrics.jsonl. The same input gives the same bytes, with the same PyTorch.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

# Before PyTorch starts: each kind of processor has instructions of its own, which round sums in another way.
os.environ |= {"ATEN_CPU_CAPABILITY": "default", "MKL_CBWR": "COMPATIBLE", "ONEDNN_MAX_CPU_ISA": "SSE41"}

import numpy as np
import torch
import yaml
from model import Joint
from torch.nn.functional import cross_entropy

COMPONENTS = ("image", "text", "fusion")
PROCESSED, MODELS = Path("data/processed"), Path("models")
METRICS, PERFORMANCE = Path("metrics.jsonl"), Path("config/performance.json")


def main() -> None:
    """Train what the command line names."""
    chosen = sys.argv[1:] or COMPONENTS
    params = yaml.safe_load(Path("config/params.yaml").read_text())
    leave_nothing_to_chance(params["seed"])
    train, test = load("train"), load("test")
    model = Joint(yaml.safe_load(Path("config/model.yaml").read_text()))
    for name in set(COMPONENTS) - set(chosen):
        component = model.get_submodule(name)
        component.load_state_dict(torch.load(weights(name)))
        component.requires_grad_(False)

    optimizer = torch.optim.Adam([part for part in model.parameters() if part.requires_grad], **params["optimizer"])
    with METRICS.open("w") as log:
        for epoch in range(1, params["epochs"] + 1):
            loss = fit(model, optimizer, train, params["batch"])
            result = scores(model, test)
            log.write(json.dumps({"epoch": epoch, "train_loss": loss, "test_loss": result["loss"]}) + "\n")

    for name in chosen:
        weights(name).parent.mkdir(parents=True, exist_ok=True)
        torch.save(model.get_submodule(name).state_dict(), weights(name))
    PERFORMANCE.write_text(json.dumps({"accuracy": result["accuracy"]}, indent=2) + "\n")
    print(f"trained {', '.join(chosen)}: accuracy {result['accuracy']:.3f}")


def leave_nothing_to_chance(seed: int) -> None:
    """Neither the numbers that are drawn nor the order in which threads add up."""
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)


def load(name: str) -> dict[str, torch.Tensor]:
    """One of the sets that process.py has made."""
    with np.load(PROCESSED / f"{name}.npz") as arrays:
        return {key: torch.from_numpy(arrays[key]) for key in arrays}


def fit(model: Joint, optimizer: torch.optim.Optimizer, data: dict[str, torch.Tensor], batch: int) -> float:
    """One pass over the data in a random order; the mean loss."""
    model.train()
    total = 0.0
    for rows in torch.randperm(len(data["answer"])).split(batch):
        loss = cross_entropy(model(data["image"][rows], data["text"][rows]), data["answer"][rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(rows)
    return total / len(data["answer"])


@torch.no_grad()
def scores(model: Joint, data: dict[str, torch.Tensor]) -> dict[str, float]:
    """How well the model does on data that it was not trained with."""
    model.eval()
    guess = model(data["image"], data["text"])
    right = (guess.argmax(dim=1) == data["answer"]).sum().item()
    return {"accuracy": right / len(guess), "loss": cross_entropy(guess, data["answer"]).item()}


def weights(name: str) -> Path:
    """Where a component is kept."""
    return MODELS / name / "weights.pt"


if __name__ == "__main__":
    main()
