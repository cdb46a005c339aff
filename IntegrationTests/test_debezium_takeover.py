"""The real Debezium begins, Millrace goes on from its offsets, and the other way round. Needs a JDK (200 MB on first use)."""

import json
import random

import pytest

from harness import kafka, millrace, oracle, replica

config = {
    "name": "taken", "connector.class": "io.debezium.connector.postgresql.PostgresConnector", "topic.prefix": "taken", "plugin.name": "pgoutput",
    "slot.name": "taken", "publication.name": "taken", "key.converter.schemas.enable": "false", "value.converter.schemas.enable": "false",
    "offset.flush.interval.ms": "200",
}
script = """create table t (id int primary key, v text);
insert into t select i, 'v ' || i from generate_series(1, 200) i;"""
# Transactions of which a few records are delivered before Debezium is stopped.
changes = """insert into t select i, 'new' from generate_series(1001, 1060) i;
begin; update t set v = 'changed' where id % 3 = 0; delete from t where id between 10 and 20; end;
update t set id = id + 5000 where id between 30 and 40;
begin; insert into t select i, 'late' from generate_series(2001, 2060) i; delete from t where id % 7 = 0; end;"""


@pytest.fixture
def source(postgres, tmp_path):
    postgres.drop_slots("slot_name = %s", "taken")
    with postgres.database("taken") as database:
        postgres.script(script, database)
        (tmp_path / "config.json").write_text(json.dumps(config))
        yield database


def rows(postgres, database):
    return {json.dumps({"id": id}): {"id": id, "v": v} for id, v in postgres.query("select id, v from t", database)}


def apply(copy, path):
    copy.next_run()
    for line in path.read_text().splitlines():
        copy.apply(line)
    return copy


def lines(path):
    return path.read_text().splitlines() if path.exists() else []


@pytest.mark.parametrize("stop", [150, 205, 410], ids=lambda stop: f"after {stop} records")
def test_a_file_of_debeziums_is_taken_over_without_loss(postgres, source, tmp_path, stop):
    """Stopped within the snapshot, at its end, within transactions."""
    settings = postgres.settings(source)
    oracle.run(tmp_path / "config.json", settings, tmp_path / "first", state=tmp_path / "state", options=["--count", "150" if stop == 150 else "200"], log=tmp_path / "log1")
    postgres.script(changes, source)
    if stop > 200:
        oracle.run(tmp_path / "config.json", settings, tmp_path / "second", state=tmp_path / "state", options=["--count", str(stop - 200)], log=tmp_path / "log1")
    file = tmp_path / "state/offsets"
    before = file.read_bytes()
    assert before.startswith(b"\xac\xed")
    ours = {**settings, **millrace.file_output(tmp_path), "offset.storage.file.filename": file}
    millrace.run(tmp_path / "config.json", ours, "--exit-when-idle", "1.5", log=tmp_path / "log")
    postgres.query("insert into t values (9001, 'last')", source)
    millrace.run(tmp_path / "config.json", ours, "--exit-when-idle", "1.5", log=tmp_path / "log")
    copy = replica.Replica()
    for name in ("first", "second", "records.jsonl"):
        if (tmp_path / name).exists():
            apply(copy, tmp_path / name)
    assert copy.tables["taken.public.t"] == rows(postgres, source)
    assert file.with_name("offsets.debezium").read_bytes() == before
    assert "Debezium" in (tmp_path / "log").read_text()
    # What is done is not repeated as a whole: a snapshot comes again only where it was not complete.
    snapshots = sum('"op":"r"' in line for line in lines(tmp_path / "records.jsonl"))
    assert (snapshots > 0) == (stop == 150)


def test_each_goes_on_from_the_offset_of_the_other_in_kafka(postgres, source, tmp_path):
    brokers = kafka.broker()
    topic = f"taken{random.randrange(10**9)}"
    settings = {**postgres.settings(source), "bootstrap.servers": brokers, "offset.storage": "org.apache.kafka.connect.storage.KafkaOffsetBackingStore",
                "offset.storage.topic": topic, "offset.storage.partitions": "3", "offset.storage.replication.factor": "1"}
    ours = {**settings, "sink.type": "file", "sink.file.path": f"{tmp_path}/ours"}
    copy = replica.Replica()
    oracle.run(tmp_path / "config.json", settings, tmp_path / "first", log=tmp_path / "log1")
    apply(copy, tmp_path / "first")
    postgres.script(changes, source)
    millrace.run(tmp_path / "config.json", ours, "--exit-when-idle", "1.5", log=tmp_path / "log")
    apply(copy, tmp_path / "ours")
    assert copy.tables["taken.public.t"] == rows(postgres, source)
    assert not any('"op":"r"' in line for line in lines(tmp_path / "ours"))
    # The last offset is ours, with our state beside it, and Debezium goes on from it: no snapshot, nothing lost.
    last = [headers for _, key, _, headers in kafka.read(brokers, topic) if key == '["taken",{"server":"taken"}]'][-1]
    assert last.startswith("millrace.state=")
    postgres.script("insert into t values (9001, 'debezium'); update t set v = 'again' where id = 1;", source)
    oracle.run(tmp_path / "config.json", settings, tmp_path / "second", log=tmp_path / "log1")
    apply(copy, tmp_path / "second")
    assert copy.tables["taken.public.t"] == rows(postgres, source)
    assert 0 < len(lines(tmp_path / "second")) < 100 and not any('"op":"r"' in line for line in lines(tmp_path / "second"))
