"""SIGKILL at random points under load, with the server, its connections and the sink's disk failing in between: nothing lost,
nothing reordered, no torn line, a replica of the records equals the source.

MILLRACE_KILLS is the number of kills (200), MILLRACE_ROWS that of the rows in the table whose snapshot is interrupted (200000),
MILLRACE_SEED makes a run repeatable."""

import json
import os
import random
import re
import signal
import subprocess
import time
from contextlib import contextmanager

import pytest

from harness import killing, millrace, replica
from harness.load import Load, schema
from harness.proxy import Proxy
from harness.server import wait_until

kills = int(os.environ.get("MILLRACE_KILLS", "200"))
rows = int(os.environ.get("MILLRACE_ROWS", "200000"))
seed = int(os.environ.get("MILLRACE_SEED", str(random.randrange(10**6))))

config = {
    "connector.class": "io.debezium.connector.postgresql.PostgresConnector", "topic.prefix": "crash", "plugin.name": "pgoutput",
    "slot.name": "crash", "publication.name": "crash", "value.converter.decimal.format": "NUMERIC",
    "key.converter": "org.apache.kafka.connect.json.JsonConverter", "key.converter.schemas.enable": "false",
    "value.converter": "org.apache.kafka.connect.json.JsonConverter", "value.converter.schemas.enable": "false",
}
history = f"""create table history (id int primary key, v text, n int);
insert into history select i, 'v ' || i, i % 100 from generate_series(1, {rows}) i;"""
parted = f"""create table parted (id int primary key, v text, n int) partition by range (id);
create table parted_rest partition of parted default;
{"".join(f"create table parted_{n} partition of parted for values from ({n * rows // 128}) to ({(n + 1) * rows // 128});" for n in range(32))}
insert into parted select i, repeat('v', 200) || i, i % 100 from generate_series(0, {rows // 4 - 1}) i;"""
sources = {
    "accounts": (["id"], "select id, owner, balance::text, note from accounts"),
    "lines": (["account", "n"], "select account, n, amount::text, (extract(epoch from at) * 1000000)::bigint as at from lines"),
    "wide": (["id"], "select id, a, b, c::text from wide"),
    "history": (["id"], "select id, v, n from history"),
    "parted": (["id"], "select id, v, n from parted"),
    "shapes": (["id"], "select * from shapes"),
    "sentinel": (["id"], "select id from sentinel"),
}


class Pipeline(killing.Pipeline):
    absent = ("cannot be reached", "was lost", "starting or stopping")

    def __init__(self, postgres, database, folder):
        super().__init__(postgres, folder, config)
        self.database, self.own = database, {}

    def settings(self, **more):
        return {**self.place.settings(self.database), **self.own, **millrace.file_output(self.folder), **more}

    def lose_power(self):
        """Cuts off what came behind the stored position: nobody has promised that it survives. What is lost for good shows only so,
        because a process that is killed has nearly always written more than it has stored. True if the position lies within a
        transaction."""
        state = (self.checkpoint() or {"state": {}})["state"]
        if "snapshot" in state or not int(state.get("commit", "0")):
            return False
        with open(self.records, "r+b") as file:
            keep = file.seek(self.starts[-1])
            for line in file:
                # The log of one writer: later changes have higher positions. A tombstone has none, and goes with its delete.
                found = re.search(rb'"lsn":(\d+)', line)
                if not line.endswith(b"\n") or found and int(found[1]) > int(state["lastChange"]):
                    break
                keep += len(line)
            file.truncate(keep)
        return "changesDone" in state

    def catch_up(self):
        """Runs until the row written last has come, as a change: a snapshot that holds it already is not the end, what was missed comes
        behind it. Then ends it gracefully; returns the replica."""
        number = random.randrange(10**9)
        self.place.query("insert into sentinel values (%s)", self.database, [number])
        self.run_until(b'"crash.public.sentinel"', str(number).encode(), b'"op":"c"')
        return replica.read(self.records, self.starts)

    def compare(self, copy, tables):
        assert not copy.disorder, copy.disorder[:10]
        for table in tables:
            key, query = (tables if isinstance(tables, dict) else sources)[table]
            connection = self.place.connect(self.database)
            with connection.cursor() as cursor:
                cursor.execute(query)
                names = [column.name for column in cursor.description]
                source = {}
                for values in cursor:
                    row = dict(zip(names, values))
                    source[json.dumps({name: row[name] for name in key}, sort_keys=True)] = row
            connection.close()
            ours = copy.tables.get(f"crash.public.{table}", {})
            missing, stale = source.keys() - ours.keys(), ours.keys() - source.keys()
            other = [(ours[row], source[row]) for row in source.keys() & ours.keys() if ours[row] != source[row]]
            assert not (missing or stale or other), (
                f"{table}: {len(missing)} rows missing {sorted(missing)[:5]}, {len(stale)} stale {sorted(stale)[:5]}, {len(other)} different {other[:3]}")


@pytest.fixture
def pipeline(postgres, tmp_path):
    postgres.drop_slots("slot_name = %s", "crash")
    with postgres.database("crash") as database:
        postgres.query("create table sentinel (id int primary key)", database)
        line = Pipeline(postgres, database, tmp_path)
        yield line
        if line.process and line.process.running():
            line.process.kill()


class Faults(killing.Faults):
    def strike(self, kind):
        if self.line.process.running():
            super().strike(kind)

    def terminate(self):
        self.line.place.query("select pg_terminate_backend(active_pid) from pg_replication_slots where slot_name = 'crash' and active")

    def freeze(self):
        """For longer than the server waits for an answer, sometimes."""
        self.line.process.process.send_signal(signal.SIGSTOP)
        time.sleep(self.dice.choice((0.1, 0.3, 2.5)))
        self.line.process.process.send_signal(signal.SIGCONT)

    def fill(self):
        """The disk of the sink and of the offsets is full for a while."""
        try:
            with open(self.line.folder / "ballast", "wb", buffering=0) as ballast:
                while ballast.write(bytes(1 << 20)) == 1 << 20:
                    pass
                while True:
                    ballast.write(b"0")
        except OSError:
            pass
        time.sleep(self.dice.uniform(0.2, 0.8))
        (self.line.folder / "ballast").unlink()


@contextmanager
def small_disk(folder, megabytes):
    """A file system of its own in the folder; where that is not allowed, the folder as it is."""
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder], stderr=subprocess.PIPE)
    try:
        yield done.returncode == 0
    finally:
        if done.returncode == 0:
            subprocess.run(["umount", "-l", folder], check=True)


def test_nothing_is_lost_or_reordered_whatever_fails_under_load(rough, tmp_path):
    dice, postgres = random.Random(seed), rough
    proxy = Proxy(postgres.host, postgres.port)
    disk = tmp_path / "disk"
    disk.mkdir()
    try:
        with small_disk(disk, 1500) as is_small:
            print(f"MILLRACE_SEED={seed}, {kills} kills{'' if is_small else ', no file system of its own: the disk is never full'}")
            line = prepared(postgres, disk)
            line.own = {"database.hostname": proxy.host, "database.port": str(proxy.port), "retriable.restart.connector.wait.ms": "300",
                             "publish.via.partition.root": "true"}
            faults = Faults(line, proxy, dice)
            kinds = ["cut", "hold", "refuse", "terminate", "freeze"] + ["fill"] * is_small
            with Load(postgres.url(line.database), seed, pause=0.005, survives=True, parted=rows // 4) as load:
                in_snapshot = torment(line, faults, kinds, dice)
                wait_until(lambda: load.transactions > 200 or load.failure, 60, "the load")
            proxy.release()
            # A column that came or went says nothing of rows that nobody has touched since.
            postgres.query("update shapes set n = n + 1", line.database)
            copy = line.catch_up()
            print(f"{load.transactions} transactions, {load.rollbacks} rolled back, {load.alterations} alterations; {copy.records} records, "
                  f"{copy.repeated} changes repeated, {copy.rewinds} times within a run; {in_snapshot} kills before the first streamed record; {faults.counts}")
            line.compare(copy, sources)
            assert in_snapshot > 0 or kills < 3
            assert copy.rewinds <= line.process.log.read_text().count("the run is interrupted and goes on")
    finally:
        proxy.close()
        postgres.drop_database("crash")


def prepared(postgres, folder):
    postgres.create_database("crash")
    postgres.script("create table sentinel (id int primary key);" + schema + history + parted, "crash")
    return Pipeline(postgres, "crash", folder)


def torment(line, faults, kinds, dice):
    """Kills it again and again, the first 40 % of the times in the snapshot; answers how often that was."""
    in_snapshot = 0
    for n in range(kills):
        line.start(**{"offset.flush.interval.ms": dice.choice(("20", "100", "1000")), "status.update.interval.ms": dice.choice(("100", "1000")),
                      "snapshot.max.threads": dice.choice(("1", "4"))})
        if n == kills * 2 // 5:
            wait_until(lambda: streaming(line.records) or not line.process.running(), 120, "the first streamed record")
        if n % 5 == 3:
            time.sleep(dice.uniform(0, 0.3))
            faults.strike("restart" if n % 25 == 13 else dice.choice(kinds))
        if n < kills * 2 // 5:   # a few hundred to a few thousand rows further each time
            line.kill_after(dice.choice((1, 10**4, 10**5, 10**6, 4 * 10**6)), 1.5)
        else:
            line.kill_after(dice.choice((1, 10**5, 10**6, 10**9)), dice.uniform(0.05, 1.2))
            if dice.random() < 0.4:
                line.lose_power()
        in_snapshot += not streaming(line.records)
    return in_snapshot


def streaming(path):
    """Whether the last complete record came from the log."""
    if not path.exists():
        return False
    with open(path, "rb") as file:
        file.seek(max(0, path.stat().st_size - 20_000))
        lines = [line for line in file.read().split(b"\n")[:-1] if b'"op":"' in line]
    return bool(lines) and b'"op":"r"' not in lines[-1]


def test_a_key_change_in_flight_is_not_lost(postgres, pipeline):
    """It is a delete, a tombstone and a create at one log position; the create must come although the delete was stored. Large
    transactions of nothing else, positions stored every few milliseconds, so that most kills fall behind one that lies within."""
    dice = random.Random(seed)
    postgres.script("create table accounts (id int primary key, owner text, balance numeric(12,2), note text);"
                    "insert into accounts select i, 'o', i, repeat('n', 500) from generate_series(1, 3000) i;", pipeline.database)
    pipeline.start()
    wait_until(lambda: postgres.query("select 1 from pg_replication_slots where slot_name = 'crash' and active"), 60, "the stream")
    assert pipeline.process.stop() == 0
    within = 0
    for n in range(max(5, kills // 8)):
        postgres.query("update accounts set id = id + 10000", pipeline.database)
        pipeline.start(**{"offset.flush.interval.ms": "5"})
        pipeline.kill_after(dice.choice((10**5, 10**6, 3 * 10**6, 5 * 10**6)), 3)
        within += pipeline.lose_power()
    print(f"{within} of {n + 1} kills behind a position within a transaction")
    pipeline.compare(pipeline.catch_up(), ["accounts", "sentinel"])
    assert within > 0


def test_a_row_deleted_during_an_interrupted_snapshot_does_not_stay(postgres, pipeline):
    postgres.script(history, pipeline.database)
    for n in range(4):
        pipeline.start()
        pipeline.kill_after(3 * 10**6, 5)
        postgres.query("delete from history where id between %s and %s", pipeline.database, [n * 1000 + 1, n * 1000 + 500])
        postgres.query("update history set id = id + 1000000 where id between %s and %s", pipeline.database, [n * 1000 + 501, n * 1000 + 600])
        postgres.query("update history set v = 'later' where id between %s and %s", pipeline.database, [n * 1000 + 601, n * 1000 + 700])
    pipeline.compare(pipeline.catch_up(), ["history", "sentinel"])


def test_a_kill_within_the_first_transaction_after_an_idle_time(postgres, pipeline):
    """The slot was confirmed beyond the last change by then; the position stored within the transaction must not lie before that."""
    postgres.script("create table lines (account int, n int, amount numeric(12,2), at timestamp, primary key (account, n));", pipeline.database)
    confirmed = "select coalesce(confirmed_flush_lsn >= %s, false) from pg_replication_slots where slot_name = 'crash'"
    for n in range(3):
        pipeline.start(**{"status.update.interval.ms": "100", "offset.flush.interval.ms": "50"})
        wait_until(lambda: postgres.query("select 1 from pg_replication_slots where slot_name = 'crash' and active"), 60, "the stream")
        postgres.script("create temporary table other as select generate_series(1, 1000) i;", pipeline.database)
        end = postgres.query("select pg_current_wal_lsn()")[0][0]
        wait_until(lambda: (postgres.query(confirmed, parameters=[end]) or [[False]])[0][0], 60, "the idle confirmation")
        postgres.query("insert into lines select %s, i, i, null from generate_series(1, 100000) i", pipeline.database, [n])
        pipeline.kill_after(3 * 10**7, 20)
        time.sleep(0.2)
    pipeline.compare(pipeline.catch_up(), ["lines", "sentinel"])
