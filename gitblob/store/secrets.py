"""What looks like a secret in a committed file, and where it belongs instead."""

from __future__ import annotations

import re

NAME = re.compile(r"secret|token|passw|credential|signature|^sig$|key$|key_?id$", re.IGNORECASE)
LOOKS = (
    (re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"), "an AWS access key id"),
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY"), "a private key"),
    (re.compile(r"\b(?:gh[opsu]_|github_pat_|glpat-|hf_)[0-9A-Za-z_-]{16}"), "an access token"),
    (re.compile(r"//[^/@\s]*:[^/@\s]*@"), "a password"),
    (re.compile(r"[?&;](?:sig|X-\w+-Signature|SharedAccessSignature|AccountKey)=", re.IGNORECASE), "a signature"),
)  # fmt: skip
PLACES = {
    "s3": "the environment (AWS_ACCESS_KEY_ID, ...), a profile in ~/.aws, or `aws sso login`",
    "gs": "the environment (GOOGLE_APPLICATION_CREDENTIALS), or `gcloud auth application-default login`",
    "az": "the environment (AZURE_STORAGE_KEY, ...), or `az login`",
    "gdrive": "the environment (see `gitblob help cloud`)",
    "ssh": "the ssh agent or ~/.ssh",
    "sftp": "the ssh agent or ~/.ssh",
}
ELSEWHERE = "`git credential`, which asks for it when it is needed (gitcredentials(7))"


def is_name(name: str) -> bool:
    """Is what goes by this name a secret?"""
    return NAME.search(name) is not None


def look(text: str) -> str | None:
    """What secret the text looks like, or None."""
    return next((what for pattern, what in LOOKS if pattern.search(text)), None)


def place(kind: str) -> str:
    """Where secrets for this kind of URL belong."""
    return f"credentials belong into {PLACES.get(kind, ELSEWHERE)}, never into the repository"
