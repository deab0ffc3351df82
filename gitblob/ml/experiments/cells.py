"""The values of a run under the names by which tables, filters and comparisons call them.

    commit  date  author  subject  refs  run  recorded  status  message  error
    data.NAME  model.NAME  fingerprint.NAME  seed.NAME  params.KEY  metrics.KEY  environment.KEY  command

A param or metric is called by its whole key in its file. Where two files have the same key it is `PATH:KEY`, which
always works; and so does the bare KEY, or the end of it, where nothing else is called that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from gitblob.errors import UsageError
from gitblob.ml import readers
from gitblob.ml.experiments.document import Experiment
from gitblob.ml.experiments.history import Run
from gitblob.ml.fingerprint import SHORT
from gitblob.ml.readers import Value
from gitblob.settings.document import nearest

Cells = Mapping[str, Value]
PACKAGES = "packages"
SEVERAL = 20  # names in a hint
INVALID = "invalid"
PARTS = {"params": "training_config", "metrics": "metrics"}


def of_run(run: Run, refs: Sequence[str], record: Cells) -> dict[str, Value]:
    """All values of a run. record: those of its record; none of one that is not valid."""
    found: dict[str, Value] = {
        "commit": run.commit,
        "date": run.date,
        "author": run.author,
        "subject": run.subject,
        "refs": " ".join(refs),
        "status": INVALID,
    }
    found.update(record)
    return found


def of_experiment(experiment: Experiment) -> dict[str, Value]:
    """The values of a record, but for its packages."""
    found: dict[str, Value] = {
        "run": experiment.run,
        "recorded": experiment.recorded,
        "status": experiment.status,
        "message": experiment.message,
        "error": experiment.error,
        "command": " ".join(experiment.command) or None,
    }
    found |= {f"data.{name}": f"{name}@{id_[:SHORT]}" for name, id_ in experiment.data_version.items()}
    found |= {f"model.{name}": f"{name}@{one.shown}" for name, one in experiment.model_version.items()}
    found |= {f"fingerprint.{name}": one.digits[:SHORT] for name, one in experiment.model_version.items()}
    found |= {f"seed.{name}": seed for name, seed in experiment.seed.items()}
    found |= values("params", experiment.training_config)
    found |= values("metrics", experiment.metrics)
    surroundings = {key: value for key, value in experiment.environment.items() if key != PACKAGES}
    found |= {f"environment.{key}": value for key, value in readers.flat(surroundings).items() if key}
    return {key: value for key, value in found.items() if value is not None}


def packages(experiment: Experiment) -> dict[str, Value]:
    """The packages of its environment, by name."""
    found = experiment.environment.get(PACKAGES)
    return dict(found) if isinstance(found, dict) else {}


def values(part: str, files: Mapping[str, Value]) -> dict[str, Value]:
    """The single values of some files under `PART.KEY`, or `PART.PATH:KEY` where two files have the same key."""
    found: dict[str, Value] = {}
    twice: set[str] = set()
    whole: list[tuple[str, str, Value]] = []
    for name, value in files.items():
        path, _, prefix = name.partition(":")
        for key, leaf in readers.flat(value).items():
            inner = f"{prefix}.{key}" if prefix and key else prefix or key
            short = f"{part}.{inner or path}"
            if short in found:
                twice.add(short)
            found[short] = leaf
            whole.append((short, f"{part}.{path}:{inner}", leaf))
    for short, long, leaf in whole if twice else ():
        if short in twice:
            found.pop(short, None)
            found[long] = leaf
    return found


def name_of(word: str, rows: Sequence[Cells]) -> str:
    """The name in these rows that a person means by a word. Raises UsageError for one that is in none of them."""
    known = names(rows)
    for name in (word, *(f"{part}.{word}" for part in PARTS)):
        if name in known:
            return name
    part, _, rest = word.partition(".")
    _, colon, key = rest.partition(":")
    if part in PARTS and colon and (short := f"{part}.{key}") in known:
        return short
    ends = [name for name in known if name.endswith(f".{word}")]
    if len(ends) == 1:
        return ends[0]
    raise UsageError(
        f"no run has {word!r}", f"it can be {', '.join(ends[:SEVERAL])}" if ends else _hint(word, [*known])
    )


def _hint(word: str, known: Sequence[str]) -> str | None:
    hint = nearest(word, known)
    is_list = hint is not None and not hint.startswith("did you mean")
    return "`gitblob experiment show` lists the values of a run" if is_list and len(known) > SEVERAL else hint


def names(rows: Iterable[Cells]) -> dict[str, None]:
    """Every name, in the order in which it first appears."""
    return {name: None for row in rows for name in row}


def varying(rows: Sequence[Cells], parts: Sequence[str] = ("metrics", "params")) -> list[str]:
    """The params and metrics that are not the same in all of these rows; of one row all."""
    first: dict[str, Value] = {}
    varied: set[str] = set()
    for row in rows:
        for name, value in row.items():
            seen = first.setdefault(name, value)
            if seen is not value and seen != value:
                varied.add(name)
    count = Counter(chain.from_iterable(rows))
    found = [name for name in first if len(rows) == 1 or name in varied or count[name] < len(rows)]
    return [name for part in parts for name in found if name.startswith(f"{part}.")]
