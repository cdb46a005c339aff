"""Encrypted connections: each database.sslmode against a server with certificates, and each way in which they can be wrong."""

import json
import os
import pathlib
import shutil

import pytest

from harness import millrace, server
from harness.certificates import certificates  # noqa: F401  a fixture

config = {"connector.class": "io.debezium.connector.postgresql.PostgresConnector", "topic.prefix": "tls", "slot.name": "tls", "publication.name": "tls"}


@pytest.fixture(scope="module")
def secured(certificates, tmp_path_factory):
    """A server with these certificates. plain_only must not encrypt, tls_only must, cert_only must show its certificate."""
    other = server.start("postgres-tls")
    home = pathlib.Path(other.query("show data_directory")[0][0])
    owner = os.stat(home)
    for name in ("root.crt", "server.crt", "server.key"):
        shutil.copy(certificates / name, home / name)
        os.chown(home / name, owner.st_uid, owner.st_gid)
        (home / name).chmod(0o600)
    other.query("alter system set ssl_ca_file = 'root.crt'")
    other.query("alter system set ssl_cert_file = 'server.crt'")
    other.query("alter system set ssl_key_file = 'server.key'")
    other.query("alter system set ssl = on")
    other.script("do $$ begin if not exists (select 1 from pg_roles where rolname = 'cert_only') then "
                 "create role cert_only superuser replication login; create role tls_only superuser replication login password 'x';"
                 "create role plain_only superuser replication login password 'x'; end if; end $$;"
                 "create table if not exists t (id int primary key); truncate t; insert into t values (1);")
    rules = home / "pg_hba.conf"
    rules.write_text("hostssl all,replication cert_only 127.0.0.1/32 cert\nhostssl all,replication tls_only 127.0.0.1/32 scram-sha-256\n"
                     "hostnossl all,replication tls_only 127.0.0.1/32 reject\nhostssl all,replication plain_only 127.0.0.1/32 reject\n" + rules.read_text())
    other.query("select pg_reload_conf()")
    server.wait_until(lambda: other.query("show ssl") == [("on",)], what="TLS")
    yield other
    server.stop("postgres-tls")


@pytest.fixture
def check(secured, certificates, tmp_path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config))

    def call(mode, user="tls_only", host="localhost", **files):
        settings = {**secured.settings(), "database.hostname": host, "database.user": user, "database.password": "x", "database.sslmode": mode,
                    **{f"database.{key}": str(value) for key, value in files.items()}}
        code, out, errors = millrace.call("check", path, *millrace.settings_to_arguments(settings), environment={"HOME": str(tmp_path)})
        print(out + errors)
        return code, out + errors
    return call


# (mode, user who must encrypt, user who must not): whether a connection comes about
@pytest.mark.parametrize("mode,encrypted,plain", [
    ("disable", False, True), ("allow", True, True), ("prefer", True, True), ("require", True, False), ("verify-ca", True, False), ("verify-full", True, False)])
def test_each_mode(check, certificates, mode, encrypted, plain):
    root = {"sslrootcert": certificates / "root.crt"} if mode.startswith("verify") else {}
    for user, wanted in (("tls_only", encrypted), ("plain_only", plain)):
        code, said = check(mode, user, **root)
        assert (code == 0) == wanted, said
        if not wanted:
            assert "database.sslmode" in said, said


def test_a_root_that_did_not_sign_the_servers_certificate(check, certificates):
    for mode in ("verify-ca", "verify-full"):
        code, said = check(mode, sslrootcert=certificates / "other.crt")
        assert code == 2 and "error: database.sslrootcert" in said and "did not sign" in said, said


def test_a_root_that_is_not_there(check, certificates):
    code, said = check("verify-full", sslrootcert="/nowhere/root.crt")
    assert code == 2 and "error: database.sslrootcert" in said and "/nowhere/root.crt" in said, said
    code, said = check("verify-full")
    assert code == 2 and "error: database.sslrootcert" in said, said


def test_a_certificate_for_another_host(check, certificates):
    code, said = check("verify-full", host="127.0.0.1", sslrootcert=certificates / "root.crt")
    assert code == 2 and "error: database.hostname" in said and "verify-ca" in said, said
    code, said = check("verify-ca", host="127.0.0.1", sslrootcert=certificates / "root.crt")
    assert code == 0, said


def test_client_certificates(check, certificates):
    good = {"sslrootcert": certificates / "root.crt", "sslcert": certificates / "client.crt"}
    code, said = check("verify-full", "cert_only", **good, sslkey=certificates / "client.key")
    assert code == 0, said
    code, said = check("verify-full", "cert_only", **good, sslkey=certificates / "client.encrypted.key", sslpassword="open sesame")
    assert code == 0, said
    code, said = check("verify-full", "cert_only", **good, sslkey=certificates / "client.encrypted.key", sslpassword="shut")
    assert code == 2 and "error: database.sslkey" in said and "database.sslpassword" in said and "shut" not in said, said
    code, said = check("verify-full", "cert_only", **good, sslkey=certificates / "root.key")
    assert code == 2 and "error: database.sslkey" in said, said
    code, said = check("verify-full", "cert_only", sslrootcert=certificates / "root.crt")
    assert code == 2 and "error: database.sslcert" in said, said


def test_a_whole_run(secured, certificates, tmp_path):
    secured.drop_slots("slot_name = %s", "tls")
    (tmp_path / "config.json").write_text(json.dumps(config))
    settings = {**secured.settings(), **millrace.file_output(tmp_path), "database.hostname": "localhost", "database.user": "cert_only",
                "database.sslmode": "verify-full", "database.sslrootcert": certificates / "root.crt", "database.sslcert": certificates / "client.crt",
                "database.sslkey": certificates / "client.encrypted.key", "database.sslpassword": "open sesame"}
    millrace.run(tmp_path / "config.json", settings, "--exit-when-idle", "1", log=tmp_path / "log")
    secured.query("insert into t values (2)")
    millrace.run(tmp_path / "config.json", settings, "--exit-when-idle", "1", log=tmp_path / "log")
    assert len((tmp_path / "records.jsonl").read_text().splitlines()) == 2


def test_a_server_without_tls(postgres, tmp_path):
    (tmp_path / "config.json").write_text(json.dumps(config))
    settings = {**postgres.settings(), "database.sslmode": "require"}
    code, out, errors = millrace.call("check", tmp_path / "config.json", *millrace.settings_to_arguments(settings))
    assert code == 2 and "error: database.sslmode" in out + errors and "ssl = on" in out + errors, out + errors
