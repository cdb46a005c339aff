"""Heartbeats and transaction metadata against a real server: what the golden cases cannot say, because it is about times and positions."""

import json
import random
import time

import pytest

from harness import millrace
from harness.server import wait_until

config = {
    "connector.class": "io.debezium.connector.postgresql.PostgresConnector", "topic.prefix": "side", "slot.name": "side",
    "publication.name": "side", "offset.flush.interval.ms": "20",
    "key.converter": "org.apache.kafka.connect.json.JsonConverter", "key.converter.schemas.enable": "false",
    "value.converter": "org.apache.kafka.connect.json.JsonConverter", "value.converter.schemas.enable": "false",
}


class Run:
    def __init__(self, postgres, database, folder):
        self.postgres, self.database, self.folder = postgres, database, folder
        self.records, self.offsets = folder / "records.jsonl", folder / "offsets"
        self.config = folder / "config.json"
        self.config.write_text(json.dumps(config))
        self.process = None

    def start(self, **more):
        settings = {**self.postgres.settings(self.database), **millrace.file_output(self.folder), **more}
        self.process = millrace.Millrace(self.config, settings, log=self.folder / "log")

    def lines(self):
        text = self.records.read_text() if self.records.exists() else ""
        return [json.loads(line) for line in text.split("\n")[:-1]]

    def tail(self):
        """The last records; most of a large file is never looked at."""
        if not self.records.exists():
            return []
        with open(self.records, "rb") as file:
            whole = file.seek(0, 2) <= 10**5
            file.seek(0 if whole else -10**5, 2 if not whole else 0)
            lines = file.read().split(b"\n")[:-1]
        return [json.loads(line) for line in lines[0 if whole else 1:]]

    def wait_for(self, condition, what):
        def holds():
            assert self.process.running(), f"it ended by itself\n{self.process.messages()}"
            return condition(self.tail())
        return wait_until(holds, 60, what)

    def wait_for_stream(self):
        wait_until(lambda: self.postgres.query("select 1 from pg_replication_slots where slot_name = 'side' and active"), 60, "the stream")

    def confirmed(self):
        rows = self.postgres.query("select confirmed_flush_lsn - '0/0' from pg_replication_slots where slot_name = 'side'")
        return int(rows[0][0]) if rows and rows[0][0] else 0


@pytest.fixture
def run(postgres, tmp_path):
    postgres.drop_slots("slot_name = %s", "side")
    with postgres.database("side") as database:
        run = Run(postgres, database, tmp_path)
        yield run
        if run.process and run.process.running():
            run.process.kill()


def beats(lines):
    return [line for line in lines if line["topic"] == "__debezium-heartbeat.side"]


def test_heartbeats_come_while_idle_and_move_the_position(postgres, run):
    postgres.script("create table t (id int primary key); create table other (id int);", run.database)
    run.start(**{"heartbeat.interval.ms": "100", "status.update.interval.ms": "3600000", "table.include.list": "public.t", "publication.autocreate.mode": "filtered"})
    run.wait_for(lambda lines: len(beats(lines)) > 3, "heartbeats")
    # The status interval, which confirms what is idle, is an hour: the heartbeats do it here.
    postgres.query("insert into other select generate_series(1, 1000)", run.database)
    end = int(postgres.query("select pg_current_wal_lsn() - '0/0'")[0][0])
    wait_until(lambda: run.confirmed() >= end, 60, "a confirmed position behind changes that are not captured")
    assert run.process.stop() == 0
    times = [beat["value"]["ts_ms"] for beat in beats(run.lines())]
    assert all(b - a >= 100 for a, b in zip(times, times[1:])), times
    assert all(beat["key"] == {"serverName": "side"} and beat["partition"] == 0 and beat["headers"] == [] for beat in beats(run.lines()))


def test_heartbeats_come_within_a_long_transaction(postgres, run):
    postgres.script("create table t (id int primary key, v text);", run.database)
    run.start(**{"heartbeat.interval.ms": "10"})
    run.wait_for_stream()
    postgres.query("insert into t select i, repeat('v', 200) from generate_series(1, 30000) i", run.database)
    run.wait_for(lambda lines: any(line["key"] == {"id": 30000} for line in lines), "the last row")
    lines = run.lines()
    assert run.process.stop() == 0
    rows = [n for n, line in enumerate(lines) if line["topic"] == "side.public.t"]
    assert [line for line in lines[rows[0]:rows[-1]] if line["topic"] == "__debezium-heartbeat.side"]


def test_the_query_runs_with_each_heartbeat_and_its_failure_is_a_warning(postgres, run):
    postgres.script("create table t (id int primary key); create table pulse (id int primary key, n int); insert into pulse values (1, 0);", run.database)
    query = "update pulse set n = n + 1 where id = 1"
    run.start(**{"heartbeat.interval.ms": "100", "heartbeat.action.query": query})
    run.wait_for(lambda lines: any(line["topic"] == "side.public.pulse" and line["value"]["op"] == "u" and line["value"]["after"]["n"] >= 3 for line in lines), "changes by the query")
    postgres.query("alter table pulse rename to gone", run.database)
    wait_until(lambda: "heartbeat.action.query failed" in run.process.messages(), 60, "the warning")
    seen = len(beats(run.lines()))
    wait_until(lambda: len(beats(run.lines())) > seen + 2, 60, "heartbeats although the query fails")
    postgres.query("alter table gone rename to pulse", run.database)
    count = postgres.query("select n from pulse", run.database)[0][0]
    wait_until(lambda: postgres.query("select n from pulse", run.database)[0][0] > count, 60, "the query again")
    assert run.process.stop() == 0
    assert run.process.messages(1000).count("heartbeat.action.query failed") == 1, "a failure that lasts is said once"


def test_a_query_that_waits_holds_up_nothing(postgres, run):
    postgres.script("create table t (id int primary key); create table pulse (n int);", run.database)
    run.start(**{"heartbeat.interval.ms": "100", "heartbeat.action.query": "insert into pulse values (1)"})
    run.wait_for(lambda lines: beats(lines), "a heartbeat")
    lock = postgres.connect(run.database)
    lock.autocommit = False
    with lock.cursor() as cursor:
        cursor.execute("lock table pulse")
        wait_until(lambda: postgres.query("select 1 from pg_locks where not granted"), 60, "the query that waits")
        seen = len(beats(run.lines()))
        postgres.query("insert into t values (1)", run.database)
        run.wait_for(lambda lines: len(beats(lines)) > seen + 2 and any(line["topic"] == "side.public.t" for line in lines), "heartbeats and a change")
        assert run.process.stop() == 0
        assert not postgres.query("select 1 from pg_locks where not granted"), "the query was left behind"
    lock.close()


def check_transactions(lines):
    """Each transaction has one BEGIN and one END around its changes, which are counted without a gap."""
    open_transaction, counts, whole = None, {}, 0
    for line in lines:
        value = line["value"]
        if line["topic"] == "side.transaction":
            number = value["id"].split(":")[0]
            assert line["key"] == {"id": value["id"]}
            if value["status"] == "BEGIN":
                assert open_transaction is None, f"{number} begins within {open_transaction}"
                open_transaction, counts = number, {}
            else:
                assert open_transaction == number, f"{number} ends within {open_transaction}"
                assert value["event_count"] == sum(counts.values())
                assert {entry["data_collection"]: entry["event_count"] for entry in value["data_collections"]} == counts
                open_transaction, whole = None, whole + 1
            continue
        if value is None or value["op"] == "r":
            continue
        block, source = value["transaction"], value["source"]
        assert block["id"] == f"{source['txId']}:{source['lsn']}" and str(source["txId"]) == open_transaction
        name = f"{source['schema']}.{source['table']}"
        counts[name] = counts.get(name, 0) + 1
        assert (block["total_order"], block["data_collection_order"]) == (sum(counts.values()), counts[name])
    assert open_transaction is None
    return whole


def test_the_counters_go_on_after_a_kill_within_a_transaction(postgres, run):
    """At least once: a kill repeats what was not stored. What was stored is one prefix, and the rest goes on from there exactly."""
    postgres.script("create table a (id int primary key, v text); create table b (id int primary key, v text);", run.database)
    run.start(**{"provide.transaction.metadata": "true"})
    run.wait_for_stream()
    run.process.stop()
    postgres.script("""begin;
        insert into a select i, repeat('a', 200) from generate_series(1, 15000) i; insert into b select i, repeat('b', 200) from generate_series(1, 15000) i;
        update a set v = 'x' where id <= 10000; insert into b select i, 'c' from generate_series(15001, 20000) i; commit;
        insert into a values (0, 'last');""", run.database)
    dice, within = random.Random(7), 0
    for _ in range(6):
        before = run.records.stat().st_size if run.records.exists() else 0
        run.start(**{"provide.transaction.metadata": "true"})
        growth, end = dice.randrange(4 * 10**6, 8 * 10**6), time.monotonic() + 30
        # The offset is flushed by the clock, so a machine in a hurry writes much before it does.
        while time.monotonic() < end:
            size = run.records.stat().st_size if run.records.exists() else 0
            if size - before >= growth and "transaction_id" in run.offsets.read_text():
                break
            time.sleep(0.002)
        run.process.kill()
        within += "transaction_id" in run.offsets.read_text()
    assert within > 1, "the kills did not fall into the transaction"
    run.start(**{"provide.transaction.metadata": "true"})
    run.wait_for(lambda lines: len(lines) > 2 and lines[-2]["key"] == {"id": 0}, "the end")
    assert run.process.stop() == 0
    # A replay gives the same records again.
    places, order = {}, []
    for line in run.lines():
        value = line["value"]
        key = (line["topic"], json.dumps(line["key"]), value["status"]) if line["topic"] == "side.transaction" else (line["topic"], value["source"]["lsn"], value["op"], json.dumps(line["key"]))
        text = json.dumps({**value, "ts_ms": 0, "ts_us": 0, "ts_ns": 0})
        if key in places:
            assert places[key] == text, "a replay gives another record"
        else:
            places[key] = text
            order.append(line)
    assert check_transactions(order) == 2
    begins = sum(line["topic"] == "side.transaction" and line["value"]["status"] == "BEGIN" for line in run.lines())
    assert begins <= 2 + 6 - within, f"{begins} times BEGIN for two transactions: where one is stored it is not repeated"
