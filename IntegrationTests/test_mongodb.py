"""MongoDB: change streams, restarts, filters, capture modes, what the server cannot do, and offsets of Debezium's."""

import base64
import json
import pathlib
import time

import pytest

from harness import millrace, mongodb, oracle
from harness.server import wait_until

config = {
    "connector.class": "io.debezium.connector.mongodb.MongoDbConnector", "topic.prefix": "srv", "snapshot.mode": "no_data",
    "database.include.list": "stream", "offset.flush.interval.ms": "50",
    "key.converter": "org.apache.kafka.connect.json.JsonConverter", "key.converter.schemas.enable": "false",
    "value.converter": "org.apache.kafka.connect.json.JsonConverter", "value.converter.schemas.enable": "false",
}


@pytest.fixture
def client(mongo):
    client = mongo.client()
    client.drop_database("stream")
    client.stream.create_collection("items")
    client.stream.create_collection("images", changeStreamPreAndPostImages={"enabled": True})
    yield client
    client.drop_database("stream")
    client.close()


class Line:
    """A pipeline on its own files; `read` gives what a run has delivered."""

    def __init__(self, mongo, folder, **settings):
        self.mongo, self.folder = mongo, folder
        self.path = folder / "config.json"
        self.path.write_text(json.dumps({**config, **settings}))
        self.settings = {**mongo.settings(), **millrace.file_output(folder)}
        self.seen = 0
        self.process = None

    def start(self, *options, **more):
        """Until the stream is open: what is written from then on comes."""
        begin = (self.folder / "log").read_text().count("streaming from") if (self.folder / "log").exists() else 0
        self.process = millrace.Millrace(self.path, {**self.settings, **more}, *options, log=self.folder / "log")
        wait_until(lambda: not self.process.running() or (self.folder / "log").read_text().count("streaming from") > begin, 60, "the stream")
        return self

    def lines(self):
        path = self.folder / "records.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def wait(self, count):
        """So many further records, and no more."""
        wait_until(lambda: len(self.lines()) - self.seen >= count or not self.process.running(), 60, f"{count} records")
        return self.end()

    def end(self):
        assert self.process.running(), self.process.messages()
        assert self.process.stop() == 0, self.process.messages()
        lines = self.lines()[self.seen:]
        self.seen += len(lines)
        return lines


def keys(records):
    return [(record["topic"].removeprefix("srv.stream."), record["value"] and record["value"].get("op"), record["key"]["id"]) for record in records]


def offset(folder):
    return json.loads((folder / "offsets").read_text())["checkpoints"][0]["offset"]


def test_changes_arrive_and_a_restart_repeats_and_misses_none(mongo, client, tmp_path):
    line = Line(mongo, tmp_path).start()
    client.stream.items.insert_one({"_id": 1})
    client.stream.items.update_one({"_id": 1}, {"$set": {"v": 1}})
    assert keys(line.wait(2)) == [("items", "c", "1"), ("items", "u", "1")]
    client.stream.items.insert_many([{"_id": n} for n in range(2, 500)])   # while nothing runs
    line.start()
    # The driver's counters, which a process that is killed would leave behind.
    assert not pathlib.Path(f"/dev/shm/mongoc-{line.process.process.pid}").exists()
    client.stream.items.delete_one({"_id": 1})
    assert keys(line.wait(500)) == [("items", "c", str(n)) for n in range(2, 500)] + [("items", "d", "1"), ("items", None, "1")]
    # Where nothing was delivered either, the first position is stored: what comes next is behind it.
    assert {"sec", "ord", "resume_token"} <= offset(tmp_path).keys()


def test_a_run_that_saw_nothing_has_stored_where_it_stood(mongo, client, tmp_path):
    line = Line(mongo, tmp_path).start()
    wait_until((tmp_path / "offsets").exists, 30, "an offset")
    assert line.end() == []
    client.stream.items.insert_one({"_id": "between"})
    line.start()
    assert keys(line.wait(1)) == [("items", "c", '"between"')]


def test_a_restart_within_a_transaction_goes_on_behind_the_operation_that_was_stored(mongo, client, tmp_path):
    # Positions are stored between batches.
    line = Line(mongo, tmp_path, **{"provide.transaction.metadata": "true", "max.batch.size": "10"}).start("--exit-after", 30)
    with client.start_session() as session, session.start_transaction():
        for n in range(100):
            client.stream.items.insert_one({"_id": n}, session=session)
    assert line.process.wait() == 0
    line.start()
    client.stream.items.insert_one({"_id": "last"})
    wait_until(lambda: any(record["key"].get("id") == '"last"' for record in line.lines()), 60, "the last document")
    line.end()
    records = [record for record in line.lines() if record["topic"] == "srv.stream.items"]
    assert [record["key"]["id"] for record in records] == [str(n) for n in range(100)] + ['"last"']
    assert [record["value"]["transaction"]["total_order"] for record in records[:-1]] == list(range(1, 101))
    assert len({record["value"]["transaction"]["id"] for record in records[:-1]}) == 1
    marks = [record["value"]["status"] for record in line.lines() if record["topic"] == "srv.transaction"]
    assert marks == ["BEGIN", "END"]


@pytest.mark.parametrize("more, expected", [
    ({"collection.include.list": r"stream\.IT.*"}, ["items"]),
    ({"collection.exclude.list": r"stream\.items,stream\.b"}, ["a", "images"]),
    ({"collection.include.list": "stream.items,stream.a", "filters.match.mode": "literal"}, ["a", "items"]),
    ({"collection.exclude.list": "stream.items", "filters.match.mode": "literal"}, ["a", "b", "images"]),
    ({"database.include.list": "other"}, []),
    ({"database.include.list": "", "database.exclude.list": "other.*"}, ["a", "b", "images", "items"]),
    ({"capture.scope": "database", "capture.target": "stream"}, ["a", "b", "images", "items"]),
    ({"capture.scope": "collection", "capture.target": "stream.a"}, ["a"]),
    ({"cursor.pipeline": '[{"$match": {"fullDocument.x": 1}}]'}, ["b"]),
    ({"cursor.pipeline": '[{"$match": {"fullDocument.x": 1}}]', "cursor.pipeline.order": "user_only"}, ["b"]),
    ({"skipped.operations": "c"}, []),
], ids=lambda value: "-".join(value.values()) if isinstance(value, dict) else "")
def test_filters_choose_collections(mongo, client, tmp_path, more, expected):
    line = Line(mongo, tmp_path, **more).start()
    for name in ("a", "b", "items", "images"):
        client.stream[name].insert_one({"_id": 1, "x": int(name == "b")})
    wait_until(lambda: len(line.lines()) >= len(expected), 30, "the records")
    time.sleep(0.5)
    assert sorted(record["topic"].rpartition(".")[2] for record in line.end()) == expected


@pytest.mark.parametrize("mode, full, after, before", [
    ("change_streams", "lookup", None, None), ("change_streams_update_full", "lookup", {"_id": 1, "v": 3}, None),
    ("change_streams_update_full", "post_image", {"_id": 1, "v": 2}, None), ("change_streams_with_pre_image", "lookup", None, {"_id": 1, "v": 1}),
    ("change_streams_update_full_with_pre_image", "post_image", {"_id": 1, "v": 2}, {"_id": 1, "v": 1}),
])
def test_capture_modes(mongo, client, tmp_path, mode, full, after, before):
    line = Line(mongo, tmp_path, **{"capture.mode": mode, "capture.mode.full.update.type": full}).start()
    assert line.end() == []
    client.stream.images.insert_one({"_id": 1, "v": 1})
    client.stream.images.update_one({"_id": 1}, {"$inc": {"v": 1}})
    client.stream.images.update_one({"_id": 1}, {"$inc": {"v": 1}})
    line.start()
    update = line.wait(3)[1]["value"]
    assert update["op"] == "u" and json.loads(update["updateDescription"]["updatedFields"]) == {"v": 2}
    assert [update[side] and json.loads(update[side]) for side in ("after", "before")] == [after, before]


def test_an_event_that_is_too_large_ends_the_run_or_is_left_out(mongo, client, tmp_path):
    line = Line(mongo, tmp_path, **{"capture.mode": "change_streams_update_full_with_pre_image", "capture.mode.full.update.type": "post_image"}).start()
    assert line.end() == []
    client.stream.images.insert_one({"_id": 1, "text": "x" * 9_000_000})
    client.stream.images.update_one({"_id": 1}, {"$set": {"v": 1}})   # twice 9 MB
    client.stream.images.insert_one({"_id": 2})
    line.start()
    assert line.process.wait() == 1
    assert "mongodb.oversize" in line.process.messages() and "cursor.oversize" in line.process.messages()
    line.seen = 0
    line.start(**{"cursor.oversize.handling.mode": "skip", "cursor.oversize.skip.threshold": "1000000"})
    wait_until(lambda: any(record["key"]["id"] == "2" for record in line.lines()), 30, "the last document")
    assert keys(line.end())[-1] == ("images", "c", "2")


def test_a_run_goes_on_behind_an_event_that_came_in_parts(tmp_path):
    mongo = mongodb.start("mongodb-split")
    with mongo.database("stream"):
        client = mongo.client()
        images = client.stream.create_collection("images", changeStreamPreAndPostImages={"enabled": True})
        line = Line(mongo, tmp_path, **{"capture.mode": "change_streams_update_full_with_pre_image", "capture.mode.full.update.type": "post_image",
                                        "cursor.oversize.handling.mode": "split", "field.exclude.list": "stream.images.text"}).start()
        images.insert_one({"_id": 1, "text": "x" * 9_000_000})
        for number in (1, 2):
            images.update_one({"_id": 1}, {"$set": {"v": number}})   # twice 9 MB
            records = line.wait(2 if number == 1 else 1)
            assert json.loads(records[-1]["value"]["after"]) == {"_id": 1, "v": number} and len(records) == 3 - number
            if number == 1:
                line.start()
        client.close()


def test_a_collection_that_is_dropped_does_not_end_its_stream(mongo, client, tmp_path):
    line = Line(mongo, tmp_path, **{"capture.scope": "collection", "capture.target": "stream.items"}).start()
    client.stream.items.insert_one({"_id": 1})
    client.stream.items.drop()
    client.stream.items.insert_one({"_id": 2})
    assert keys(line.wait(2)) == [("items", "c", "1"), ("items", "c", "2")]


def test_a_token_that_means_nothing_ends_the_run_unless_a_snapshot_mends_it(mongo, client, tmp_path):
    line = Line(mongo, tmp_path).start()
    client.stream.items.insert_one({"_id": 1})
    line.wait(1)
    stored = json.loads((tmp_path / "offsets").read_text())
    token = base64.b64decode(stored["checkpoints"][0]["offset"]["resume_token"])
    # A time long before the oplog's first entry: type, then seconds, in hexadecimal digits.
    at = token.index(b"82")
    stored["checkpoints"][0]["offset"]["resume_token"] = base64.b64encode(token[:at + 2] + b"00000001" + token[at + 10:]).decode()
    (tmp_path / "offsets").write_text(json.dumps(stored))
    line.start()
    assert line.process.wait() == 1
    assert "mongodb.history.lost" in line.process.messages() and "when_needed" in line.process.messages()
    stored = {"offset.storage.file.filename": tmp_path / "offsets"}
    code, said = check(mongo, tmp_path, **stored)
    assert code == 2 and "error: offset.storage" in said and "when_needed" in said, said
    code, said = check(mongo, tmp_path, **stored, **{"snapshot.mode": "when_needed"})
    assert code == 0 and "warning: offset.storage" in said and "new snapshot" in said, said
    client.stream.items.insert_one({"_id": 2})
    line.start(**{"snapshot.mode": "when_needed"})
    assert keys(line.wait(2)) == [("items", "r", "1"), ("items", "r", "2")]


def test_an_offset_of_debeziums_is_taken_over(mongo, client, tmp_path):
    state = tmp_path / "debezium"
    (tmp_path / "c.json").write_text(json.dumps({**config, "snapshot.mode": "initial", "name": "taken"}))
    client.stream.items.insert_one({"_id": 1})
    for idle in (4, 20):   # on a busy machine it can take long to begin
        oracle.run(tmp_path / "c.json", mongo.settings(), tmp_path / "out", state=state, idle=idle)
        if (tmp_path / "out").stat().st_size:
            break
    assert len((tmp_path / "out").read_text().splitlines()) == 1
    client.stream.items.insert_many([{"_id": n} for n in range(2, 20)])
    line = Line(mongo, tmp_path, name="taken", **{"snapshot.mode": "initial"})
    line.settings["offset.storage.file.filename"] = str(next(path for path in state.iterdir() if "offset" in path.name))
    line.start()
    assert keys(line.wait(18)) == [("items", "c", str(n)) for n in range(2, 20)]


def test_a_first_run_can_begin_at_a_time_that_is_given(mongo, client, tmp_path):
    client.stream.items.insert_one({"_id": 1})
    time_of = client.admin.command("hello")["operationTime"]
    client.stream.items.insert_many([{"_id": 2}, {"_id": 3}])
    line = Line(mongo, tmp_path, **{"capture.start.op.time": str((time_of.time << 32) + time_of.inc + 1)}).start()
    assert keys(line.wait(2)) == [("items", "c", "2"), ("items", "c", "3")]


def test_heartbeats_carry_the_position(mongo, client, tmp_path):
    line = Line(mongo, tmp_path, **{"heartbeat.interval.ms": "200"}).start()
    wait_until(lambda: len(line.lines()) >= 2, 30, "heartbeats")
    assert line.end()[0]["topic"] == "__debezium-heartbeat.srv"
    assert offset(tmp_path)["sec"] == -1


def test_a_stop_is_heeded_while_no_server_is_there(mongo, client, tmp_path):
    from harness.proxy import Proxy
    host, port = mongo.url.partition("://")[2].partition("/")[0].split(":")
    proxy = Proxy(host, int(port))
    line = Line(mongo, tmp_path)
    line.start(**{"mongodb.connection.string": f"mongodb://{proxy.host}:{proxy.port}/?directConnection=true"})
    proxy.refuses = True
    proxy.cut()
    time.sleep(1.5)
    begin = time.monotonic()
    assert line.process.stop() == 0, line.process.messages()
    assert time.monotonic() - begin < 10
    proxy.close()


def check(mongo, tmp_path, **settings):
    path = tmp_path / "check.json"
    path.write_text(json.dumps({**config, **mongo.settings(), **{key: str(value) for key, value in settings.items()}}))
    code, out, errors = millrace.call("check", path)
    return code, out + errors


def test_check_names_what_is_missing_and_what_mends_it(mongo, client, tmp_path):
    assert check(mongo, tmp_path)[0] == 0
    code, said = check(mongo, tmp_path, **{"capture.mode": "change_streams_with_pre_image"})
    assert code == 0 and 'collMod: "items", changeStreamPreAndPostImages: {enabled: true}' in said and '"images"' not in said
    code, said = check(mongo, tmp_path, **{"collection.include.list": r"stream\.itms"})
    assert code == 0 and r"stream\.items" in said
    code, said = check(mongo, tmp_path, **{"cursor.oversize.handling.mode": "split"})
    version = client.server_info()["versionArray"][:3]
    assert (code == 2 and "6.0.9" in said) or version >= [6, 0, 9]
    code, said = check(mongo, tmp_path, **{"cursor.pipeline": '[{"$nonsense": {}}]'})
    assert code == 2 and "cursor.pipeline" in said
    code, said = check(mongo, tmp_path, **{"guardrail.collections.max": "1", "guardrail.collections.limit.action": "fail"})
    assert code == 2 and "guardrail.collections.max" in said


def test_check_holds_the_stored_position_against_the_oplog(tmp_path):
    from harness import mongodb, server
    mongo = mongodb.start("mongodb-oplog", **{"--oplogSize": 1})   # MB
    try:
        client = mongo.client()
        client.stream.create_collection("items")
        line = Line(mongo, tmp_path).start()
        client.stream.items.insert_one({"_id": 1})
        line.wait(1)
        stored = {"offset.storage.file.filename": tmp_path / "offsets"}
        assert check(mongo, tmp_path, **stored)[0] == 0
        said = []

        def is_lost():
            client.stream.items.insert_many([{"text": "x" * 1000} for _ in range(500)])
            code, text = check(mongo, tmp_path, **stored)
            said.append(text)
            return code == 2
        wait_until(is_lost, 60, "the loss of the position")
        assert "error: offset.storage" in said[-1] and "remove the stored offset" in said[-1], said[-1]
        code, text = check(mongo, tmp_path)
        assert code == 0 and "warning: oplog goes back" in text and "replSetResizeOplog" in text, text
        client.close()
    finally:
        server.stop("mongodb-oplog")


@pytest.mark.parametrize("settings, key", [
    ({"mongodb.connection.string": "localhost"}, "mongodb.connection.string"), ({"mongodb.connection.string": "mongodb://h:x/"}, "mongodb.connection.string"),
    ({"mongodb.ssl.keystore": "k.p12"}, "mongodb.ssl.keystore.type"), ({"capture.scope": "collection"}, "capture.target"), ({"capture.scope": "database"}, "capture.target"),
    ({"cursor.pipeline": "[{"}, "cursor.pipeline"), ({"cursor.oversize.handling.mode": "skip"}, "cursor.oversize.skip.threshold"),
    ({"field.exclude.list": "a.b"}, "field.exclude.list"), ({"field.renames": "a.b.c"}, "field.renames"), ({"snapshot.mode": "custom"}, "snapshot.mode"),
    ({"collection.include.list": "a", "collection.exclude.list": "b"}, "collection.exclude.list"), ({"mongodb.authentication.class": "com.x.Y"}, "mongodb.authentication.class"),
    ({"capture.mode": "oplog"}, "capture.mode"), ({"json.serialization.mode": "v3"}, "json.serialization.mode"), ({"mongodb.hosts": "h"}, "mongodb.hosts"),
])
def test_bad_settings_are_findings_that_name_their_key(mongo, tmp_path, settings, key):
    code, said = check(mongo, tmp_path, **settings)
    assert code == 2 and f"error: {key} " in said, said


def test_a_password_is_never_shown(mongo, tmp_path):
    url = mongo.url.replace("mongodb://", "mongodb://user:Very5ecret@")
    code, said = check(mongo, tmp_path, **{"mongodb.connection.string": url})
    assert code == 2 and "Very5ecret" not in said, said
    code, said = check(mongo, tmp_path, **{"mongodb.user": "user", "mongodb.password": "Very5ecret"})
    assert code == 2 and "mongodb.user" in said and "Very5ecret" not in said, said
