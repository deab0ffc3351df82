"""What the pages on data versions and components say is what happens."""

import json
import re
import sys
from pathlib import Path

import pytest

from gitblob.cli import topics
from gitblob.ml import checking, declarations, fingerprint, lock, memory, needs

PAGES = ("data-version", "components")


def blocks(page):
    """The indented blocks of a page, without their indentation."""
    found = re.findall(r"(?:^    .*\n|^\n(?=    ))+", topics.page(page), re.MULTILINE)
    return [re.sub(r"^    ", "", block, flags=re.MULTILINE).strip("\n") + "\n" for block in found]


@pytest.fixture
def followed(installed):
    """A repository with the declarations of both pages."""
    repo = installed.repo()
    data = next(block for block in blocks("data-version") if block.startswith("data:"))
    models = next(block for block in blocks("components") if block.startswith("models:"))
    repo.write(".gitblob.yaml", data + models)
    repo.write("config/data.yaml", "pipeline: {size: 224, mean: [0.485, 0.5], kind: 'ü'}\nsampling: {seed: 7}\n")
    repo.write("config/model.yaml", "image: {layers: 3}\n")
    repo.gitblob("track", "*.bin")
    for name in (
        "data/processed/a.bin",
        "data/processed/deep/b.txt",
        "models/image/w.bin",
        "models/text/w.bin",
        "models/fusion/w",
    ):
        repo.write(name, name)
    repo.commit("follow")
    return repo


def test_the_formula_in_python_gives_what_gitblob_shows(followed):
    program = re.search(r"```python\n(.*?)```", topics.page("data-version"), re.DOTALL)[1]
    assert len(program.splitlines()) <= 20
    shown = followed.sandbox.run(sys.executable, "-c", program, cwd=followed.path).stdout.strip()
    assert re.fullmatch(r"processed@[0-9a-f]{12}", shown)
    assert f"\n{shown} " in followed.gitblob("version").stdout


def test_the_graph_and_the_lock_file(followed):
    page = topics.page("components")
    graph = followed.gitblob("version", "graph").stdout
    shown = next(block for block in blocks("components") if block.startswith("$ gitblob version graph"))
    id_ = re.compile(r"@[0-9a-f]{12} ")
    assert id_.sub("@ID ", shown.split("\n", 1)[1]) == id_.sub("@ID ", graph)
    followed.gitblob("version", "lock")
    line = next(block for block in blocks("components") if block.startswith("image v2.1 sha256:"))
    assert lock.parse(line.encode())[1] == []
    assert f"    {lock.RULE}\n" in page
    assert lock.RULE in followed.read(".gitattributes").decode()
    assert followed.gitblob("version", "check").stdout == ""


def test_json_has_the_words_of_the_pages(followed):
    """Examples of JSON are JSON, and what the commands print has the same keys."""
    followed.gitblob("version", "lock")
    examples = [
        _json(block)
        for page in PAGES
        for block in blocks(page)
        if block.startswith('{"') and '"config": CONFIG' not in block
    ]
    show, explain, find, check = map(_shape, examples)
    assert _shape(_run(followed, "HEAD")) == show
    followed.git("mv", "data/processed/a.bin", "data/processed/c.bin")
    followed.write("config/data.yaml", "pipeline: {size: 1, mean: [0.485, 0.5], kind: 'ü'}\nsampling: {seed: 8}\n")
    assert _shape(_run(followed, "explain", "--only", "processed")) == explain
    assert _shape(_run(followed, "find", "image@v2.1")) == find
    followed.write("models/image/w.bin", "other")
    assert _shape(_run(followed, "check", ok=1)) == check
    text = "\n".join(blocks("components"))
    for word in ("old", "new", "fingerprint", "files", "unstaged", "same_as", "name"):
        assert word in _run(followed, "bump", "text", "--minor")
        assert f'"{word}"' in text


def _run(repo, *words, ok=0):
    return json.loads(repo.gitblob("version", *words, "--json", ok=ok).stdout)


def _json(block):
    """The first document of a block; `...` stands for more."""
    return json.JSONDecoder().raw_decode(block.replace(", ...]", "]"))[0]


def _shape(document):
    """Its keys, those of the first of each list of mappings, and of the first of data and models."""
    if isinstance(document, list):
        return [_shape(one) for one in document[:1] if isinstance(one, dict)]
    if not isinstance(document, dict):
        return None
    named = {key: {"any": next(iter(document[key].values()))} for key in ("data", "models") if document.get(key)}
    return {key: None if key == "needs" else _shape(value) for key, value in {**document, **named}.items()}


def test_words_and_numbers():
    page = topics.page("data-version")
    assert f"format {fingerprint.FORMAT}" in page
    assert f"{fingerprint.SHORT} hex digits are shown" in page
    assert memory.FILE in page
    assert memory.FILE in topics.page("cache")
    listed = set(re.findall(r"^    ([a-z-]+)  +\S", topics.page("components").split("```")[0], re.MULTILINE))
    source = Path(checking.__file__).read_text()
    codes = set(
        re.findall(r'"(declaration|missing|value|version|needs|range|cycle|unlocked|changed|lock|taken-out)"', source)
    )
    assert codes <= listed
    assert needs.ID.fullmatch("4c18")
    assert not needs.ID.fullmatch("4c1")
    for page in PAGES:
        for block in blocks(page):
            if block.startswith(("data:", "models:")):
                declarations.parse(block.encode(), page)
