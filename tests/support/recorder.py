"""Programs that write down how they were called: stand-ins for a user's hook and for gitblob in its own hooks."""

from pathlib import Path

SCRIPT = """#!/bin/sh
log='{log}'
[ ! -e "$log" ] || exec 3>>"$log"
[ -e "$log" ] || exec 3>"$log"
printf '%s\\n' '{name}' >&3
printf '%s\\0' "$@" >'{log}.{name}.argv'
cat >'{log}.{name}.stdin'
printf '%s' "$0" >'{log}.{name}.name'
echo 'said by {name}'
exit {status}
"""


class Recorder:
    """Makes scripts that record into one folder, and reads what they recorded."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.log = folder / "log"

    def script(self, path: Path, name: str, status: int = 0, mode: int = 0o755) -> bytes:
        """Write a recording script that exits with this status; its bytes."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(SCRIPT.format(log=self.log, name=name, status=status))
        path.chmod(mode)
        return path.read_bytes()

    def order(self) -> list[str]:
        """The names of the scripts in the order they ran; forgets them."""
        names = self.log.read_text().split() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return names

    def argv(self, name: str) -> list[str]:
        """The arguments of the last run."""
        return Path(f"{self.log}.{name}.argv").read_text().split("\0")[:-1]

    def stdin(self, name: str) -> bytes:
        """All that the last run got on stdin."""
        return Path(f"{self.log}.{name}.stdin").read_bytes()

    def called(self, name: str) -> str:
        """$0 of the last run."""
        return Path(f"{self.log}.{name}.name").read_text()


def tree(folder: Path) -> dict[str, tuple[str, int, bytes]]:
    """Every file and link below a folder: kind, mode, bytes (or target)."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = ("link", 0, str(path.readlink()).encode())
        elif path.is_file():
            found[name] = ("file", path.stat().st_mode, path.read_bytes())
    return found
