"""Object storage (S3, Google Cloud Storage, Azure, Google Drive) behind the backend interface, by way of opendal.

opendal must not be used on both sides of a fork: nothing here forks, and whoever works in parallel uses threads.
"""

from __future__ import annotations
