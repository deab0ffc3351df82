"""`gitblob store`: name the places that blobs are shared through, and check them."""

from __future__ import annotations

import argparse

from gitblob import workspace
from gitblob.cli.console import Console
from gitblob.errors import PartialFailure, StoreError, UsageError
from gitblob.git import hooks
from gitblob.model.size import human
from gitblob.ops import copying, probe, stores
from gitblob.settings import FILE, trust
from gitblob.settings.places import Place
from gitblob.workspace import Workspace

URLS = """\
URL is one of

  stores/blob   /mnt/team/blobs   file:///mnt/team/blobs    a directory
  s3://bucket/path   gs://bucket/path                       `gitblob help cloud`
  az://container/path   gdrive://folder                     `gitblob help cloud`
  https+dav://host/path                                     `gitblob help webdav`
  ssh://user@host/path   sftp://user@host/path              `gitblob help ssh`
  lfs+https://host/path                                     `gitblob help lfs`"""
EPILOG = f"""\
{URLS}

  gitblob store add team /mnt/team/blobs    make it a store if nothing is there yet, and name it
  gitblob store check                       what works with the stores in use, how fast, and what to do if not"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One action and what it needs."""
    parser.epilog = EPILOG
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    add = actions.add_parser("add", help=f"make a store if need be and name it in {FILE}")
    add.epilog, add.formatter_class = URLS, parser.formatter_class
    add.add_argument("name", metavar="NAME", help="a word of your own")
    add.add_argument("url", metavar="URL", help="see below")
    add.add_argument("--default", action="store_true", help="use it for every remote that has no store of its own")
    add.add_argument(
        "--option",
        action="append",
        default=[],
        type=_option,
        metavar="KEY=VALUE",
        help="such as region=eu-west-1; the page of the kind of URL lists them",
    )
    add.add_argument("--read-only", action="store_true", help="read from it, never write to it")
    shown = actions.add_parser("list", help="the stores by name, and those of remotes that are paths")
    shown.add_argument("--json", action="store_true")
    approve = actions.add_parser("trust", help="approve the place of a store that the repository names")
    approve.add_argument("name", metavar="NAME", help="or a URL")
    remove = actions.add_parser("remove", help="take the name back; the blobs stay where they are")
    remove.add_argument("name", metavar="NAME")
    copy = actions.add_parser("copy", help="bring to one store what another one has")
    copy.add_argument("--from", required=True, dest="source", metavar="NAME")
    copy.add_argument("--to", required=True, dest="target", metavar="NAME")
    copy.add_argument("revisions", nargs="*", metavar="REV", help="what these commits and those before need")
    copy.add_argument("--all", action="store_true", help="what the commits of all refs need")
    check = actions.add_parser("check", help="try each step with a probe: reach, write, ask, list, read, delete")
    check.add_argument("name", metavar="NAME", nargs="?", help="default: every store")


def run(args: argparse.Namespace, console: Console) -> int:
    """Do what the action says."""
    work = workspace.open(ask=console.ask)
    if args.action == "add":
        _add(work, args, console)
    elif args.action == "remove":
        url = stores.remove(work, args.name)
        console.result(f"removed store {args.name} from {FILE}; its blobs are still at {console.quoted(url)}")
    elif args.action == "trust":
        _trust(work, args.name, console)
    elif args.action == "copy":
        _copy(work, args, console)
    elif args.action == "list":
        _list(work, args.json, console)
    else:
        _check(work, args.name, console)
    return 0


def _add(work: Workspace, args: argparse.Namespace, console: Console) -> None:
    added = stores.add(work, args.name, Place(args.url, dict(args.option), args.read_only), args.default)
    what = "made store" if added.made else "found store"
    console.result(f"{what} {console.quoted(added.label)}{'; it is the default' if added.default else ''}")
    console.talk(f"commit {FILE} so that others find it")
    if problem := hooks.ensure(work.repository):
        console.warn(problem)


def _trust(work: Workspace, name: str, console: Console) -> None:
    place, new = stores.approve(work, name)
    if place is None:
        console.talk(f"store {name} is a directory, which needs no approval")
    elif new:
        console.result(f"approved {place} in your git config ({trust.KEY})")
    else:
        console.talk(f"{place} was approved before")


def _option(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{name!r} needs a value: KEY=VALUE")
    return name, value


def _list(work: Workspace, as_json: bool, console: Console) -> None:
    found = stores.listed(work)
    if as_json:
        console.json([store._asdict() for store in found])
        return
    console.table(("name", "url", "for"), [(store.name, console.quoted(store.url), _use(store)) for store in found])
    if not found:
        console.talk("no store; `gitblob store add NAME DIRECTORY` makes one")


def _use(store: stores.Listed) -> str:
    if store.origin:
        return f"remote {store.name} (its own)"
    words = {
        "default": store.default,
        **{f"remote {name}": True for name in store.remotes},
        "read-only": store.read_only,
        "not required": not store.required,
        "not approved": not store.trusted,
    }
    return ", ".join(word for word, holds in words.items() if holds)


def _check(work: Workspace, name: str | None, console: Console) -> None:
    """Probe one store, or all; one that fails does not keep the others from being probed."""
    failures: list[tuple[str, StoreError]] = []
    for store in stores.in_use(work, name):
        only = ", read-only" if store.capabilities.read_only else ""
        console.result(f"{store.name} ({console.quoted(store.url)}{only})")
        for step in probe.run(store, work.cache):
            console.result(f"{step.what}{_speed(step)}", mark="problem" if step.error else "ok")
            if step.error:
                failures.append((store.name, step.error))
    if len(failures) == 1:
        raise failures[0][1]
    if failures:
        reasons = [(store, "; ".join(filter(None, (error.message, error.hint)))) for store, error in failures]
        raise PartialFailure(f"{len(failures)} stores failed", reasons)


def _speed(step: probe.Step) -> str:
    if step.error or " " in step.what:
        return ""
    took = f"{step.seconds * 1000:.1f} ms"
    return f": {human(step.size)} in {took}, {human(int(step.size / step.seconds))}/s" if step.size else f": {took}"


def _copy(work: Workspace, args: argparse.Namespace, console: Console) -> None:
    """Copy, and say what could not be."""
    revisions = ["--all"] if args.all else args.revisions or ["HEAD"]
    (source,), (target,) = stores.in_use(work, args.source)[:1], stores.in_use(work, args.target)[:1]
    if source.url == target.url:
        raise UsageError(f"{args.source} and {args.target} are the same store")
    done = copying.copy(work, source, target, revisions, console.progress())
    console.result(f"{done.needed} blob(s) needed, {done.sent} sent ({human(done.sent_bytes)})")
    if done.failures:
        raise PartialFailure(
            f"{len(done.failures)} blob(s) are whole neither on store {args.source} nor in the cache",
            sorted(done.failures.items()),
            "`gitblob push` in a clone that has them sends them",
        )
