"""MySQL and MariaDB: SIGKILL at random points under load, with restarts of the server, broken connections, rotated and purged logs in
between: nothing lost, nothing reordered, no torn line, a replica of the records equals the source, the tables are known as they are.

MILLRACE_KILLS is the number of kills (25), MILLRACE_ROWS that of the rows in the table whose snapshot is interrupted (60000),
MILLRACE_SEED makes a run repeatable."""

import json
import os
import random
import time

import pymysql
import pytest

from harness import killing, millrace, mysql, replica, server
from harness.binlog_load import BinlogLoad, schema_of, sources
from harness.proxy import Proxy
from harness.server import wait_until
from test_crash import streaming
from test_mysql import names

kills = int(os.environ.get("MILLRACE_KILLS", "25"))
rows = min(100_000, int(os.environ.get("MILLRACE_ROWS", "60000")))
seed = int(os.environ.get("MILLRACE_SEED", str(random.randrange(10**6))))

sources = {**sources, "history": (["id"], "select id, v, n, stamp from history")}
def number(gtid):
    """The number of a transaction, or of the last one of a set: the servers of these tests give all of them, without a gap."""
    return int(gtid.replace(":", "-").rpartition("-")[2]) if gtid else 0


class Pipeline(killing.Pipeline):
    absent = ("cannot be reached", "was lost", "cannot do it now", "shutdown in progress", "server ended")

    def __init__(self, place, folder):
        super().__init__(place, folder, {
            "connector.class": names[place.name.split("-")[0]], "topic.prefix": "crash", "database.include.list": "crash",
            "include.schema.changes": "false", "skipped.operations": "none", "value.converter.decimal.format": "NUMERIC",
            "retriable.restart.connector.wait.ms": "300", "connect.timeout.ms": "5000",
            "key.converter": "org.apache.kafka.connect.json.JsonConverter", "key.converter.schemas.enable": "false",
            "value.converter": "org.apache.kafka.connect.json.JsonConverter", "value.converter.schemas.enable": "false",
            # A column may have a default and rows with NULL.
            "value.converter.replace.null.with.default": "false"})

    def start(self, **more):
        self.begin = self.stored()
        super().start(**more)

    def stored(self):
        """(file, number of the last whole transaction, that of the one within which the position lies, rows of it, whether the
        snapshot is complete) of the stored position."""
        checkpoint = self.checkpoint()
        if not checkpoint:
            return "", 0, 0, 0, False
        state, offset = checkpoint["state"], checkpoint["offset"]
        return offset["file"], number(offset.get("gtids", "")), number(state.get("gtid", "")), int(state.get("rowsDone", "0")), "snapshot" not in state

    def lose_power(self):
        """Cuts off what came behind the stored position: nobody has promised that it survives. True if the position lies within a
        transaction."""
        _, whole, partly, done, is_complete = self.stored()
        if not is_complete or not whole:
            return False
        rows = {}   # of each transaction; a run that has gone back by itself tells some of them again
        with open(self.records, "r+b") as file:
            keep = file.seek(self.starts[-1])
            for line in file:
                if not line.endswith(b"\n"):
                    break
                record = json.loads(line)
                value = record["value"]
                if value and value["op"] != "r":
                    at = number(value["source"]["gtid"])
                    if value["op"] != "t" and not any(header["key"] == "__debezium.oldkey" for header in record.get("headers") or ()):   # that is the second half of the row before
                        rows.setdefault(at, set()).add(((value["after"] or value["before"])["stamp"], value["op"], record["topic"], str(record["key"])))
                    before = self.begin[3] if at == self.begin[2] else 0
                    if at > whole and not (at == partly and before + len(rows.get(at, ())) <= done):
                        break
                keep += len(line)
            file.truncate(keep)
        return done > 0

    def catch_up(self, kind=replica.BinlogReplica):
        """Runs until the row written last has come, then ends it gracefully; returns the replica."""
        mark = random.randrange(10**9)
        self.place.query("insert into sentinel values (%s, %s)", "crash", (mark, 10**10 + mark))
        self.run_until(b'"crash.crash.sentinel"', str(mark).encode(), b'"op":"c"')
        return replica.read(self.records, self.starts, kind)

    def compare(self, copy, tables=sources):
        assert not copy.disorder, (len(copy.disorder), copy.disorder[:10])
        for table, (key, query) in tables.items():
            connection = self.place.connect("crash")
            with connection.cursor(pymysql.cursors.DictCursor) as cursor:
                cursor.execute(query)
                source = {json.dumps({name: row[name] for name in key}, sort_keys=True): row for row in cursor}
            connection.close()
            ours = copy.tables.get(f"crash.crash.{table}", {})
            missing, stale = source.keys() - ours.keys(), ours.keys() - source.keys()
            for row in ours.values():
                if "c" in row:   # MariaDB keeps the spaces of a document
                    row["c"] = row["c"].replace(" ", "")
            other = [{name: (ours[row].get(name), source[row].get(name)) for name in source[row] if ours[row].get(name) != source[row].get(name)}
                     for row in source.keys() & ours.keys() if ours[row] != source[row]]
            assert not (missing or stale or other), (
                f"{table}: {len(missing)} rows missing {sorted(missing)[:5]}, {len(stale)} stale {sorted(stale)[:5]}, {len(other)} different {other[:3]}")

    def assert_no_drift(self):
        """The definitions that the statements of the log have led to are those that the server has. A statement need not say what the
        server's catalogue says of each column: that NULL is the default, and how wide a whole number is shown."""
        def definitions(path):
            lines = []
            for line in json.loads(path.read_text())["checkpoints"][0]["attachment"].split("\n"):
                fields = line.split("\t")
                if fields[0] == "C":
                    fields[4] = "" if fields[2].endswith("int") else fields[4]
                    fields[8] = "" if fields[8] == "0" else fields[8]
                lines.append(fields)
            return lines

        fresh = millrace.fresh(self.folder / "fresh")
        millrace.run(self.config, self.settings(**millrace.file_output(fresh), **{"snapshot.mode": "no_data"}), "--exit-when-idle", "0.5", log=fresh / "log")
        assert definitions(self.folder / "offsets") == definitions(fresh / "offsets")


class Faults(killing.Faults):
    def rotate(self):
        for _ in range(self.dice.randrange(1, 4)):
            self.line.place.query("flush binary logs")

    def purge(self):
        """Of what lies before the stored position; a file that is being read is kept by the server."""
        self.rotate()
        file = self.line.stored()[0]
        if file:
            self.line.place.query(f"purge binary logs to '{file}'")

    def end_dump(self):
        for (thread,) in self.line.place.query("select id from information_schema.processlist where command like 'Binlog Dump%'"):
            try:
                self.line.place.query(f"kill {thread}")
            except pymysql.Error:   # it is gone
                pass


@pytest.fixture(params=["mysql", "mariadb"])
def rough_mysql(request):
    """One that the tests may restart."""
    place = mysql.start(f"{request.param}-rough")
    place.create_database("crash")
    place.script(schema_of(place) + f"create table history (id int primary key, v varchar(40), n int, stamp bigint);"
                 f"insert into history select i, concat('v ', i), i % 100, -i from numbers where i <= {rows}; analyze table history;", "crash")
    yield place
    server.stop(place.name)


def test_nothing_is_lost_or_reordered_whatever_fails_under_load(rough_mysql, tmp_path):
    dice = random.Random(seed)
    proxy = Proxy(rough_mysql.host, rough_mysql.port)
    through = {"database.hostname": proxy.host, "database.port": str(proxy.port)}
    line = Pipeline(rough_mysql, tmp_path)
    faults = Faults(line, proxy, dice)
    print(f"MILLRACE_SEED={seed}, {kills} kills")
    in_snapshot = within = 0
    try:
        with BinlogLoad(rough_mysql, "crash", seed, pause=0.004, rows=rows) as load:
            for n in range(kills):
                line.start(**dice.choice((through, {})), **{
                    "offset.flush.interval.ms": dice.choice(("5", "20", "100", "1000")), "snapshot.max.threads": dice.choice(("1", "4"))})
                if n == kills // 4:
                    wait_until(lambda: streaming(line.records) or not line.process.running(), 120, "the first streamed record")
                if n % 3 == 2:
                    time.sleep(dice.uniform(0, 0.3))
                    faults.strike("restart" if n % 12 == 11 else dice.choice(("cut", "hold", "refuse", "rotate", "purge", "end_dump")))
                if n < kills // 4:
                    line.kill_after(dice.choice((1, 10**5, 10**6, 4 * 10**6)), 1.5)
                else:
                    if dice.random() < 0.7:
                        line.wait_for(1, 3)
                    line.kill_after(dice.choice((1, 10**4, 10**5, 10**9)), dice.uniform(0.05, 1.2))
                    if dice.random() < 0.3:
                        within += line.lose_power()
                in_snapshot += not streaming(line.records)
            wait_until(lambda: load.transactions > 200 or load.failure, 60, "the load")
            # One run outlives what goes wrong.
            line.start(**through, **{"offset.flush.interval.ms": "20"})
            wait_until(lambda: "streaming" in line.process.messages(5) or not line.process.running(), 60, "the stream")
            for kind in ("cut", "purge", "end_dump", "refuse", "restart", "hold"):
                faults.strike(kind)
                time.sleep(0.5)
                assert line.process.running(), line.process.messages()
        line.process.kill()
        proxy.release()
        # A column that came or went says nothing of rows that nobody has touched since.
        rough_mysql.query("update shapes set n = n + 1, stamp = 10000000000", "crash")
        copy = line.catch_up()
        print(f"{load.transactions} transactions, {load.rollbacks} rolled back, {load.prepared} in two phases, {load.alterations} alterations; "
              f"{copy.records} records, {copy.repeated} changes repeated, {copy.rewinds} times within a run; {in_snapshot} kills before the first "
              f"streamed record, {within} behind a position within a transaction; {faults.counts}")
        line.compare(copy)
        line.assert_no_drift()
        assert in_snapshot > 0
    finally:
        proxy.close()
        if line.process and line.process.running():
            line.process.kill()
