"""apache2 with mod_dav: refuses PROPFIND to any depth; a body that is too large, a folder that may not be written."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from support.servers import process
from support.servers.dav import Dav

USER, PASSWORD = "u", "secret"
MODULES = ("mpm_event", "authz_core", "authn_core", "authn_file", "authz_user", "auth_basic", "dav", "dav_fs", "alias")
CONFIG = """
ServerRoot {folder}
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
PidFile {folder}/apache.pid
ErrorLog {folder}/apache-error.log
{modules}
{user}
DocumentRoot {data}
DavLockDB {folder}/locks
{tls}
<Directory {data}>
  Dav On
  AuthType Basic
  AuthName gitblob
  AuthUserFile {folder}/users
  Require valid-user
</Directory>
<Location /forbidden>
  <LimitExcept GET HEAD PROPFIND OPTIONS>
    Require all denied
  </LimitExcept>
</Location>
"""
TLS = """
SSLEngine on
SSLCertificateFile {certificate}
SSLCertificateKeyFile {key}
"""


@contextlib.contextmanager
def serve(_: Path, data: Path | None = None, tls: bool = False):
    """The server while it runs. data: where its files lie. tls: with a certificate that it signed itself.

    Its folder is none of pytest's, which every new pytest closes to other users.
    """
    program = process.program("apache2")
    folder = Path(tempfile.mkdtemp(prefix="gitblob-apache-"))
    try:
        with _running(program, folder, data, tls) as dav:
            yield dav
    finally:
        shutil.rmtree(folder)


@contextlib.contextmanager
def _running(program: str, folder: Path, data: Path | None, tls: bool):
    port = process.free_port()
    data = data or folder / "data"
    data.mkdir(exist_ok=True)
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    if tls:
        sign(certificate, key)
    hashed = subprocess.run(
        [process.program("openssl"), "passwd", "-apr1", PASSWORD], capture_output=True, text=True, check=True
    )
    (folder / "users").write_text(f"{USER}:{hashed.stdout}")
    names = (*MODULES, "ssl") if tls else MODULES
    root = os.geteuid() == 0
    config = folder / "apache.conf"
    config.write_text(
        CONFIG.format(
            folder=folder,
            port=port,
            data=data,
            modules="\n".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in names),
            user="User www-data\nGroup www-data" if root else "",
            tls=TLS.format(certificate=certificate, key=key) if tls else "",
        )
    )
    if root:
        for place in (folder, data):
            _open_to_others(place)
    with process.running([program, "-f", config, "-DFOREGROUND"], port, folder / "apache.log"):
        scheme = "https" if tls else "http"
        yield Dav(f"{scheme}://127.0.0.1:{port}", port, data, USER, PASSWORD, certificate if tls else None)


def sign(certificate: Path, key: Path) -> None:
    """Make a certificate for 127.0.0.1 that nobody else has signed."""
    argv = [process.program("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    argv += ["-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*argv, "-keyout", key, "-out", certificate], capture_output=True, check=True)


def _open_to_others(place: Path) -> None:
    """Started by root, apache works as www-data, which must reach the place and write there."""
    place.chmod(0o777)
    for parent in place.parents:
        if parent.stat().st_uid == os.geteuid() and not parent.stat().st_mode & 0o001:
            parent.chmod(parent.stat().st_mode | 0o011)
