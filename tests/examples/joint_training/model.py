"""Which part, and what is wrong with it? A convolution branch, an LSTM branch, and a layer that joins them."""

from __future__ import annotations

import torch
from torch import nn


class Image(nn.Module):
    """(N, 1, 16, 16) -> (N, features)."""

    def __init__(self, channels: list[int], features: int) -> None:
        super().__init__()
        first, second = channels
        self.layers = nn.Sequential(
            nn.Conv2d(1, first, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(first, second, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(second * 16, features), nn.ReLU(),
        )  # fmt: skip

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """See above."""
        return self.layers(image)


class Text(nn.Module):
    """(N, length) word numbers -> (N, features)."""

    def __init__(self, words: int, embedding: int, features: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, embedding)
        self.lstm = nn.LSTM(embedding, features, batch_first=True)

    def forward(self, text: torch.Tensor) -> torch.Tensor:
        """See above."""
        _, (last, _) = self.lstm(self.embedding(text))
        return last[0]


class Fusion(nn.Module):
    """The features of both branches -> (N, classes)."""

    def __init__(self, features: int, hidden: int, classes: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(features, hidden), nn.ReLU(), nn.Linear(hidden, classes))

    def forward(self, image: torch.Tensor, text: torch.Tensor) -> torch.Tensor:
        """See above."""
        return self.layers(torch.cat([image, text], dim=1))


class Joint(nn.Module):
    """The three components as config/model.yaml describes them."""

    def __init__(self, config: dict) -> None:
        super().__init__()
        self.image = Image(**config["image"])
        self.text = Text(**config["text"])
        self.fusion = Fusion(config["image"]["features"] + config["text"]["features"], **config["fusion"])

    def forward(self, image: torch.Tensor, text: torch.Tensor) -> torch.Tensor:
        """See Fusion."""
        return self.fusion(self.image(image), self.text(text))
