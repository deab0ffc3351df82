"""The manual pages that ship with the package: `gitblob/help/<topic>.md`, first line `# topic: summary`."""

from __future__ import annotations

from importlib import resources


def names() -> list[str]:
    """The topics, sorted."""
    folder = resources.files("gitblob") / "help"
    return sorted(page.name.removesuffix(".md") for page in folder.iterdir() if page.name.endswith(".md"))


def page(topic: str) -> str:
    """The text of one of `names`."""
    return (resources.files("gitblob") / "help" / f"{topic}.md").read_text(encoding="utf-8")


def summary(topic: str) -> str:
    """What the page is about, in a line."""
    return page(topic).split("\n", 1)[0].partition(": ")[2]
