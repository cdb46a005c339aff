"""The main path on every version of the server that can be had: snapshot, stream, restart, and one of each kind of change."""

import json

import pytest

from harness import millrace, replica, server

versions = [13, 14, 15, 16, 17, 18]

config = {
    "connector.class": "io.debezium.connector.postgresql.PostgresConnector", "topic.prefix": "v", "plugin.name": "pgoutput",
    "slot.name": "versions", "publication.name": "versions", "key.converter.schemas.enable": "false",
    "value.converter.schemas.enable": "false", "key.converter": "org.apache.kafka.connect.json.JsonConverter",
    "value.converter": "org.apache.kafka.connect.json.JsonConverter", "skipped.operations": "none",
    "publish.via.partition.root": "true", "table.include.list": r"public\.(sample|keyed|cleared|parts)",
}

setup = """
create type mood as enum ('sad', 'happy');
create table sample (id int primary key, b bool, i8 int8, f8 float8, n numeric(20,5), t text, c char(4), bin bytea, d date,
  ts timestamp, tz timestamptz, iv interval, u uuid, j jsonb, ints int[], m mood, r int4range, long text,
  twice int generated always as (id * 2) stored);
insert into sample values (1, true, 9223372036854775807, 0.1, 12345.67890, 'snowman \u2603', 'ab', '\\x00ff', '2024-02-29',
  '2024-02-29 12:34:56.123456', '2024-02-29 12:34:56.123456+00', '1 year 2 mons 3 days', '00000000-0000-0000-0000-000000000001',
  '{"a": [1, null]}', '{1,NULL,3}', 'happy', '[1,5)', repeat('x', 3000));
insert into sample (id) values (2);
create table keyed (id int primary key, v text);
insert into keyed values (1, 'a'), (2, 'b');
create table cleared (id int primary key);
insert into cleared values (1);
create table parts (id int primary key, v text) partition by range (id);
create table parts_low partition of parts for values from (0) to (100);
create table parts_high partition of parts for values from (100) to (200);
insert into parts values (1, 'low'), (101, 'high');
"""

changes = """
insert into sample select 3, b, i8, f8, n, t, c, bin, d, ts, tz, iv, u, j, ints, m, r, long from sample where id = 1;
update sample set b = false where id = 1;
update keyed set id = 20 where id = 2;
delete from keyed where id = 1;
truncate cleared;
insert into parts values (2, 'low'), (102, 'high');
alter table keyed add column more int default 7;
insert into keyed values (3, 'c', 8);
"""


@pytest.fixture(scope="module", params=versions)
def old_or_new(request, postgres):
    """The server of one version; the plain one where it is that."""
    version = request.param
    if int(postgres.query("show server_version_num")[0][0]) // 10000 == version:
        yield version, postgres
        return
    name = f"postgres-{version}"
    yield version, server.start(name)
    server.stop(name)


def values(lines):
    """The records without what differs from run to run: topic, key, and of the value what matters."""
    kept = []
    for line in lines:
        record = json.loads(line)
        value = record["value"]
        if value and "op" in value:
            value = {"op": value["op"], "before": value.get("before"), "after": value.get("after"), "message": value.get("message")}
        kept.append((record["topic"], record["key"], value))
    return kept


def test_the_main_path(old_or_new, tmp_path):
    version, postgres = old_or_new
    postgres.drop_slots("slot_name = %s", "versions")
    with postgres.database("versions") as name:
        postgres.script(setup, name)
        (tmp_path / "config.json").write_text(json.dumps(config))
        settings = {**postgres.settings(name), **millrace.file_output(tmp_path)}
        code, out, errors = millrace.call("check", tmp_path / "config.json", *millrace.settings_to_arguments(settings))
        assert code == 0, out + errors
        millrace.run(tmp_path / "config.json", settings, "--exit-when-idle", "1", log=tmp_path / "log")
        records = tmp_path / "records.jsonl"
        rows = values(records.read_text().splitlines())
        if version >= 18:
            postgres.query("alter publication versions set (publish_generated_columns = stored)", name)   # left out all the same
        postgres.script(changes + ("select pg_logical_emit_message(true, 'note', 'hello');" if version >= 14 else ""), name)
        millrace.run(tmp_path / "config.json", settings, "--exit-when-idle", "1", log=tmp_path / "log")
        changed = values(records.read_text().splitlines())[len(rows):]
        millrace.run(tmp_path / "config.json", settings, "--exit-when-idle", "1", log=tmp_path / "log")
        assert len(records.read_text().splitlines()) == len(rows) + len(changed), "a restart repeats or invents records"
        slot = postgres.query("select count(*) from pg_replication_slots where slot_name = 'versions' and not active")
        assert slot == [(1,)]

    first = next(value["after"] for topic, key, value in rows if topic == "v.public.sample" and key == {"id": 1})
    third = next(value["after"] for topic, key, value in changed if topic == "v.public.sample" and key == {"id": 3})
    assert {**first, "id": 3} == third, "snapshot and stream give different rows"
    assert "twice" not in first and first["ints"] == [1, None, 3] and first["m"] == "happy" and first["r"] == "[1,5)"
    read = [(topic, value["op"]) for topic, _, value in rows]
    assert read.count(("v.public.sample", "r")) == 2 and read.count(("v.public.keyed", "r")) == 2 and ("v.public.cleared", "r") in read
    assert sorted(value["after"]["v"] for topic, _, value in rows if topic.startswith("v.public.parts")) == ["high", "low"]

    ops = [(topic.removeprefix("v.public."), key and key.get("id"), value and value["op"]) for topic, key, value in changed]
    wanted = [
        ("sample", 3, "c"), ("sample", 1, "u"), ("keyed", 2, "d"), ("keyed", 2, None), ("keyed", 20, "c"), ("keyed", 1, "d"),
        ("keyed", 1, None), ("cleared", None, "t"), ("parts", 2, "c"), ("parts", 102, "c"), ("keyed", 3, "c"),
    ]
    assert ops[:len(wanted)] == wanted
    update = next(value for topic, key, value in changed if topic == "v.public.sample" and key == {"id": 1})
    assert update["after"]["long"] == "__debezium_unavailable_value" or update["after"]["long"] == "x" * 3000
    assert changed[len(wanted) - 1][2]["after"] == {"id": 3, "v": "c", "more": 8}
    rest = changed[len(wanted):]
    assert [topic for topic, _, _ in rest] == (["v.message"] if version >= 14 else [])
