"""What would lose rows, or do harm, without a word."""

import json

import pytest

from harness import millrace, replica
from harness.server import wait_until

config = {
    "connector.class": "io.debezium.connector.postgresql.PostgresConnector", "topic.prefix": "safe", "slot.name": "safety",
    "publication.name": "safety", "key.converter.schemas.enable": "false", "value.converter.schemas.enable": "false",
    "key.converter": "org.apache.kafka.connect.json.JsonConverter", "value.converter": "org.apache.kafka.connect.json.JsonConverter",
}


@pytest.fixture
def database(postgres):
    postgres.drop_slots("slot_name = %s", "safety")
    with postgres.database("safety") as name:
        yield name
    postgres.drop_slots("slot_name = %s", "safety")


@pytest.fixture
def path(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps(config))
    return tmp_path / "config.json"


def slot(postgres):
    return postgres.query("select 1 from pg_replication_slots where slot_name = 'safety'")


def rows(tmp_path, table):
    return list(replica.read(tmp_path / "records.jsonl").tables.get(f"safe.{table}", {}).values())


def test_names_that_end_a_quoted_identifier_for_swift_but_not_for_the_server(postgres, database, path, tmp_path):
    """A quote with a combining mark behind it, in a table that is read by a query."""
    name = 'x"\u0301) TO STDOUT;DROP TABLE victim;--'
    quoted = name.replace('"', '""')
    postgres.script(f'create table victim (id int primary key); insert into victim values (1);'
                    f'create table "{quoted}" (id int primary key) partition by range (id);'
                    f'create table part partition of "{quoted}" default; insert into "{quoted}" values (7);', database)
    settings = {**postgres.settings(database), **millrace.file_output(tmp_path)}
    millrace.run(path, settings, "--exit-when-idle", "1", log=tmp_path / "log")
    assert postgres.query("select id from victim", database) == [(1,)]
    assert rows(tmp_path, "public.part") == [{"id": 7}]
    assert len(replica.read(tmp_path / "records.jsonl").tables) == 3


def test_a_table_without_columns_does_not_stop_the_snapshot(postgres, database, path, tmp_path):
    postgres.script("create table a_bare (); create table b (id int primary key); insert into b values (1);", database)
    millrace.run(path, {**postgres.settings(database), **millrace.file_output(tmp_path)}, "--exit-when-idle", "1", log=tmp_path / "log")
    assert rows(tmp_path, "public.b") == [{"id": 1}]


def test_only_a_run_that_ends_drops_its_slot(postgres, database, path, tmp_path):
    postgres.script("create table t (id int primary key); insert into t values (1);", database)
    settings = {**postgres.settings(database), **millrace.file_output(tmp_path)}
    millrace.run(path, settings, "--exit-when-idle", "1", log=tmp_path / "log")
    dropping = {**settings, "slot.drop.on.stop": "true"}
    code, out, errors = millrace.call("check", path, *millrace.settings_to_arguments(dropping))
    assert code == 0 and slot(postgres), out + errors
    postgres.query("insert into t values (2)", database)
    millrace.run(path, dropping, "--exit-when-idle", "1", log=tmp_path / "log")
    assert not slot(postgres)
    assert rows(tmp_path, "public.t") == [{"id": 1}, {"id": 2}]


def test_rows_hidden_by_row_level_security_are_an_error(postgres, database, path, tmp_path):
    if not postgres.query("select 1 from pg_roles where rolname = 'sees_some'"):
        postgres.query("create role sees_some login replication password 'sees_some'")
    try:
        postgres.script("create table t (id int primary key); insert into t values (1), (2); alter table t enable row level security;"
                        "create policy visible on t using (id = 1); grant select on t to sees_some; create publication safety for all tables;", database)
        settings = {**postgres.settings(database), **millrace.file_output(tmp_path), "database.user": "sees_some", "database.password": "sees_some"}
        code, out, errors = millrace.call("run", path, *millrace.settings_to_arguments(settings), "--exit-when-idle", "1")
        assert code == 2 and "BYPASSRLS" in out + errors, out + errors
        assert not slot(postgres)
    finally:
        postgres.script("drop owned by sees_some; drop role sees_some;", database)


def test_a_table_rewritten_while_another_is_read_is_not_empty(postgres, database, path, tmp_path):
    postgres.script("create table a (id int primary key, v text); insert into a select i, repeat('v', 100) from generate_series(1, 300000) i;"
                    "create table z (id int primary key, n int); insert into z select i, i from generate_series(1, 100) i;", database)
    settings = {**postgres.settings(database), **millrace.file_output(tmp_path), "retriable.restart.connector.wait.ms": "100"}
    records = tmp_path / "records.jsonl"
    process = millrace.Millrace(path, settings, log=tmp_path / "log")
    try:
        wait_until(lambda: records.exists() and records.stat().st_size > 0 or not process.running(), what="the first rows")
        postgres.query("alter table z alter n type bigint", database)
        postgres.query("insert into z values (101, 101)", database)
        wait_until(lambda: b'{"id":101}' in records.read_bytes() and b'"op":"c"' in records.read_bytes()[-2000:] or not process.running(), 120, "the insert")
    finally:
        assert process.stop() == 0, process.messages()
    assert sorted(row["id"] for row in rows(tmp_path, "public.z")) == list(range(1, 102)), process.messages()
    assert len(rows(tmp_path, "public.a")) == 300000


def test_tables_altered_and_dropped_while_another_is_read_end_no_snapshot(postgres, database, path, tmp_path):
    postgres.script("create table a (id int primary key, v text); insert into a select i, repeat('v', 100) from generate_series(1, 300000) i;"
                    "create table y (id int primary key); create table z (id int primary key, n int, m int);"
                    "insert into y values (1); insert into z select i, i, i from generate_series(1, 100) i;", database)
    settings = {**postgres.settings(database), **millrace.file_output(tmp_path), "retriable.restart.connector.wait.ms": "100"}
    records = tmp_path / "records.jsonl"
    process = millrace.Millrace(path, settings, log=tmp_path / "log")
    try:
        wait_until(lambda: records.exists() and records.stat().st_size > 0 or not process.running(), what="the first rows")
        postgres.script("drop table y; alter table z drop column n; insert into z values (101, 101);", database)
        wait_until(lambda: b'{"id":101}' in records.read_bytes() and b'"op":"c"' in records.read_bytes()[-2000:] or not process.running(), 120, "the insert")
    finally:
        assert process.stop() == 0, process.messages()
    assert "postgres.tables.changed" in process.messages()
    assert sorted(rows(tmp_path, "public.z"), key=lambda row: row["id"]) == [{"id": i, "m": i} for i in range(1, 102)], process.messages()


def test_a_publication_that_was_dropped_is_not_made_again_in_silence(postgres, database, path, tmp_path):
    postgres.script("create table t (id int primary key); insert into t values (1);", database)
    settings = {**postgres.settings(database), **millrace.file_output(tmp_path)}
    millrace.run(path, settings, "--exit-when-idle", "1", log=tmp_path / "log")
    postgres.script("drop publication safety; insert into t values (2);", database)
    code, out, errors = millrace.call("run", path, *millrace.settings_to_arguments(settings), "--exit-when-idle", "1")
    assert code == 1 and "postgres.publication.lost" in out + errors, out + errors
    assert postgres.query("select pubname from pg_publication", database) == []
