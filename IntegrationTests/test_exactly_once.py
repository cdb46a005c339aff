"""Kafka: records and offset in one transaction. What librdkafka's mock broker cannot show runs against Tansu, or a real broker.

MILLRACE_KILLS (50): a fifth of it is the number of kills here; MILLRACE_SEED makes a run repeatable."""

import collections
import json
import os
import random
import time

import pytest

from harness import kafka, millrace, replica
from harness.load import Load, schema
from harness.server import wait_until

kills = max(3, int(os.environ.get("MILLRACE_KILLS", "50")) // 5)
seed = int(os.environ.get("MILLRACE_SEED", str(random.randrange(10**6))))
sources = {
    "accounts": (["id"], "select id, owner, balance::text, note from accounts"),
    "wide": (["id"], "select id, a, b, c::text from wide"),
    "sentinel": (["id"], "select id from sentinel"),
}


class Pipeline:
    """One pipeline into topics of its own."""

    def __init__(self, postgres, database, folder):
        self.postgres, self.database, self.folder = postgres, database, folder
        self.brokers, self.name = kafka.broker(), f"once{random.randrange(10**9)}"
        self.config = folder / "config.json"
        self.config.write_text(json.dumps({
            "name": self.name, "connector.class": "io.debezium.connector.postgresql.PostgresConnector", "topic.prefix": self.name,
            "slot.name": "once", "publication.name": "once", "value.converter.decimal.format": "NUMERIC",
            "key.converter.schemas.enable": "false", "value.converter.schemas.enable": "false", "bootstrap.servers": self.brokers,
            "exactly.once.support": "required", "offset.storage": "kafka", "offset.storage.topic": f"{self.name}.offsets",
            "offset.storage.partitions": "3", "offset.storage.replication.factor": "1",
            "topic.creation.default.partitions": "1", "topic.creation.default.replication.factor": "1"}))
        self.processes = []

    def start(self, *options, **more):
        process = millrace.Millrace(self.config, {**self.postgres.settings(self.database), **more}, *options, log=self.folder / f"log{len(self.processes)}")
        self.processes.append(process)
        return process

    def topic(self, table):
        return f"{self.name}.public.{table}"

    def records(self, table, isolation="read_committed"):
        """(key, value) of each record; a topic that is not there has none."""
        return [(json.loads(key) if key else None, json.loads(value, parse_float=str) if value else None)
                for _, key, value, _ in kafka.read(self.brokers, self.topic(table), isolation)]

    def wait_for_sentinel(self, process, number):
        def arrived():
            assert process.running(), f"it ended by itself\n{process.messages()}"
            return any(value and value["after"] == {"id": number} for _, value in self.records("sentinel"))
        try:
            wait_until(arrived, 120, "the sentinel row")
        except TimeoutError as error:
            raise TimeoutError(f"{error}\n{process.messages()}") from None


@pytest.fixture
def pipeline(postgres, tmp_path):
    postgres.drop_slots("slot_name = %s", "once")
    with postgres.database("once") as database:
        postgres.query("create table sentinel (id int primary key)", database)
        postgres.query("insert into sentinel values (0)", database)
        line = Pipeline(postgres, database, tmp_path)
        yield line
        for process in line.processes:
            if process.running():
                process.kill()


def test_kills_under_load_neither_lose_nor_repeat(postgres, pipeline):
    dice = random.Random(seed)
    print(f"MILLRACE_SEED={seed}, {kills} kills")
    postgres.script(schema, pipeline.database)
    with Load(postgres.url(pipeline.database), seed) as load:
        for _ in range(kills):
            process = pipeline.start()
            time.sleep(dice.uniform(0.2, 1.5))
            assert process.running(), f"it ended by itself\n{process.messages()}"
            process.kill()
        wait_until(lambda: load.transactions > 100 or load.failure, 60, "the load")
    process = pipeline.start()
    number = random.randrange(1, 10**9)
    postgres.query("insert into sentinel values (%s)", pipeline.database, [number])
    pipeline.wait_for_sentinel(process, number)
    assert process.stop() == 0, process.messages()

    copies, seen, aborted = {}, collections.Counter(), 0
    for table in ("accounts", "lines", "wide", "sentinel"):
        topic, records = pipeline.topic(table), pipeline.records(table)
        aborted += len(pipeline.records(table, "read_uncommitted")) - len(records)
        deletes = tombstones = 0
        copy = copies[table] = replica.Replica()   # one each: order holds within a topic
        for key, value in records:
            copy.apply(json.dumps({"topic": topic, "key": key, "value": value}))
            if value is None:
                tombstones += 1
                continue
            deletes += value["op"] == "d"
            seen[topic, json.dumps(key), value["op"], None if value["op"] == "r" else value["source"]["lsn"]] += 1
        assert tombstones == deletes
        assert not copy.disorder and not copy.repeated and not copy.rewinds, (table, copy.repeated, copy.disorder[:5])
    repeated = [identity for identity, count in seen.items() if count > 1]
    assert not repeated, f"{len(repeated)} records twice: {repeated[:5]}"
    for table, (key, query) in sources.items():
        connection = postgres.connect(pipeline.database)
        with connection.cursor() as cursor:
            cursor.execute(query)
            names = [column.name for column in cursor.description]
            rows = [dict(zip(names, values)) for values in cursor]
        connection.close()
        wanted = {json.dumps({name: row[name] for name in key}, sort_keys=True): row for row in rows}
        assert copies[table].tables.get(pipeline.topic(table), {}) == wanted, table
    print(f"{load.transactions} transactions, {sum(copy.records for copy in copies.values())} records, {aborted} records of transactions that were broken off")
    # Without one the kills have proved nothing.
    assert aborted > 0 or kills < 10


def test_a_second_instance_shuts_the_first_out(postgres, pipeline):
    first = pipeline.start()
    wait_until(lambda: "streaming" in first.messages() or not first.running(), 60, "the stream")
    wait_until(lambda: kafka.read(pipeline.brokers, f"{pipeline.name}.offsets") or not first.running(), 60, "the first checkpoint")
    # Another one with the same name: it takes the producer's place, and then fails, because its slot is missing.
    second = pipeline.start(**{"slot.name": "once2", "snapshot.mode": "no_data"})
    assert second.wait(60) == 1 and "postgres.slot.missing" in second.messages()
    postgres.query("insert into sentinel values (1)", pipeline.database)
    assert first.wait(60) == 1
    assert "kafka.fenced" in first.messages() and "second instance" in first.messages()
    # What the first could not commit comes with the next run, once.
    third = pipeline.start()
    postgres.query("insert into sentinel values (2)", pipeline.database)
    pipeline.wait_for_sentinel(third, 2)
    assert third.stop() == 0, third.messages()
    assert [value["after"]["id"] for _, value in pipeline.records("sentinel")] == [0, 1, 2]


def test_topics_are_made_as_configured_and_others_left_alone(postgres, pipeline):
    postgres.script("create table orders (id int primary key); create table other (id int primary key);"
                    "insert into orders values (1); insert into other values (1);", pipeline.database)
    code, _, said = millrace.call("run", pipeline.config, "--exit-when-idle", "1", *millrace.settings_to_arguments({
        **postgres.settings(pipeline.database), "topic.creation.groups": "orders", "topic.creation.orders.include": ".*[.]orders",
        "topic.creation.orders.partitions": "3", "topic.creation.orders.cleanup.policy": "compact"}))
    assert code == 0, said
    assert kafka.partitions(pipeline.brokers, pipeline.topic("orders")) == 3
    assert kafka.partitions(pipeline.brokers, pipeline.topic("other")) == 1
    assert kafka.partitions(pipeline.brokers, f"{pipeline.name}.offsets") == 3
    # With another number of partitions in the configuration the topics stay as they are.
    postgres.query("insert into orders values (2)", pipeline.database)
    code, _, said = millrace.call("run", pipeline.config, "--exit-when-idle", "1", *millrace.settings_to_arguments({
        **postgres.settings(pipeline.database), "topic.creation.default.partitions": "7"}))
    assert code == 0, said
    assert kafka.partitions(pipeline.brokers, pipeline.topic("orders")) == 3
    assert sorted(key["id"] for key, _ in pipeline.records("orders")) == [1, 2]
