"""MongoDB's initial snapshots: keys of all types, several readers, interrupted and gone on with, collections that change or go under them.

MILLRACE_DOCUMENTS is the number of documents in the large collection (100000), MILLRACE_SEED makes a run repeatable."""

import collections
import datetime
import json
import os
import random

import pytest

from harness import millrace
from harness.server import wait_until

documents = int(os.environ.get("MILLRACE_DOCUMENTS", "100000"))
seed = int(os.environ.get("MILLRACE_SEED", str(random.randrange(10**6))))
connector = "io.debezium.connector.mongodb.MongoDbConnector"
json_converter = "org.apache.kafka.connect.json.JsonConverter"


class Snapshot:
    def __init__(self, mongo, database, folder):
        self.mongo, self.database, self.folder = mongo, database, folder
        self.client = mongo.client()
        self.db = self.client[database]
        self.config = folder / "config.json"
        self.config.write_text(json.dumps({
            "connector.class": connector, "topic.prefix": "srv", "database.include.list": database, "json.serialization.mode": "extended",
            "key.converter": json_converter, "key.converter.schemas.enable": "false", "value.converter": json_converter,
            "value.converter.schemas.enable": "false", "offset.flush.interval.ms": "20", "skipped.operations": "none"}))

    def settings(self, **more):
        return {**self.mongo.settings(self.database), **millrace.file_output(self.folder), **more}

    def start(self, **more):
        return millrace.Millrace(self.config, self.settings(**more), log=self.folder / "log")

    def run(self, idle="1.5", **more):
        millrace.run(self.config, self.settings(**more), "--exit-when-idle", idle, log=self.folder / "log")
        return self.records()

    def size(self):
        path = self.folder / "records.jsonl"
        return path.stat().st_size if path.exists() else 0

    def records(self):
        """(collection, key, envelope) of all records but tombstones."""
        found = []
        for line in (self.folder / "records.jsonl").read_text().splitlines():
            record = json.loads(line)
            if record["value"]:
                found.append((record["value"]["source"]["collection"], record["key"]["id"], record["value"]))
        return found


@pytest.fixture
def snapshot(mongo, tmp_path):
    with mongo.database("snapshot") as database:
        made = Snapshot(mongo, database, tmp_path)
        yield made
        made.client.close()


def keys_of_all_types(dice, count):
    """Distinct keys; the types are mixed in the order of insertion."""
    import bson
    makers = [
        lambda n: n, lambda n: bson.Int64(2**40 + n), lambda n: n + 0.5, lambda n: f"text {n}", lambda n: "%032x" % dice.getrandbits(128), lambda n: bson.ObjectId(),
        lambda n: bson.Binary(n.to_bytes(8, "big"), 4 if n % 2 else 0), lambda n: bson.SON([("a", n % 7), ("b", f"x{n}")]), lambda n: bson.SON([("b", n)]),
        lambda n: datetime.datetime(1960, 1, 1) + datetime.timedelta(seconds=n), lambda n: bson.Decimal128(f"{n}E+20"), lambda n: bson.Timestamp(n + 1, 1),
        lambda n: bson.Code(f"f{n}()"), lambda n: "long " * 300 + str(n) if n % 50 == 0 else f"ü{n}"]
    keys = [dice.choice(makers)(n) for n in range(count - 7)]
    return keys + [True, False, None, bson.MinKey(), bson.MaxKey(), float("nan"), float("-inf")]


def insert(collection, keys):
    for start in range(0, len(keys), 10000):
        collection.insert_many([{"_id": key, "n": start + n, "pad": "x" * 200} for n, key in enumerate(keys[start:start + 10000])])


def numbers(records, name):
    return collections.Counter(json.loads(value["after"])["n"]["$numberInt"] for collection, _, value in records if collection == name and value["op"] == "r")


@pytest.mark.parametrize("threads", ["1", "4"])
def test_keys_of_all_types_are_read_once_each(snapshot, threads):
    keys = keys_of_all_types(random.Random(seed), documents)
    insert(snapshot.db.mixed, keys)
    insert(snapshot.db.small, [1, "a", None])
    # With a collation the index has another order than the values.
    snapshot.db.create_collection("collated", collation={"locale": "de", "strength": 1, "numericOrdering": True})
    insert(snapshot.db.collated, [f"{'äAoÖzß'[n % 6]}{n}" for n in range(documents // 4)])
    snapshot.db.command("create", "clustered", clusteredIndex={"key": {"_id": 1}, "unique": True})
    insert(snapshot.db.clustered, keys[:documents // 4])
    records = snapshot.run(**{"snapshot.max.threads": threads})
    for name, count in ("mixed", documents), ("small", 3), ("collated", documents // 4), ("clustered", documents // 4):
        found = numbers(records, name)
        assert len(found) == count and set(found.values()) == {1}, f"{name}: {len(found)} of {count}, MILLRACE_SEED={seed}"
    assert len(records) == documents + 3 + documents // 4 * 2
    assert [value["source"]["snapshot"] for _, _, value in records] == ["true"] * (len(records) - 1) + ["last"]


def test_an_interrupted_snapshot_goes_on_and_misses_no_change(snapshot):
    dice = random.Random(seed)
    keys = keys_of_all_types(dice, documents)
    for name in ("mixed", "second"):
        insert(snapshot.db[name], keys)
    snapshot.db.small.insert_one({"_id": 1, "n": 0})
    kills, version = 0, 0
    for round in range(30):
        run = snapshot.start(**{"snapshot.max.threads": dice.choice(("1", "2", "3"))})
        before = snapshot.size()
        wait_until(lambda: not run.running() or snapshot.size() > before + dice.choice((1, 10**6, 5 * 10**6)), 60)
        assert run.running(), run.messages()
        run.kill()
        kills += 1
        # Documents change, go and come while nobody reads.
        for name in ("mixed", "second"):
            version += 1
            some = dice.sample(keys, 40)
            snapshot.db[name].update_many({"_id": {"$in": some[:20]}}, {"$set": {"v": version}})
            snapshot.db[name].delete_many({"_id": {"$in": some[20:]}})
            snapshot.db[name].insert_many([{"_id": f"new {round} {name} {n}", "n": -1} for n in range(10)])
        if '"op":"r"' in (snapshot.folder / "records.jsonl").read_text()[-5000:] and round < 29:
            continue
        break
    records = snapshot.run(idle="3")
    # A replica of the records equals the source.
    import bson.json_util
    replica = {}
    for collection, key, value in records:
        if value["op"] == "d":
            replica.pop((collection, key), None)
        else:
            replica[collection, key] = value["after"] or replica[collection, key]
    wanted, got = collections.Counter(), collections.Counter()
    for name in ("mixed", "second", "small"):
        for document in snapshot.db[name].find({}, {"n": 1, "v": 1}):
            wanted[name, document["n"], document.get("v")] += 1
    for (name, _), text in replica.items():
        document = json.loads(text)
        number, version = document["n"]["$numberInt"], document.get("v", {}).get("$numberInt")
        got[name, int(number), version and int(version)] += 1
    assert got == wanted, f"MILLRACE_SEED={seed} after {kills} kills"
    # What was done before a kill was not read again as a whole.
    reads = sum(1 for _, _, value in records if value["op"] == "r")
    print(f"{kills} kills, {reads} reads of {2 * documents} documents")
    assert reads < 2 * documents * max(2, kills) * 0.75


def test_collections_that_go_or_move_under_a_snapshot_do_not_stop_it(snapshot):
    for name in ("a", "b", "c", "d"):
        insert(snapshot.db[name], list(range(documents // 2)))
    run = snapshot.start(**{"snapshot.fetch.size": "100"})
    wait_until(lambda: snapshot.size() > 10**5 or not run.running(), 60)
    snapshot.db.a.drop()
    snapshot.db.c.rename("moved")
    snapshot.db.d.drop()
    snapshot.db.d.insert_one({"_id": 1, "n": 7})
    wait_until(lambda: not run.running() or '"snapshot":"last"' in (snapshot.folder / "records.jsonl").read_text(), 120)
    assert run.running(), run.messages()
    snapshot.db.d.insert_one({"_id": "later", "n": 1})
    wait_until(lambda: not run.running() or '"later' in (snapshot.folder / "records.jsonl").read_text(), 60)
    assert run.stop() == 0, run.messages()
    assert len(numbers(snapshot.records(), "b")) == documents // 2


def test_empty_collections_views_and_the_servers_own_are_left_out(snapshot):
    db = snapshot.db
    db.create_collection("empty")
    db.command("create", "measured", timeseries={"timeField": "t"})
    db.measured.insert_one({"t": datetime.datetime(2024, 1, 1), "n": 1})
    db.plain.insert_one({"_id": 1, "n": 1})
    db.command("create", "seen", viewOn="plain", pipeline=[])
    db.create_collection("capped", capped=True, size=4096, max=2)
    db.capped.insert_many([{"_id": n, "n": n} for n in (3, 1, 2)])
    assert [(name, key) for name, key, _ in snapshot.run()] == [("capped", "1"), ("capped", "2"), ("plain", "1")]
    assert "views and time series are not read" in (snapshot.folder / "log").read_text()


@pytest.mark.parametrize("setting, value", [("snapshot.mode", "custom"), ("snapshot.collection.filter.overrides.snapshot.a", "{"), ("snapshot.max.threads", "0"),
                                            ("snapshot.fetch.size", "-1"), ("snapshot.include.collection.list", "(")])
def test_what_cannot_be_is_a_finding(snapshot, setting, value):
    more = {"snapshot.collection.filter.overrides": "snapshot.a"} if "overrides" in setting else {}
    code, out, err = millrace.call("check", snapshot.config, *millrace.settings_to_arguments(snapshot.settings(**more, **{setting: value})))
    assert code != 0 and setting in out + err
