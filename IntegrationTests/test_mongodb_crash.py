"""MongoDB: SIGKILL at random points under load, with elections, restarts of the server and broken connections in between: nothing
lost, nothing reordered, no torn line, every change of every document there, a replica of the records equals the source.

MILLRACE_KILLS is the number of kills (200), MILLRACE_DOCUMENTS that of the documents in the collection whose snapshot is interrupted
(60000), MILLRACE_SEED makes a run repeatable."""

import base64
import json
import os
import random
import threading
import time

import pytest

from harness import killing, millrace, mongodb, server
from harness.proxy import Proxy
from harness.server import wait_until

kills = int(os.environ.get("MILLRACE_KILLS", "200"))
documents = int(os.environ.get("MILLRACE_DOCUMENTS", "60000"))
seed = int(os.environ.get("MILLRACE_SEED", str(random.randrange(10**6))))

config = {
    "connector.class": "io.debezium.connector.mongodb.MongoDbConnector", "topic.prefix": "crash", "database.include.list": "crash",
    "json.serialization.mode": "relaxed", "key.converter": "org.apache.kafka.connect.json.JsonConverter", "key.converter.schemas.enable": "false",
    "value.converter": "org.apache.kafka.connect.json.JsonConverter", "value.converter.schemas.enable": "false",
    "mongodb.server.selection.timeout.ms": "20000", "retriable.restart.connector.wait.ms": "300",
}
collections = ["history", "accounts", "lines"]


class Load:
    """A thread that changes documents. Each counts its versions in `v` from 1, and no `_id` comes again once it was deleted, so that a
    change that is missing shows as a gap."""

    def __init__(self, url, pause=0.002):
        self.url, self.pause, self.changes, self.failure = url, pause, 0, None
        self.dice = random.Random(seed)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        self._thread.join()
        if self.failure:
            raise self.failure

    def _run(self):
        import pymongo.errors
        import pymongo
        client = pymongo.MongoClient(self.url, retryWrites=True)
        known, number = list(range(documents)), 10**6
        while not self._end.is_set():
            number += 1
            try:
                self._step(client, client.crash, known, number)
                self.changes += 1
            except pymongo.errors.PyMongoError:
                time.sleep(0.05)   # an election, or the server is being restarted
            except Exception as error:
                self.failure = error
                return
            time.sleep(self.pause)
        client.close()

    def _step(self, client, db, known, number):
        kind = self.dice.random()
        name = self.dice.choice(("accounts", "lines"))
        if kind < 0.3:
            db[name].insert_one({"_id": number, "v": 1, "text": "x" * self.dice.randrange(300)})
        elif kind < 0.45:
            db[name].update_one({"_id": {"$gte": self.dice.randrange(10**6, number + 1)}}, {"$inc": {"v": 1}})
        elif kind < 0.5:
            db[name].delete_one({"_id": {"$gte": self.dice.randrange(10**6, number + 1)}})
        elif kind < 0.7:
            db.history.update_one({"_id": known[self.dice.randrange(len(known))]}, {"$inc": {"v": 1}})
        elif kind < 0.8:
            db.history.delete_one({"_id": known.pop(self.dice.randrange(len(known)))})
        else:
            with client.start_session() as session, session.start_transaction():
                for n in range(self.dice.randrange(1, 60)):
                    db.lines.insert_one({"_id": f"{number}-{n}", "v": 1}, session=session)
                    if n % 3 == 0:
                        db.lines.update_one({"_id": f"{number}-{n}"}, {"$inc": {"v": 1}}, session=session)
                if self.dice.random() < 0.1:
                    session.abort_transaction()


class Replica:
    """What the records come to. A change that was delivered before may come again behind a start, never one that leaves out another."""

    def __init__(self, path, starts):
        self.versions, self.gaps, self.records, self.repeated, self.deleted = {}, [], 0, 0, set()
        with open(path, "rb") as file:
            for line in file:
                assert line.endswith(b"\n"), "the file ends with a torn line"
                self.take(json.loads(line))

    def take(self, record):
        self.records += 1
        if record["value"] is None or "op" not in record["value"]:
            return
        value = record["value"]
        at = (record["topic"].rpartition(".")[2], record["key"]["id"])
        if value["op"] == "d":
            self.versions.pop(at, None)
            self.deleted.add(at)
            return
        if value["op"] == "u":
            version = json.loads(value["updateDescription"]["updatedFields"])["v"]
        else:
            version = json.loads(value["after"])["v"]
        known = self.versions.get(at)
        if value["op"] == "r":
            # Rows that a resumed snapshot reads again may be newer than changes that are still to come.
            self.versions[at] = version
            return
        if known is None:
            # Inserted later, or deleted by a change that comes again.
            if value["op"] == "u" and at not in self.deleted:
                self.gaps.append((at, None, version))
        elif version > known + 1:
            self.gaps.append((at, known, version))
        elif version <= known:
            self.repeated += 1
        self.versions[at] = version


class Pipeline(killing.Pipeline):
    absent = ("can be reached", "was lost", "cannot do it now")

    def __init__(self, place, folder):
        super().__init__(place, folder, config)

    def start(self, url=None, **more):
        super().start(url=url, **more)

    def settings(self, url=None, **more):
        return {"mongodb.connection.string": url or self.place.url, **millrace.file_output(self.folder), **more}

    def lose_power(self):
        """Cuts off what came behind the stored position: nobody has promised that it survives. True if the position lies within a
        transaction."""
        checkpoint = self.checkpoint()
        if not checkpoint:
            return False
        state, offset = checkpoint["state"], checkpoint["offset"]
        assert base64.b64decode(offset["resume_token"])
        if "snapshot" in state or offset["sec"] < 0:
            return False
        # A record tells the ordinal within the second of the cluster's clock, and another clock's milliseconds, which is taken a little
        # later. Of the events that may be meant it is the last, and of a transaction's, which share one time, the one of that number.
        groups = {0: [], 1: []}
        with open(self.records, "r+b") as file:
            place, before, ended = file.seek(self.starts[-1]), None, None
            for line in file:
                if not line.endswith(b"\n"):
                    break
                place += len(line)
                value = json.loads(line)["value"]
                if value is None:
                    if before is not None and ended == before[-1]:
                        before[-1] = place   # the tombstone goes with its delete
                    ended = place
                    continue
                ended = place
                source = value.get("source", {})
                late = source.get("ts_ms", 0) // 1000 - offset["sec"]
                if value.get("op", "r") == "r" or source["ord"] != offset["ord"] or late not in groups:
                    before = None
                    continue
                if before is None:
                    groups[late] = before = []
                before.append(place)
            found = groups[0] or groups[1]
            if len(found) >= int(state["events"]):
                file.truncate(found[int(state["events"]) - 1])
        return "txnNumber" in offset

    def catch_up(self):
        number = random.randrange(10**9, 2 * 10**9)
        client = self.place.client()
        client.crash.accounts.insert_one({"_id": number, "v": 1})
        client.close()
        self.run_until(str(number).encode())
        return Replica(self.records, self.starts)

    def compare(self, copy):
        assert not copy.gaps, f"{len(copy.gaps)} changes are missing, such as {copy.gaps[:10]}"
        client = self.place.client()
        for name in collections:
            source = {json.dumps(found["_id"]): found["v"] for found in client.crash[name].find({}, {"v": 1})}
            ours = {key: version for (collection, key), version in copy.versions.items() if collection == name}
            missing, stale = source.keys() - ours.keys(), ours.keys() - source.keys()
            other = [(key, ours[key], source[key]) for key in source.keys() & ours.keys() if ours[key] != source[key]]
            assert not (missing or stale or other), (
                f"{name}: {len(missing)} missing {sorted(missing)[:5]}, {len(stale)} stale {sorted(stale)[:5]}, {len(other)} different {other[:5]}")
        client.close()


@pytest.fixture
def rough_mongo(tmp_path):
    """One that the tests may restart."""
    place = mongodb.start("mongodb-rough")
    place.create_database("crash")
    yield place
    server.stop("mongodb-rough")


class Faults(killing.Faults):
    def step_down(self):
        import pymongo.errors
        client = self.line.place.client()
        try:
            client.admin.command({"replSetStepDown": 1, "force": True})
        except pymongo.errors.PyMongoError:
            pass   # it closes connections, ours as well, or is none at this moment
        client.close()

    def kill_cursors(self):
        """As the server does with cursors that nobody has asked for long."""
        client = self.line.place.client()
        found = client.admin.aggregate([{"$currentOp": {"idleCursors": True, "allUsers": True}}, {"$match": {"cursor.cursorId": {"$exists": True}}}])
        for operation in list(found):
            database, _, collection = operation["ns"].partition(".")
            client[database].command({"killCursors": collection or "$cmd.aggregate", "cursors": [operation["cursor"]["cursorId"]]})
        client.close()


def test_no_change_is_lost_or_reordered_whatever_fails_under_load(rough_mongo, tmp_path):
    dice = random.Random(seed)
    host, port = rough_mongo.url.partition("://")[2].partition("/")[0].split(":")
    proxy = Proxy(host, int(port))
    through = f"mongodb://{proxy.host}:{proxy.port}/?directConnection=true&socketTimeoutMS=3000"
    line = Pipeline(rough_mongo, tmp_path)
    faults = Faults(line, proxy, dice)
    client = rough_mongo.client()
    client.crash.history.insert_many([{"_id": n, "v": 1, "text": "h" * 100} for n in range(documents)])
    client.close()
    print(f"MILLRACE_SEED={seed}, {kills} kills")
    in_snapshot = within = 0
    try:
        # What is inserted from here on is in the stream. A document that is there before, and is changed and deleted until the snapshot
        # comes to it, would look like one whose insert is missing.
        line.start(rough_mongo.url)
        wait_until(lambda: (tmp_path / "offsets").exists() or not line.process.running(), 60, "the stream's position")
        line.process.kill()
        with Load(rough_mongo.url) as load:
            for n in range(kills):
                line.start(dice.choice((through, rough_mongo.url)), **{
                    "offset.flush.interval.ms": dice.choice(("5", "20", "100", "1000")), "snapshot.max.threads": dice.choice(("1", "3"))})
                if n == kills // 4:
                    wait_until(lambda: streaming(line.records) or not line.process.running(), 120, "the first streamed record")
                if n % 4 == 3:
                    time.sleep(dice.uniform(0, 0.3))
                    faults.strike("restart" if n % 40 == 23 else dice.choice(("cut", "hold", "refuse", "step_down", "kill_cursors")))
                if n < kills // 4:
                    line.kill_after(dice.choice((1, 10**5, 10**6, 4 * 10**6)), 1.5)
                else:
                    line.kill_after(dice.choice((1, 10**4, 10**5, 10**9)), dice.uniform(0.05, 1.2))
                    if dice.random() < 0.5:
                        within += line.lose_power()
                in_snapshot += not streaming(line.records)
            wait_until(lambda: load.changes > 200 or load.failure, 60, "the load")
            # One run outlives what goes wrong, once it has begun.
            begun = (tmp_path / "log").read_text().count("started name=")
            line.start(through, **{"offset.flush.interval.ms": "20"})
            wait_until(lambda: (tmp_path / "log").read_text().count("started name=") > begun or not line.process.running(), 60, "the start")
            for kind in ("cut", "step_down", "kill_cursors", "refuse", "restart", "hold"):
                time.sleep(0.5)
                faults.strike(kind)
                assert line.process.running(), line.process.messages()
        line.process.kill()
        proxy.release()
        copy = line.catch_up()
        print(f"{load.changes} changes or transactions; {copy.records} records, {copy.repeated} changes repeated; {in_snapshot} kills before the first "
              f"streamed record, {within} behind a position within a transaction; {faults.counts}")
        line.compare(copy)
        assert in_snapshot > 0 or kills < 3
    finally:
        if line.process and line.process.running():
            line.process.kill()
        proxy.close()


def streaming(path):
    """Whether the last complete record came from the stream."""
    if not path.exists():
        return False
    with open(path, "rb") as file:
        file.seek(max(0, path.stat().st_size - 20_000))
        lines = [line for line in file.read().split(b"\n")[:-1] if b'"op":"' in line]
    return bool(lines) and b'"op":"r"' not in lines[-1]
