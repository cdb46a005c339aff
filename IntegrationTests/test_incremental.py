"""Incremental snapshots while rows are written: a replica built from nothing but the records since the signal equals the source.

MILLRACE_INCREMENTAL_RUNS is the number of random runs (8; half of them with SIGKILLs), MILLRACE_SEED makes them repeatable."""

import json
import os
import random
import time

import pytest

from harness import replica
from harness.load import Load, schema
from harness.server import wait_until
from test_crash import Pipeline, seed

runs = int(os.environ.get("MILLRACE_INCREMENTAL_RUNS", "8"))
signals = "create table signals (id varchar(42) primary key, type varchar(32) not null, data varchar(2048));"
settings = {
    "snapshot.mode": "no_data", "slot.name": "incremental", "publication.name": "incremental", "signal.data.collection": "public.signals",
    "notification.enabled.channels": "sink", "notification.sink.topic.name": "notes", "offset.flush.interval.ms": "20",
}


class Snapshots(Pipeline):
    """A pipeline that streams without an initial snapshot, and takes signals from a table."""

    def __init__(self, postgres, database, folder):
        super().__init__(postgres, database, folder)
        self.own = dict(settings)
        self.number = 0

    def signal(self, type, data=None):
        self.number += 1
        name = f"{type}-{self.number}"
        self.place.query("insert into signals values (%s, %s, %s)", self.database, [name, type, json.dumps(data) if data else None])
        return name

    def notes(self, id, begin=0):
        """The notifications about a signal, as (type, data)."""
        found = []
        if self.records.exists():
            with open(self.records, "rb") as file:
                file.seek(begin)
                for line in file:
                    if line.startswith(b'{"topic":"notes"') and line.endswith(b"\n"):
                        value = json.loads(line)["value"]
                        if value["id"] == id:
                            found.append((value["type"], value["additional_data"]))
        return found

    def has_ended(self, id, begin=0):
        return any(type in ("COMPLETED", "ABORTED") for type, _ in self.notes(id, begin))

    def since(self, begin):
        """The replica of the records from there on."""
        tail = self.folder / "tail.jsonl"
        with open(self.records, "rb") as file:
            file.seek(begin)
            tail.write_bytes(file.read())
        return replica.read(tail, [0] + [start - begin for start in self.starts if start > begin])


@pytest.fixture
def snapshots(postgres, tmp_path):
    with postgres.database("incremental_db") as database:
        postgres.script(schema + signals + "create table sentinel (id int primary key);", database)
        line = Snapshots(postgres, database, tmp_path)
        yield line
        if line.process and line.process.running():
            line.process.kill()


def wait_for_stream(line):
    """A signal that is written before the slot is there is never seen."""
    wait_until(lambda: line.process.log.read_text().count("streaming slot=") >= 1, 30, "the stream")


def test_a_replica_of_the_records_since_the_signal_equals_the_source(snapshots):
    dice = random.Random(seed)
    tables = ["accounts", "lines", "wide"]
    names = [f"public.{table}" for table in tables]
    kills = pauses = 0
    with Load(snapshots.place.url(snapshots.database), seed, pause=0.001) as load:
        for run in range(runs):
            snapshots.start(**{"incremental.snapshot.chunk.size": dice.choice((20, 150, 700) if run < 8 else (300, 700, 3000)), "incremental.snapshot.max.threads": dice.choice((1, 3))})
            wait_for_stream(snapshots)
            begin = snapshots.whole_lines()
            if dice.random() < 0.3:   # one that is given up first
                snapshots.signal("execute-snapshot", {"data-collections": names})
                time.sleep(dice.random() * 0.1)
                snapshots.signal("stop-snapshot", {"type": "INCREMENTAL"})
            id = snapshots.signal("execute-snapshot", {"data-collections": names})
            if run % 2:
                while not snapshots.has_ended(id, begin) and dice.random() < 0.9:
                    snapshots.kill_after(dice.randrange(1, 300_000), dice.random() * 0.4)
                    kills += 1
                    snapshots.start()
            elif dice.random() < 0.6:
                time.sleep(dice.random() * 0.2)
                snapshots.signal("pause-snapshot")
                time.sleep(dice.random() * 0.3)
                snapshots.signal("resume-snapshot")
                pauses += 1
            wait_until(lambda: snapshots.has_ended(id, begin), 60, "the snapshot's end")
            with load.held():
                snapshots.catch_up()
                snapshots.compare(snapshots.since(begin), tables)
    print(f"{runs} snapshots, {kills} kills, {pauses} pauses, {load.transactions} transactions (seed {seed})")
    assert runs < 2 or kills > 0
