"""Certificates for servers with TLS."""

import subprocess

import pytest


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """root signs server (for localhost only) and client; other is a root that has signed nothing. client.encrypted.key has a passphrase."""
    folder = tmp_path_factory.mktemp("certificates")
    for root in ("root", "other"):
        openssl("req", "-new", "-x509", "-days", "2", "-nodes", "-subj", f"/CN={root}", "-keyout", folder / f"{root}.key", "-out", folder / f"{root}.crt")
    for name, subject, extension in (("server", "/CN=localhost", "subjectAltName=DNS:localhost"), ("client", "/CN=cert_only", "keyUsage=digitalSignature")):
        (folder / f"{name}.ext").write_text(extension)
        openssl("req", "-new", "-nodes", "-subj", subject, "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.csr")
        openssl("x509", "-req", "-days", "2", "-in", folder / f"{name}.csr", "-CA", folder / "root.crt", "-CAkey", folder / "root.key",
                "-CAcreateserial", "-extfile", folder / f"{name}.ext", "-out", folder / f"{name}.crt")
    openssl("rsa", "-aes256", "-passout", "pass:open sesame", "-in", folder / "client.key", "-out", folder / "client.encrypted.key")
    for key in folder.glob("*.key"):
        key.chmod(0o600)
    return folder
