"""MongoDB: random documents of every BSON type, extremes included, say the same in each form of JSON as on the server, from snapshot and
stream. The JSON is read back without a driver's help.

MILLRACE_DOCUMENTS is the number of documents in each mode (400), MILLRACE_SEED makes a run repeatable."""

import json
import os
import random

import pytest

from harness import bson_values as values
from harness import millrace
from harness.server import wait_until

documents = int(os.environ.get("MILLRACE_DOCUMENTS", "400"))
seed = int(os.environ.get("MILLRACE_SEED", str(random.randrange(10**6))))
json_converter = "org.apache.kafka.connect.json.JsonConverter"
# of documents, and of updatedFields
forms = {"legacy": ("v1", "relaxed"), "strict": ("v1", "v1"), "extended": ("canonical", "canonical"), "relaxed": ("relaxed", "relaxed")}


def compare(text, wanted, form, what):
    got, wanted = values.parse(text, form), values.as_printed(wanted, form)
    assert got == wanted, f"{what}, MILLRACE_SEED={seed}\n{text}\n{wanted}"
    assert not values.unescaped_surrogates(text), text


@pytest.mark.parametrize("mode", forms)
def test_what_is_printed_says_what_the_server_holds(mongo, tmp_path, mode):
    from bson.raw_bson import RawBSONDocument
    from bson.codec_options import CodecOptions
    dice = random.Random(seed)
    made = []
    for number in range(documents):
        key = ("document", [("k", ("int32", number)), ("of", values.value(dice, of_key=True))])
        made.append([("_id", key), ("n", ("int32", number)), *values.fields(dice, 0)])
    changes = [values.value(dice) for _ in made]
    (tmp_path / "config.json").write_text(json.dumps({
        "connector.class": "io.debezium.connector.mongodb.MongoDbConnector", "topic.prefix": "srv", "json.serialization.mode": mode,
        "database.include.list": "every_type", "capture.mode": "change_streams", "key.converter": json_converter, "key.converter.schemas.enable": "false",
        "value.converter": json_converter, "value.converter.schemas.enable": "false"}))
    with mongo.database("every_type") as database:
        client = mongo.client()
        db = client.get_database(database, codec_options=CodecOptions(document_class=RawBSONDocument))
        for fields in made:
            db.docs.insert_one(RawBSONDocument(values.document(fields)))
        held = [document.raw for document in db.docs.find().sort("n", 1)]
        assert held == [values.document(fields) for fields in made]
        run = millrace.Millrace(tmp_path / "config.json", {**mongo.settings(), **millrace.file_output(tmp_path)}, log=tmp_path / "log")
        wait_until(lambda: "streaming from" in (tmp_path / "log").read_text() or not run.running(), 60, "the stream")
        for fields, change in zip(made, changes):
            db.later.insert_one(RawBSONDocument(values.document(fields)))
            # In a document of its own, so that nothing in it can be taken for an operator.
            to = RawBSONDocument(values.document([("to", change)]))
            done = db.later.update_one({"_id": RawBSONDocument(values.document(fields[0][1][1]))}, {"$set": {"changed": to}})
            assert done.modified_count == 1
        path = tmp_path / "records.jsonl"
        wait_until(lambda: not run.running() or path.exists() and len(path.read_text().splitlines()) >= 3 * documents, 60, "the records")
        assert run.running() and run.stop() == 0, run.messages()
        client.close()
    seen = {"r": 0, "c": 0, "u": 0}
    document_form, change_form = forms[mode]
    for line in path.read_text().splitlines():
        record = json.loads(line)
        op = record["value"]["op"]
        number = seen[op]
        seen[op] += 1
        compare(record["key"]["id"], made[number][0][1], "relaxed", f"key {number}")
        if op == "u":
            compare(record["value"]["updateDescription"]["updatedFields"], ("document", [("changed", ("document", [("to", changes[number])]))]), change_form, f"change {number}")
        else:
            compare(record["value"]["after"], ("document", made[number]), document_form, f"document {number} of {op}")
    assert seen == {"r": documents, "c": documents, "u": documents}
