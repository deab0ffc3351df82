"""MLflow's plug-in: tags for each run that starts in a repository with `.gitblob.yaml`, without a call.

It is found by the entry point `mlflow.run_context_provider`. MLflow loads it in every program, so it costs next to
nothing where there is no such file, and never raises.
"""

from __future__ import annotations

import os
import sys
import warnings

SETTINGS = ".gitblob.yaml"


class Context:
    """What MLflow asks when a run starts; its class RunContextProvider says how."""

    _warned = False

    def in_context(self) -> bool:
        """Does the program run, or its script lie, in a repository with settings? Two looks at a few folders."""
        return self._folder() is not None

    def tags(self) -> dict[str, str]:
        """The tags; none where they cannot be told, with a warning the first time."""
        folder = self._folder()
        if folder is None:
            return {}
        try:
            from gitblob.api.snapshot import snapshot
            from gitblob.trackers import run_tags

            return run_tags.tags(snapshot(folder))
        except Exception as error:  # noqa: BLE001 a training must not end for its tags
            if not Context._warned:
                Context._warned = True
                warnings.warn(f"gitblob has no tags for this run: {error}", stacklevel=2)
            return {}

    def _folder(self) -> str | None:
        """The top of the repository around the current folder, else of the one around the script."""
        script = getattr(sys.modules.get("__main__"), "__file__", None)
        try:
            places = [os.getcwd(), *([os.path.dirname(os.path.abspath(script))] if script else [])]
            tops = (_top(place) for place in places)
            return next((top for top in tops if top and os.path.exists(f"{top}/{SETTINGS}")), None)
        except OSError:  # the current folder is gone
            return None


def _top(folder: str) -> str | None:
    """The nearest folder upwards that has `.git`."""
    while not os.path.lexists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above
    return folder
