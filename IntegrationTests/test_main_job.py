"""The main job: Examples/iris/iris.json, unchanged, on the iris tables; to standard output, a file, Kafka."""

import json
import random
import re
import subprocess

import pytest

from harness import golden, kafka, millrace, records
from harness.server import wait_until

iris = millrace.root / "Examples/iris"
settings_of_slot = {"slot.name": "main_job"}


@pytest.fixture
def database(postgres):
    postgres.drop_slots("slot_name = %s", "main_job")
    with postgres.database("main_job") as name:
        postgres.script(iris / "iris.sql", name)
        yield name


def snapshot_records():
    return golden.expected("iris")[:150]


def count(path):
    return path.read_bytes().count(b"\n") if path.exists() else 0


def test_rows_then_changes_to_standard_output_then_a_graceful_end(postgres, database, tmp_path):
    settings = {**postgres.settings(database), **settings_of_slot, "offset.storage.file.filename": f"{tmp_path}/offsets"}
    out = tmp_path / "out"
    with open(out, "wb") as stdout:
        process = millrace.Millrace(iris / "iris.json", settings, log=tmp_path / "log", stdout=stdout)
        wait_until(lambda: count(out) == 150 or not process.running(), what="150 rows")
        assert process.running(), process.messages()
        postgres.query("update iris_test set petal_length = 9.5 where id = 1", database)
        wait_until(lambda: count(out) == 151 or not process.running(), what="the change")
        assert process.stop() == 0, process.messages()
    lines = [records.mask(line) for line in out.read_text().splitlines()]
    assert lines[:150] == snapshot_records()
    assert json.loads(lines[150])["value"]["payload"]["petal_length"] == 9.5

    # A graceful end has confirmed everything: the next start gives nothing twice.
    postgres.query("delete from iris_train where id = 1", database)
    with open(out, "wb") as stdout:
        process = millrace.Millrace(iris / "iris.json", settings, "--exit-when-idle", "2", log=tmp_path / "log", stdout=stdout)
        assert process.wait() == 0, process.messages()
    last = [json.loads(line) for line in out.read_text().splitlines()]
    # Unwrapped, a delete is a null with its schema.
    assert [(record["topic"], record["key"]["payload"], record["value"]["payload"]) for record in last] == [("flink.public.iris_train", {"id": 1}, None)]


def test_exit_after_a_number_of_records(postgres, database, tmp_path):
    settings = {**postgres.settings(database), **settings_of_slot, **millrace.file_output(tmp_path)}
    millrace.run(iris / "iris.json", settings, "--exit-after", "70", log=tmp_path / "log")
    assert count(tmp_path / "records.jsonl") == 70


def test_a_torn_last_line_is_repaired(postgres, database, tmp_path):
    settings = {**postgres.settings(database), **settings_of_slot, **millrace.file_output(tmp_path)}
    (tmp_path / "records.jsonl").write_text('{"topic":"whole"}\n{"topic":"to')
    millrace.run(iris / "iris.json", settings, "--exit-when-idle", "1.5", log=tmp_path / "log")
    lines = [records.mask(line) for line in (tmp_path / "records.jsonl").read_text().splitlines()]
    assert lines[0] == '{"topic":"whole"}'
    assert lines[1:] == snapshot_records()


def test_an_idle_table_does_not_retain_log(postgres, database, tmp_path):
    """Writes that are not captured move the slot all the same."""
    settings = {**postgres.settings(database), **settings_of_slot, "publication.autocreate.mode": "filtered", **millrace.file_output(tmp_path)}
    process = millrace.Millrace(iris / "iris.json", settings, log=tmp_path / "log")
    try:
        wait_until(lambda: count(tmp_path / "records.jsonl") == 150 or not process.running(), what="150 rows")
        postgres.script("create table other (v text); insert into other select repeat('x', 1000) from generate_series(1, 5000);", database)
        end = postgres.query("select pg_current_wal_lsn()")[0][0]
        wait_until(lambda: postgres.query("select confirmed_flush_lsn >= %s from pg_replication_slots where slot_name = 'main_job'", parameters=[end])[0][0]
                   or not process.running(), 60, f"the slot to reach {end}")
    finally:
        assert process.stop() == 0, process.messages()


def test_records_in_kafka_equal_those_in_a_file(postgres, database, tmp_path):
    brokers, prefix = kafka.start(), f"flink{random.randrange(10**9)}"
    settings = {**postgres.settings(database), **settings_of_slot, "topic.prefix": prefix, "bootstrap.servers": brokers,
                "offset.storage.file.filename": f"{tmp_path}/offsets"}
    millrace.run(iris / "iris.json", settings, "--exit-when-idle", "2", log=tmp_path / "log")
    postgres.query("update iris_train set petal_length = 9.5 where id = 1", database)
    postgres.query("delete from iris_train where id = 2", database)
    millrace.run(iris / "iris.json", settings, "--exit-when-idle", "2", log=tmp_path / "log")
    for table in ("iris_train", "iris_test"):
        wanted = {}
        for line in snapshot_records():
            line = line.replace("flink.public", f"{prefix}.public")
            found = re.fullmatch(r'{"topic":"([^"]*)","partition":null,"key":(.*),"value":({"schema".*}),"headers":\[.*\]}', line)
            if found[1] == f"{prefix}.public.{table}":
                wanted.setdefault(found[2], []).append(found[3])
        if table == "iris_train":
            one, two = (next(key for key in wanted if key.endswith(f'"payload":{{"id":{n}}}}}')) for n in (1, 2))
            wanted[one].append(re.sub(r'"petal_length":[0-9.]+', '"petal_length":9.5', wanted[one][0]))
            deleted = wanted[two][0].replace(f'"optional":false,"name":"{prefix}', f'"optional":true,"name":"{prefix}')
            wanted[two].append(re.sub(r'"payload":.*', '"payload":null}', deleted))
        got, spread = {}, kafka.partitions(brokers, f"{prefix}.public.{table}")
        for partition, key, value, _ in kafka.read(brokers, f"{prefix}.public.{table}"):
            got.setdefault(key, []).append(value)
            assert partition == kafka.partition_of(key, spread)
        assert got == wanted


def test_the_tables_of_connectors_and_sinks(tmp_path):
    def said(*words):
        done = subprocess.run([millrace.binary(), *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert done.returncode == 0, done.stdout
        return done.stdout
    assert "postgres" in said("connectors").lower()
    assert "snapshot.mode" in said("connectors", "postgres")
    assert all(sink in said("sinks") for sink in ("kafka", "file", "stdout"))
    assert "sink.file.path" in said("sinks", "file")
    assert all(word in said("--help") for word in ("run", "check", "connectors", "sinks"))
    assert re.search(r"\d+\.\d+", said("--version"))
