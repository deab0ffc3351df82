"""The state of a branch at a point in time: a date as people write it, and the commit that was the newest then.

A date is that of the commit (`git log --format=%cI`), not of the author; what counts is the branch itself, its first
parents: a merged commit counts from its merge on. What a date leaves out counts to its end: 2026-01-01 is the whole
day, 12:00 the whole minute. Only words that count back from now go to git's approxidate, which would fill a date up
with the present time of day, and take for now whatever it does not understand.
"""

from __future__ import annotations

import os
import re
import time
from datetime import date, datetime, timedelta, timezone

from gitblob.errors import UsageError
from gitblob.git import command, history

ISO = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})"
    r"(?:[T ](?P<minute>\d{2}:\d{2})(?P<second>:\d{2}(?:[.,]\d+)?)? ?(?P<zone>Z|[+-]\d{2}:?\d{2})?)?"
)
EPOCH = re.compile(r"@(\d{1,11})")
NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
NUMBER = rf"(?:\d{{1,6}}|{'|'.join(NUMBERS[1:])})"
UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800, "month": 2629746, "year": 31556952}
SPAN = rf"{NUMBER}[ .](?:{'|'.join(UNITS)})s?"
COUNTED = re.compile(rf"({NUMBER})[ .]({'|'.join(UNITS)})", re.IGNORECASE)
DAY = UNITS["day"]
WORDS = re.compile(rf"now|(?:noon |midnight )?yesterday|{SPAN}(?:(?:, ?| and |[ .]){SPAN})*[ .]ago", re.IGNORECASE)
HINT = "such as 2026-01-31, '2026-01-31 18:00', 2026-01-31T18:00:00+01:00, yesterday, '2 weeks ago'"
LATEST = (1 << 40) - 1  # seconds; git takes less than 2**63, and no commit is that young


def moment(when: str | date) -> int:
    """The last second (Unix time) that a date means; without an offset it is one of this machine's time zone.

    Raises UsageError for what is no date.
    """
    if isinstance(when, datetime):
        return _seconds(when, str(when))
    text = str(when).strip()
    if found := EPOCH.fullmatch(text):
        return int(found[1])
    if found := ISO.fullmatch(text):
        return _seconds(_of_iso(found, text), text)
    if WORDS.fullmatch(text):
        return _ago(text)
    raise UsageError(f"{text!r} is no date", HINT)


def commit_at(when: str | date, branch: str = "HEAD", cwd: str | None = None) -> str:
    """The commit (hex) that a branch stood at: of its first parents the nearest to its tip that is not younger.

    Where clocks were wrong the order of the history decides, not that of the dates. Raises UsageError for what is no
    date, for a branch that is not here, and where the branch, or what a shallow clone has of it, is younger.
    """
    until = moment(when)
    if branch == "HEAD" and not history.has_head(cwd):
        raise UsageError("there is no commit yet", "commit first; `--at` finds what was committed by a date")
    tip = history.commit(branch, cwd)
    found = command.text("rev-list", "-1", "--first-parent", f"--until=@{until} +0000", tip, "--", cwd=cwd)
    if not found:
        raise _too_early(when, branch, tip, cwd)
    return found


def _of_iso(found: re.Match[str], text: str) -> datetime:
    second = (found["second"] or ":59")[:3] if found["minute"] else ":59"
    try:
        moment = datetime.fromisoformat(f"{found['day']}T{found['minute'] or '23:59'}{second}")
    except ValueError:
        raise UsageError(f"{text!r} is no date: there is no such day or time", HINT) from None
    if not (zone := found["zone"]):
        return moment
    hours, minutes = (0, 0) if zone == "Z" else (int(zone[1:3]), int(zone[-2:]))
    if hours > 23 or minutes > 59:
        raise UsageError(f"{text!r} is no date: no clock is {zone} from UTC", HINT)
    offset = timedelta(hours=hours, minutes=minutes)
    return moment.replace(tzinfo=timezone(-offset if zone[0] == "-" else offset))


def _ago(text: str) -> int:
    """Unix time by git, which comes out in the future where it would have to count to before 1970."""
    now = int(time.time())
    if sum(_number(count) * UNITS[unit.lower()] for count, unit in COUNTED.findall(text)) >= now:
        return 0
    answer = int(command.text("-c", f"gitblob.at={text}", "config", "--type=expiry-date", "--get", "gitblob.at"))
    return 0 if answer > now + DAY and text.lower() != "now" else min(answer, LATEST)


def _number(word: str) -> int:
    return int(word) if word.isdecimal() else NUMBERS.index(word.lower())


def _seconds(when: datetime, text: str) -> int:
    """Unix time, none before 1970: git knows no such commit. Where clocks are put back the hour is the second one."""
    try:
        return max(int(when.timestamp()), int(when.replace(fold=1).timestamp()), 0)
    except (OverflowError, OSError, ValueError):
        raise UsageError(f"{text!r} is no date that a commit can have", HINT) from None


def _too_early(when: str | date, branch: str, tip: str, cwd: str | None) -> UsageError:
    query = ("log", "-1", "--first-parent", "--max-parents=0", "--no-show-signature", "--format=%H %cI", tip, "--")
    first, _, day = command.text(*query, cwd=cwd).partition(" ")
    shallow = command.text("rev-parse", "--is-shallow-repository", cwd=cwd) == "true"
    if shallow and first in _cut(cwd):
        return UsageError(
            f"this clone is shallow: what {branch} was at {when} cannot be seen here, its history begins {day} "
            f"({first[:12]})",
            "`git fetch --unshallow` brings the rest",
        )
    return UsageError(f"{when} is before the first commit of {branch}, {day} ({first[:12]})")


def _cut(cwd: str | None) -> set[str]:
    """The commits (hex) whose parents a shallow clone left out."""
    path = command.text("rev-parse", "--git-path", "shallow", cwd=cwd)
    with open(os.path.join(cwd or "", path), encoding="ascii") as file:
        return set(file.read().split())
