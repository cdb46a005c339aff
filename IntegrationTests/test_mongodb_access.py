"""MongoDB: TLS with PEM files, signing in with a password or a certificate, rights, and what is said where it fails."""

import json
import urllib.parse

import pytest

from harness import millrace, mongodb, server
from harness.certificates import certificates  # noqa: F401  a fixture
from harness.server import wait_until

config = {"connector.class": "io.debezium.connector.mongodb.MongoDbConnector", "topic.prefix": "srv", "database.include.list": "access",
          "mongodb.server.selection.timeout.ms": "2000", "mongodb.ssl.keystore.type": "PEM", "mongodb.ssl.truststore.type": "PEM"}
password = "p@ss:w/rd 1"


@pytest.fixture(scope="module")
def secured(certificates, tmp_path_factory):  # noqa: F811
    """A server that takes nobody in without TLS, nor without a name; `files` has its certificates as MongoDB wants them."""
    import pymongo
    files = tmp_path_factory.mktemp("pem")
    for name in ("server", "client"):
        (files / f"{name}.pem").write_text((certificates / f"{name}.crt").read_text() + (certificates / f"{name}.key").read_text())
    (files / "locked.pem").write_text((certificates / "client.crt").read_text() + (certificates / "client.encrypted.key").read_text())
    (files / "root.pem").write_text((certificates / "root.crt").read_text())
    (files / "other.pem").write_text((certificates / "other.crt").read_text())
    (files / "key").write_text("bWlsbHJhY2U=")
    (files / "key").chmod(0o600)
    server.stop("mongodb-tls")
    started = mongodb.start("mongodb-tls", **{"--keyFile": files / "key", "--tlsMode": "preferTLS", "--tlsCAFile": files / "root.pem",
                                              "--tlsCertificateKeyFile": files / "server.pem", "--tlsAllowConnectionsWithoutCertificates": ""})
    started.port = int(started.url.partition("://")[2].partition("/")[0].split(":")[1])
    # The first user is made from the server's own machine, without a name.
    client = pymongo.MongoClient("127.0.0.1", started.port, directConnection=True)
    client.admin.command("createUser", "root", pwd=password, roles=["root"], mechanisms=["SCRAM-SHA-1", "SCRAM-SHA-256"])
    client.close()
    root = pymongo.MongoClient("127.0.0.1", started.port, username="root", password=password, directConnection=True)
    root.admin.command("createUser", "reader", pwd=password, roles=["readAnyDatabase"])
    root.shop.command("createUser", "one", pwd=password, roles=[{"role": "read", "db": "access"}])
    root["$external"].command("createUser", "CN=cert_only", roles=[{"role": "readAnyDatabase", "db": "admin"}])
    root.access.items.insert_one({"_id": 1})
    root.admin.command("setParameter", 1, tlsMode="requireTLS")
    started.root = pymongo.MongoClient("localhost", started.port, username="root", password=password, directConnection=True, tls=True, tlsCAFile=str(files / "root.pem"))
    started.files = files
    root.close()
    yield started
    started.root.close()
    server.stop("mongodb-tls")


def settings(secured, host="localhost", more="", who="", **given):
    return {"mongodb.connection.string": f"mongodb://{who}{host}:{secured.port}/?directConnection=true{more}", "mongodb.user": "reader", "mongodb.password": password,
            "mongodb.ssl.enabled": "true", "mongodb.ssl.truststore": secured.files / "root.pem", **{f"mongodb.{key}": str(value) for key, value in given.items()}}


@pytest.fixture
def check(secured, tmp_path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config))

    def call(host="localhost", more="", who="", without=(), scope={}, **given):
        found = settings(secured, host, more, who, **given)
        for key in without:
            del found[f"mongodb.{key}"]
        code, out, errors = millrace.call("check", path, *millrace.settings_to_arguments({**found, **scope}))
        assert password not in out + errors
        return code, out + errors
    return call


def test_the_servers_certificate_has_to_be_signed_by_a_root_that_is_trusted_and_be_for_its_host(secured, check):
    assert check()[0] == 0, check()[1]
    code, said = check(**{"ssl.truststore": secured.files / "other.pem"})
    assert code == 2 and "error: mongodb.ssl.enabled" in said and "mongodb.ssl.truststore" in said, said
    code, said = check("127.0.0.1")
    assert code == 2 and "error: mongodb.ssl.enabled" in said and "mongodb.ssl.invalid.hostname.allowed" in said, said
    assert check("127.0.0.1", **{"ssl.invalid.hostname.allowed": "true"})[0] == 0
    code, said = check(**{"ssl.truststore": "/nowhere/root.pem"})
    assert code == 2 and "error: mongodb." in said, said
    code, said = check(**{"ssl.enabled": "false"}, without=("ssl.truststore",))
    assert code == 2 and "error: mongodb." in said, said


def test_a_password_signs_in_by_either_mechanism_and_from_the_users_own_database(check):
    code, said = check(password="wrong")
    assert code == 2 and "error: mongodb.user" in said, said
    code, said = check(user="nobody")
    assert code == 2 and "error: mongodb.user" in said, said
    for mechanism in ("SCRAM-SHA-1", "SCRAM-SHA-256"):
        code, said = check(who=f"root:{urllib.parse.quote(password, safe='')}@", more=f"&authMechanism={mechanism}", without=("user", "password"))
        assert code == 0, said
    one = {"user": "one", "scope": {"capture.scope": "database", "capture.target": "access"}}
    assert check(authsource="shop", **one)[0] == 0
    code, said = check(**one)   # there is no such user in admin
    assert code == 2 and "error: mongodb.user" in said, said


def test_a_lack_of_rights_is_named_with_the_role_that_mends_it(check):
    code, said = check(user="one", authsource="shop")
    assert code == 2 and "error: mongodb.user" in said and "readAnyDatabase" in said, said
    code, said = check(without=("user", "password"))
    assert code == 2 and "error: mongodb.user" in said, said


def test_a_certificate_signs_in(secured, check):
    external = "&authMechanism=MONGODB-X509&authSource=$external"
    assert check(more=external, without=("user", "password"), **{"ssl.keystore": secured.files / "client.pem"})[0] == 0
    locked = {"ssl.keystore": secured.files / "locked.pem", "ssl.keystore.password": "open sesame"}
    assert check(more=external, without=("user", "password"), **locked)[0] == 0
    code, said = check(more=external, without=("user", "password"), **{**locked, "ssl.keystore.password": "shut"})
    assert code == 2 and "error: mongodb." in said and "shut" not in said, said


def test_a_whole_run(secured, tmp_path):
    (tmp_path / "config.json").write_text(json.dumps(config))
    run = millrace.Millrace(tmp_path / "config.json", {**settings(secured), **millrace.file_output(tmp_path)}, log=tmp_path / "log")
    path = tmp_path / "records.jsonl"
    wait_until(lambda: not run.running() or "streaming from" in (tmp_path / "log").read_text(), 60, "the stream")
    secured.root.access.items.insert_one({"_id": 2})
    wait_until(lambda: not run.running() or path.exists() and len(path.read_text().splitlines()) == 2, 60, "the records")
    assert run.running() and run.stop() == 0, run.messages()
