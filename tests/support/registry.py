"""How a test that installs packages reaches the registries that this machine's own clients use."""

import os
from pathlib import Path

# Read before the sandbox replaces them.
HOME = Path.home()
PIP_CONFIGS = [os.environ.get("PIP_CONFIG_FILE"), HOME / ".config/pip/pip.conf", HOME / ".pip/pip.conf"]


def environment() -> dict[str, str]:
    """Variables for a program that calls pip or uv in an empty home."""
    kept = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "UV_", "SSL_"))}
    config = next((str(path) for path in PIP_CONFIGS if path and Path(path).is_file()), None)
    return kept | ({"PIP_CONFIG_FILE": config} if config else {})
