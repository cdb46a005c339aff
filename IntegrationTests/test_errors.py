"""What goes wrong before the first record: one clear line each that says what to do, and nothing left behind in the database."""

import json
import socket
import subprocess

import pytest

from harness import millrace, server
from harness.server import wait_until

config = {
    "connector.class": "io.debezium.connector.postgresql.PostgresConnector", "topic.prefix": "errors", "plugin.name": "pgoutput",
    "slot.name": "errors", "publication.name": "errors", "table.include.list": "public.t",
}
secret = "Very$ecret"


@pytest.fixture(scope="module")
def database(postgres):
    for role in ("no_replication", "no_select"):
        if not postgres.query("select 1 from pg_roles where rolname = %s", parameters=[role]):
            postgres.query(f"create role {role} login password '{secret}'")
    postgres.query("alter role no_select replication")
    postgres.drop_slots("slot_name = %s", "errors")
    with postgres.database("errors") as name:
        postgres.script("create table t (id int primary key); insert into t values (1); create table iris_train (id int primary key);", name)
        yield name
    postgres.script("drop role no_replication; drop role no_select;")


@pytest.fixture(params=["check", "run"])
def command(request):
    return request.param


def outcome(command, settings, folder, options=()):
    """(exit code, everything it said) of one call with settings over the configuration above."""
    path = folder / "config.json"
    path.write_text(json.dumps(config))
    code, out, errors = millrace.call(command, path, *millrace.settings_to_arguments({**millrace.file_output(folder), **settings}), *options)
    said = out + errors
    print(said)
    assert secret not in said, "a secret was printed"
    return code, said


def traces(postgres, database):
    return (postgres.query("select slot_name from pg_replication_slots where database = %s", parameters=[database])
            + postgres.query("select pubname from pg_publication", database))


def says(said, *words):
    """Whether just one line has all these words."""
    lines = [line for line in said.splitlines() if all(word.lower() in line.lower() for word in words)]
    assert len(lines) == 1, f"{len(lines)} lines with {words}:\n{said}"


def test_five_mistakes_are_five_findings(command, tmp_path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps({
        "connector.class": config["connector.class"], "topic.prefix": "errors", "database.hostname": "127.0.0.1",
        "database.user": "x", "database.password": secret, "database.dbname": "x",
        "database.prot": "5432", "snapshot.mode": "sometimes", "max.batch.size": "many", "table.include.list": "public.(",
        "decimal.handling.mode": "exactly", "sink.type": "stdout"}))
    code, out, errors = millrace.call(command, path)
    said = out + errors
    print(said)
    assert code == 2
    assert secret not in said
    says(said, "database.prot", "database.port")
    says(said, "snapshot.mode", "sometimes", "initial")
    says(said, "max.batch.size", "many")
    says(said, "table.include.list", "public.(")
    says(said, "decimal.handling.mode", "exactly", "precise")


def test_rules_are_held_against_the_tables(command, postgres, database, tmp_path):
    code, said = outcome(command, {
        **postgres.settings(database), "table.include.list": "public.t,public.iris_train", "guardrail.collections.max": "1",
        "guardrail.collections.limit.action": "fail", "message.key.columns": "public.t:i.", "column.mask.with.3.chars": ".*\\.id",
        "column.truncate.to.3.chars": "public\\.t\\.id"}, tmp_path)
    assert code == 2
    says(said, "guardrail.collections.max", "2 tables")
    says(said, "public.t.id", "column.truncate.to.3.chars and column.mask.with.3.chars")
    says(said, "column.mask.with.3.chars", "does not apply to keys", "public.iris_train.id")
    assert traces(postgres, database) == []


def test_a_file_that_is_not_there_or_not_json(command, tmp_path):
    code, out, errors = millrace.call(command, tmp_path / "absent.json")
    assert code == 2 and "absent.json" in out + errors
    (tmp_path / "broken.json").write_text('{"name": "x", "config": {')
    code, out, errors = millrace.call(command, tmp_path / "broken.json")
    assert code == 2 and "broken.json" in out + errors


def test_wrong_password(command, postgres, database, tmp_path):
    code, said = outcome(command, {**postgres.settings(database), "database.user": "no_select", "database.password": "wrong-one"}, tmp_path)
    assert code in (1, 2)
    assert "wrong-one" not in said
    says(said, "password", "no_select")
    assert traces(postgres, database) == []


def test_absent_database(command, postgres, database, tmp_path):
    code, said = outcome(command, {**postgres.settings(database), "database.dbname": "nowhere"}, tmp_path)
    assert code in (1, 2)
    says(said, "nowhere")


def test_unreachable_server(command, postgres, database, tmp_path):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = str(unused.getsockname()[1])
        code, said = outcome(command, {**postgres.settings(database), "database.hostname": "127.0.0.1", "database.port": port}, tmp_path)
    assert code in (1, 2)
    says(said, port)


def test_role_without_replication(command, postgres, database, tmp_path):
    settings = {**postgres.settings(database), "database.user": "no_replication", "database.password": secret}
    code, said = outcome(command, settings, tmp_path)
    assert code in (1, 2)
    says(said, "alter role", "no_replication", "replication")
    assert traces(postgres, database) == []


def test_role_without_select(command, postgres, database, tmp_path):
    postgres.query("create publication errors for table t", database)
    try:
        settings = {**postgres.settings(database), "database.user": "no_select", "database.password": secret, "publication.autocreate.mode": "disabled"}
        code, said = outcome(command, settings, tmp_path)
        assert code in (1, 2)
        says(said, "grant select", "t", "no_select")
        assert traces(postgres, database) == [("errors",)]   # the publication above
    finally:
        postgres.query("drop publication errors", database)


def test_slot_in_use(command, postgres, database, tmp_path):
    postgres.query("create publication errors for table t", database)
    postgres.query("select pg_create_logical_replication_slot('errors', 'pgoutput')", database)
    other = subprocess.Popen(["pg_recvlogical", "-d", postgres.url(database), "--slot=errors", "--start", "-o", "proto_version=1",
                              "-o", "publication_names=errors", "-f", "/dev/null"])
    try:
        wait_until(lambda: postgres.query("select 1 from pg_replication_slots where slot_name = 'errors' and active"))
        code, said = outcome(command, {**postgres.settings(database), "slot.max.retries": "0"}, tmp_path)
        assert code in (1, 2)
        says(said, "slot", "errors", "pg_terminate_backend")
    finally:
        other.terminate()
        other.wait()
        postgres.drop_slots("slot_name = %s", "errors")
        postgres.query("drop publication errors", database)


def test_pattern_that_matches_nothing(command, postgres, database, tmp_path):
    settings = {**postgres.settings(database), "table.include.list": "public.iris_*"}
    code, said = outcome(command, settings, tmp_path, ["--exit-when-idle", "1"] if command == "run" else [])
    says(said, "public.iris_*", "iris_.*")
    if command == "check":
        assert traces(postgres, database) == []
    postgres.drop_slots("slot_name = %s", "errors")
    postgres.query("drop publication if exists errors", database)


@pytest.mark.parametrize("settings,words", [
    ({"wal_level": "replica"}, ["wal_level", "alter system set wal_level"]),
    ({"wal_level": "logical", "max_replication_slots": "1"}, ["max_replication_slots"]),
], ids=["wal_level", "slots"])
def test_server_that_is_not_set_up(command, settings, words, tmp_path):
    name = "postgres-" + settings["wal_level"]
    other = server.start(name, **settings)
    try:
        other.script("drop table if exists t; create table t (id int primary key);")
        if settings["wal_level"] == "logical":
            other.query("select pg_create_logical_replication_slot('taken', 'pgoutput')")
        code, said = outcome(command, other.settings(), tmp_path)
        assert code in (1, 2)
        says(said, *words)
        assert other.query("select pubname from pg_publication") == []
        assert other.query("select slot_name from pg_replication_slots where slot_name <> 'taken'") == []
    finally:
        server.stop(name)


def test_replica_identity_that_hides_the_key(postgres, database, tmp_path):
    postgres.script("create table coded (id int primary key, code text not null unique); alter table coded replica identity using index coded_code_key;", database)
    try:
        code, said = outcome("check", {**postgres.settings(database), "table.include.list": "public.coded"}, tmp_path)
        assert code == 0
        says(said, "public.coded", "replica identity default")
    finally:
        postgres.query("drop table coded", database)
