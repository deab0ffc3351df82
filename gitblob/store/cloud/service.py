"""What is particular to a service when something goes wrong: its name and what the user can do."""

from __future__ import annotations

from typing import NamedTuple


class Service(NamedTuple):
    """container: what the service calls a bucket. login, grant, make: what to do where these fail."""

    name: str
    container: str
    login: str
    grant: str
    make: str
