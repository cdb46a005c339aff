"""Incremental snapshots of MySQL and MariaDB while rows are written: a replica built from nothing but the records since the signal
equals the source.

MILLRACE_INCREMENTAL_RUNS is the number of random runs on each server (4; half of them with SIGKILLs), MILLRACE_SEED makes them repeatable."""

import json
import os
import random
import time

import pymysql
import pytest

from harness import killing, millrace, mysql
from harness.server import wait_until
from harness.writer import Writer
from test_crash import seed
from test_mysql import names

runs = int(os.environ.get("MILLRACE_INCREMENTAL_RUNS", "4"))
schema = """
create table accounts (id bigint unsigned primary key, owner varchar(40), n int);
create table `lines` (account int, code varchar(20) collate utf8mb4_general_ci, n int, primary key (account, code));
create table wide (k varbinary(12) primary key, a text charset latin1, n int);
create table sentinel (id int primary key);
create table signals (id varchar(42) primary key, type varchar(32) not null, data varchar(2048));
"""
tables = {
    "accounts": ("id", "select id, owner, n from accounts"),
    "lines": ("account,code", "select account, code, n from `lines`"),
    "wide": ("k", "select replace(to_base64(k), '\\n', '') k, a, n from wide"),
}


class Load(Writer):
    """A random writer: inserts, updates, deletes and key changes, in transactions of one to a hundred rows, some of them rolled back."""

    def __init__(self, place, database, seed):
        self.place, self.database = place, database
        super().__init__(seed, 0.001, survives=False)

    def _connect(self):
        connection = self.place.connect(self.database)
        connection.autocommit(False)
        return connection

    def _transaction(self):
        with self._connection.cursor() as cursor:
            for _ in range(self._random.choice((1, 1, 1, 2, 5, 20, 100))):
                self.change(cursor)
        self._connection.rollback() if self._random.random() < 0.05 else self._connection.commit()
        self.transactions += 1

    def code(self):
        return self._random.choice(("a", "A", "ä", "Z", "z", "é", "ß", "0", "_")) + self._random.choice(("", "'", "\\", "x", "X", "é")) + str(self._random.randrange(9))

    def change(self, cursor):
        dice, some = self._random, self._random.randrange(2000)
        match dice.randrange(9):
            case 0: cursor.execute("insert into accounts values (%s, 'new', %s)", (2**63 + dice.randrange(2**62), some))
            case 1: cursor.execute("update accounts set n = n + 1 where id between %s and %s", (some, some + 3))
            case 2: cursor.execute("update ignore accounts set id = %s where id = %s", (dice.randrange(4000), some))
            case 3: cursor.execute("delete from accounts where id = %s", (some,))
            case 4: cursor.execute("insert into `lines` values (%s, %s, %s) on duplicate key update n = n + 1", (some % 50, self.code(), some))
            case 5: cursor.execute("update ignore `lines` set code = %s, n = n + 1 where account = %s order by code limit 2", (self.code(), some % 50))
            case 6: cursor.execute("delete from `lines` where account = %s order by code desc limit 1", (some % 50,))
            case 7: cursor.execute("insert into wide values (%s, %s, %s) on duplicate key update n = n + 1", (dice.randbytes(dice.randrange(5)), "ä" * dice.randrange(300), some))
            case 8: cursor.execute("delete from wide where k > %s order by k limit 2", (dice.randbytes(2),))


class Pipeline(killing.Pipeline):
    """It streams without an initial snapshot, and takes signals from a table."""

    def __init__(self, place, database, folder):
        super().__init__(place, folder, {
            "connector.class": names[place.name.split("-")[0]], "topic.prefix": "p", "database.include.list": database, "include.schema.changes": "false",
            "snapshot.mode": "no_data", "signal.data.collection": f"{database}.signals", "notification.enabled.channels": "sink",
            "notification.sink.topic.name": "notes", "offset.flush.interval.ms": "20", "signal.poll.interval.ms": "50",
            "key.converter": "org.apache.kafka.connect.json.JsonConverter", "key.converter.schemas.enable": "false",
            "value.converter": "org.apache.kafka.connect.json.JsonConverter", "value.converter.schemas.enable": "false"})
        self.database, self.log, self.number = database, folder / "log", 0

    def start_streaming(self, **more):
        before = self.streams()
        self.start(**more)
        wait_until(lambda: self.streams() > before or not self.process.running(), 30, "the stream")
        self.expect_running()

    def streams(self):
        return self.log.read_text().count("streaming from=") if self.log.exists() else 0

    def signal(self, type, data=None):
        self.number += 1
        name = f"{type}-{self.number}"
        self.place.query("insert into signals values (%s, %s, %s)", self.database, (name, type, json.dumps(data) if data else None))
        return name

    def snapshot(self, *tables, **more):
        return self.signal("execute-snapshot", {"data-collections": [f"{self.database}.{table}" for table in tables], **more})

    def since(self, begin):
        """The whole records from there on."""
        if not self.records.exists():
            return
        with open(self.records, "rb") as file:
            file.seek(begin)
            for line in file:
                if line.endswith(b"\n"):
                    yield json.loads(line)

    def notes(self, id, begin=0):
        """The notifications about a signal, as (type, data)."""
        return [(record["value"]["type"], record["value"]["additional_data"]) for record in self.since(begin)
                if record["topic"] == "notes" and record["value"]["id"] == id]

    def wait_for_end(self, id, begin=0, types=("COMPLETED", "ABORTED")):
        def ended():
            self.expect_running()
            return any(type in types for type, _ in self.notes(id, begin))
        try:
            wait_until(ended, 90, f"the end of {id}")
        except TimeoutError as error:
            raise TimeoutError(f"{error}\n{self.process.messages()}") from None

    def catch_up(self):
        """Runs until the row written last has come, then ends it gracefully."""
        mark = random.randrange(10**9)
        self.place.query("insert into sentinel values (%s)", self.database, (mark,))
        self.run_until(f'"id":{mark}'.encode())

    def compare(self, begin, wanted=tables):
        """A replica of the records from there on with the source."""
        copy = {}
        for record in self.since(begin):
            value = record["value"]
            if not value or "op" not in value:
                continue
            rows, key = copy.setdefault(record["topic"].rpartition(".")[2], {}), json.dumps(record["key"], sort_keys=True)
            if value["op"] == "d":
                rows.pop(key, None)
            else:
                rows[key] = value["after"]
        for table in wanted:
            key, query = tables[table]
            connection = self.place.connect(self.database, cursorclass=pymysql.cursors.DictCursor)
            with connection.cursor() as cursor:
                cursor.execute(query)
                source = {json.dumps({name: row[name] for name in key.split(",")}, sort_keys=True): row for row in cursor.fetchall()}
            connection.close()
            ours = {key: row if table != "accounts" else {**row, "id": row["id"] % 2**64} for key, row in copy.get(table, {}).items()}
            if table == "accounts":   # bigint.unsigned.handling.mode=long
                ours = {json.dumps({"id": row["id"]}): row for row in ours.values()}
            missing, more = source.keys() - ours.keys(), ours.keys() - source.keys()
            other = [key for key in source.keys() & ours.keys() if source[key] != ours[key]]
            assert not missing and not more and not other, (
                f"{table}: {len(missing)} rows are missing, {len(more)} too many, {len(other)} others: {sorted(missing)[:3]} {sorted(more)[:3]} {other[:3]}"
                f" {[(source[k], ours[k]) for k in other[:3]]}\n{self.process.messages()}")


@pytest.fixture
def pipeline(mysql_server, tmp_path):
    with mysql_server.database("incremental") as database:
        mysql_server.script(schema, database)
        fill(mysql_server, database)
        line = Pipeline(mysql_server, database, tmp_path)
        yield line
        if line.process and line.process.running():
            line.process.kill()


def fill(place, database):
    connection = place.connect(database)
    with connection.cursor() as cursor:
        cursor.executemany("insert into accounts values (%s, %s, %s)", [(i, f"owner {i}", i) for i in range(2000)])
        cursor.executemany("insert into `lines` values (%s, %s, %s)", [(i % 50, f"{'bBäÄ'[i % 3]}{i}", i) for i in range(2000)])
        cursor.executemany("insert into wide values (%s, %s, %s)", [(b"\xff\x5c'\x00"[i % 4:] + i.to_bytes(2, "big"), "ü" * (i % 300), i) for i in range(2000)])
    connection.close()


def test_a_replica_of_the_records_since_the_signal_equals_the_source(pipeline):
    dice, kills, pauses = random.Random(seed), 0, 0
    with Load(pipeline.place, pipeline.database, seed) as load:
        for run in range(runs):
            more = {"incremental.snapshot.chunk.size": dice.choice((20, 150, 700)), "incremental.snapshot.max.threads": dice.choice((1, 3))}
            pipeline.start_streaming(**more)
            begin = pipeline.whole_lines()
            if dice.random() < 0.3:   # one that is given up first
                pipeline.snapshot(*tables)
                time.sleep(dice.random() * 0.1)
                pipeline.signal("stop-snapshot", {"type": "INCREMENTAL"})
            id = pipeline.snapshot(*tables)
            if run % 2:
                while True:
                    pipeline.kill_after(dice.randrange(1, 300_000), 0.3 + dice.random() * 0.5)
                    kills += 1
                    pipeline.start(**more)
                    if dice.random() < 0.15 or any(type == "COMPLETED" for type, _ in pipeline.notes(id, begin)):
                        break
            elif dice.random() < 0.6:
                time.sleep(dice.random() * 0.2)
                pipeline.signal("pause-snapshot")
                time.sleep(dice.random() * 0.3)
                pipeline.signal("resume-snapshot")
                pauses += 1
            pipeline.wait_for_end(id, begin)
            with load.held():
                pipeline.catch_up()
                pipeline.compare(begin)
    print(f"{runs} snapshots, {kills} kills, {pauses} pauses, {load.transactions} transactions (seed {seed})")


def test_a_table_that_changes_meanwhile_is_read_on_in_its_new_form(pipeline):
    pipeline.start_streaming(**{"incremental.snapshot.chunk.size": 20, "incremental.snapshot.rows.per.second": 400})
    id = pipeline.snapshot("accounts")
    wait_until(lambda: len(pipeline.notes(id)) > 3, 30, "some chunks")
    pipeline.place.query("alter table accounts add column more varchar(10) default 'x' after id", pipeline.database)
    pipeline.place.query("update accounts set n = -1, more = 'y' where id = 1999", pipeline.database)
    pipeline.wait_for_end(id)
    pipeline.catch_up()
    rows = {record["key"]["id"]: record["value"]["after"] for record in pipeline.since(0) if record["topic"].endswith(".accounts")}
    assert len(rows) == 2000 and rows[1000]["more"] == "x" and rows[1999]["more"] == "y" and "more" not in rows[1]


def test_a_dropped_table_and_a_changed_key_end_the_snapshot_of_that_table_alone(pipeline):
    pipeline.start_streaming(**{"incremental.snapshot.chunk.size": 20, "incremental.snapshot.rows.per.second": 400})
    id = pipeline.snapshot("accounts", "lines", "wide")
    wait_until(lambda: len(pipeline.notes(id)) > 2, 30, "some chunks")
    pipeline.place.query("drop table accounts", pipeline.database)
    wait_until(lambda: any(data.get("current_collection_in_progress") == "incremental.lines" for _, data in pipeline.notes(id)), 30, "the next table")
    pipeline.place.query("alter table `lines` add unique (n, account, code), drop primary key, add primary key (n, account, code)", pipeline.database)
    pipeline.wait_for_end(id)
    pipeline.catch_up()
    scans = {data["scanned_collection"]: (data["status"], int(data["total_rows_scanned"])) for type, data in pipeline.notes(id) if type == "TABLE_SCAN_COMPLETED"}
    assert scans["incremental.accounts"][0] == "UNKNOWN_SCHEMA" and scans["incremental.wide"] == ("SUCCEEDED", 2000)
    assert scans["incremental.lines"][0] == "SQL_EXCEPTION" and "its key was changed meanwhile table=incremental.lines" in pipeline.log.read_text()


def test_signals_from_a_file_conditions_and_surrogate_keys(pipeline):
    file = pipeline.folder / "signals"
    pipeline.start_streaming(**{"signal.enabled.channels": "file", "signal.file": str(file), "incremental.snapshot.chunk.size": 7})
    pipeline.place.query("create table pairs (a int, b varchar(5))", pipeline.database)
    pipeline.place.query("insert into pairs values " + ", ".join(f"({'null' if i % 5 == 0 else i // 6}, 'p{i}')" for i in range(100)), pipeline.database)
    time.sleep(0.3)
    (pipeline.folder / "new").write_text(
        '{"id":"file-1","type":"execute-snapshot","data":{"data-collections":["incremental.pairs"],"surrogate-key":"a"}}\n'
        '{"id":"file-2","type":"execute-snapshot","data":{"data-collections":["incremental.acc.*"],"additional-conditions":'
        '[{"data-collection":"incremental.accounts","filter":"id >= 10 and owner like \'%9\'"}]}}\n')
    (pipeline.folder / "new").rename(file)
    pipeline.wait_for_end("file-2")
    pipeline.catch_up()
    read = [record["value"]["after"] for record in pipeline.since(0) if record["value"] and record["value"].get("op") == "r"]
    assert sorted(row["id"] for row in read if "id" in row) == [i for i in range(10, 2000) if i % 10 == 9]
    assert {row["b"] for row in read if "b" in row} == {f"p{i}" for i in range(100)}


def test_the_initial_snapshot_and_the_command_line(pipeline):
    file = {**pipeline.place.settings(), **millrace.file_output(pipeline.folder), "snapshot.mode": "initial", "table.include.list": "incremental.wide"}
    pipeline.start_streaming(**{key: file[key] for key in ("snapshot.mode", "table.include.list")})
    code, out, errors = millrace.call("signal", pipeline.config, "execute-snapshot", *millrace.settings_to_arguments(file), "--table", "incremental.wide")
    assert code == 0, errors

    def notes(kind):
        return [(record["value"]["type"], record["value"]["additional_data"].get("total_rows_scanned"))
                for record in pipeline.since(0) if record["topic"] == "notes" and record["value"]["aggregate_type"] == kind]
    wait_until(lambda: ("COMPLETED", None) in notes("Incremental Snapshot"), 60, "the end")
    assert pipeline.process.stop() == 0, pipeline.process.messages()
    assert notes("Initial Snapshot") == [("STARTED", None), ("IN_PROGRESS", None), ("TABLE_SCAN_COMPLETED", "2000"), ("COMPLETED", None)]
    markers = [record["value"]["source"]["snapshot"] for record in pipeline.since(0) if record["value"] and record["value"].get("op") == "r"]
    assert len(markers) == 4000 and markers.count("incremental") == 2000


def test_a_lost_connection_resumes_the_same_chunk(pipeline):
    pipeline.start_streaming(**{"incremental.snapshot.chunk.size": 20, "incremental.snapshot.rows.per.second": 1000})
    id, killed = pipeline.snapshot("accounts"), 0
    wait_until(lambda: len(pipeline.notes(id)) > 2, 30, "some chunks")
    for _ in range(3):   # whoever has no database of its own is ours
        for number, in pipeline.place.query("select id from information_schema.processlist where db is null and command = 'Sleep' and user = 'millrace'"):
            pipeline.place.query(f"kill {number}")
            killed += 1
        time.sleep(0.3)
    pipeline.wait_for_end(id)
    pipeline.catch_up()
    assert killed > 0 and "a chunk is read again" in pipeline.log.read_text()
    read = [record["key"]["id"] for record in pipeline.since(0) if record["value"] and record["value"].get("op") == "r"]
    assert read == list(range(2000))


@pytest.fixture
def without_gtids():
    place = mysql.start("mysql-plain", gtid_mode="OFF", enforce_gtid_consistency="OFF")
    place.name = "mysql-plain"
    return place


def test_without_gtids(without_gtids, tmp_path):
    with without_gtids.database("incremental") as database:
        without_gtids.script(schema, database)
        fill(without_gtids, database)
        line = Pipeline(without_gtids, database, tmp_path)
        with Load(without_gtids, database, seed) as load:
            line.start_streaming(**{"incremental.snapshot.chunk.size": 150})
            begin = line.whole_lines()
            id = line.snapshot(*tables)
            line.kill_after(200_000, 1)
            line.start_streaming(**{"incremental.snapshot.chunk.size": 50})
            line.wait_for_end(id, begin)
            with load.held():
                line.catch_up()
                line.compare(begin)
