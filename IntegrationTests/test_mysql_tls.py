"""Encrypted connections and ways to log in: each database.ssl.mode against servers with certificates, each way in which they can be
wrong, each authentication plug-in."""

import json
import pathlib
import subprocess

import pytest

from harness import millrace, mysql, server
from harness.certificates import certificates  # noqa: F401  a fixture
from test_mysql import names

# Our names of the modes: whether it encrypts where it may, whether it goes on without.
modes = {
    "mysql": {"disabled": (False, True), "preferred": (True, True), "required": (True, False), "verify_ca": (True, False), "verify_identity": (True, False)},
    "mariadb": {"disable": (False, True), "trust": (True, False), "verify-ca": (True, False), "verify-full": (True, False)},
}


@pytest.fixture(scope="module")
def pems(certificates):
    """The same folder; *.pem hold certificate and key."""
    for name, key in (("client", "client"), ("encrypted", "client.encrypted"), ("mixed", "other")):
        (certificates / f"{name}.pem").write_text((certificates / "client.crt").read_text() + (certificates / f"{key}.key").read_text())
    return certificates


def ed25519():
    """The folder of MariaDB's plug-in auth_ed25519, which Debian has in the package of the whole server: unpacked, not installed."""
    found = pathlib.Path("/usr/lib/mysql/plugin")
    if (found / "auth_ed25519.so").exists():
        return found
    folder = millrace.fresh("/tmp/millrace-mariadb-plugins")
    subprocess.run("apt-get -qq download mariadb-server && dpkg-deb -x mariadb-server_*.deb .", shell=True, cwd=folder, check=True)
    return folder / "usr/lib/mysql/plugin"


@pytest.fixture(scope="module", params=["mysql", "mariadb"])
def secured(request, pems):
    """tls_only must encrypt, cert_only must show its certificate, plain_only must not encrypt (it can only where it is told so)."""
    kind = request.param
    files = {"ssl_ca": pems / "root.crt", "ssl_cert": pems / "server.crt", "ssl_key": pems / "server.key"}
    more = {"plugin_dir": ed25519()} if kind == "mariadb" else {}
    place = mysql.start(f"{kind}-tls", **files, **more)
    for user, needs in (("tls_only", "ssl"), ("cert_only", "x509"), ("anyone", "none")):
        place.query(f"create user {user}@'%' identified by 'x' require {needs}")
        place.query(f"grant all on *.* to {user}@'%'")
    place.kind = kind
    with place.database("job"):
        place.script("create table t (id int primary key); insert into t values (1);", "job")
        yield place
    server.stop(place.name)


@pytest.fixture
def check(secured, tmp_path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"connector.class": names[secured.kind], "topic.prefix": "tls", "database.include.list": "job"}))

    def call(mode=None, user="tls_only", host="localhost", command="check", password="x", **files):
        settings = {**secured.settings(), **millrace.file_output(tmp_path), "database.hostname": host, "database.user": user, "database.password": password,
                    **({"database.ssl.mode": mode} if mode else {}), **{f"database.ssl.{key.replace('_', '.')}": str(value) for key, value in files.items()}}
        more = ("--exit-when-idle", "1") if command == "run" else ()
        code, out, errors = millrace.call(command, path, *millrace.settings_to_arguments(settings), *more)
        print(out + errors)
        return code, out + errors
    return call


def test_each_mode(check, secured, pems):
    for mode, (encrypts, goes_on) in modes[secured.kind].items():
        files = {"truststore": pems / "root.crt"} if mode.startswith("verify") else {}
        code, said = check(mode, "tls_only", **files)
        assert (code == 0) == encrypts, (mode, said)
        code, said = check(mode, "anyone", **files)
        assert code == 0, (mode, said)


def test_a_whole_run_through_tls(check, secured, pems, tmp_path):
    """The log is read through TLS as well, by our own reader."""
    mode = "verify_identity" if secured.kind == "mysql" else "verify-full"
    good = {"truststore": pems / "root.crt", "keystore": pems / "client.pem"}
    assert check(mode, "cert_only", command="run", **good)[0] == 0
    secured.query("set global max_allowed_packet = 1073741824")
    secured.script("create table if not exists big (id int primary key, v longtext); replace into big values (1, repeat('x', 20000000)), (2, 'y');", "job")
    assert check(mode, "cert_only", command="run", **good)[0] == 0
    lines = [json.loads(line)["value"] for line in (tmp_path / "records.jsonl").read_text().splitlines()]
    rows = [line.get("payload", line).get("after") for line in lines]
    assert [len(row["v"]) for row in rows if row and "v" in row] == [20_000_000, 1]


def test_a_root_that_did_not_sign_the_servers_certificate(check, secured, pems):
    for mode in modes[secured.kind]:
        if mode.startswith("verify"):
            code, said = check(mode, truststore=pems / "other.crt")
            assert code == 2 and "error: database.ssl.truststore" in said, said
            code, said = check(mode, truststore="/nowhere/root.crt")
            assert code == 2 and "error: database.ssl.truststore" in said, said


def test_a_certificate_for_another_host(check, secured, pems):
    mode = "verify_identity" if secured.kind == "mysql" else "verify-full"
    code, said = check(mode, host="127.0.0.1", truststore=pems / "root.crt")
    assert code == 2 and "error: database.hostname" in said, said


def test_client_certificates(check, secured, pems):
    mode = "required" if secured.kind == "mysql" else "trust"
    assert check(mode, "cert_only", keystore=pems / "client.pem")[0] == 0
    assert check(mode, "cert_only", keystore=pems / "encrypted.pem", keystore_password="open sesame")[0] == 0
    for files in ({"keystore": pems / "encrypted.pem", "keystore_password": "shut"}, {"keystore": pems / "mixed.pem"}):
        code, said = check(mode, "cert_only", **files)
        assert code == 2 and "error: database.ssl.keystore" in said and "shut" not in said, said
    code, said = check(mode, "cert_only", keystore="/nowhere/client.pem")
    assert code == 2 and "error: database.ssl.keystore" in said and "a certificate file cannot be read" in said, said
    code, said = check(mode, "cert_only")
    assert code == 2 and ("database.password" in said or "database.ssl.keystore" in said), said


def plugins(place):
    if place.kind == "mariadb":
        place.query("install soname 'auth_ed25519'")
        return {"mysql_native_password": "identified via mysql_native_password using password('x y')", "ed25519": "identified via ed25519 using password('x y')"}
    found = {name for name, in place.query("select plugin_name from information_schema.plugins where plugin_type = 'AUTHENTICATION' and plugin_status = 'ACTIVE'")}
    known = {"caching_sha2_password", "sha256_password", "mysql_native_password"}
    return {name: f"identified with {name} by 'x y'" for name in found & known}


def test_each_way_to_log_in(check, secured, pems):
    """With TLS and, but for sha256_password, without: then the password is encrypted by the server's public key, or never sent."""
    encrypted, plain = ("required", "disabled") if secured.kind == "mysql" else ("trust", "disable")
    ways = plugins(secured)
    print(ways.keys())
    assert ("caching_sha2_password" if secured.kind == "mysql" else "ed25519") in ways
    for name, words in ways.items():
        for mode in (plain, encrypted):
            secured.query("drop user if exists way@'%'")   # caching_sha2_password forgets whom it knew
            secured.query(f"create user way@'%' {words}")
            secured.query("grant all on *.* to way@'%'")
            code, said = check(mode, "way", password="x y")
            assert code == 0, (name, mode, said)
            code, said = check(mode, "way", password="wrong")
            assert code == 2 and "error: database.password" in said, (name, mode, said)


def test_a_server_without_tls(tmp_path):
    place = mysql.start("mariadb")   # Debian's has no certificate
    (tmp_path / "config.json").write_text(json.dumps({"connector.class": names["mariadb"], "topic.prefix": "tls", "database.include.list": "millrace"}))
    code, out, errors = millrace.call("check", tmp_path / "config.json", *millrace.settings_to_arguments({**place.settings(), "database.ssl.mode": "trust"}))
    assert code == 2 and "error: database.ssl.mode" in out + errors, out + errors
