"""Records that a transform, a converter or the sink fails on: kept in the dead-letter topic at their place, or the end of the run."""

import json

import pytest

from harness import kafka, millrace
from harness.stand_in_registry import StandInRegistry

config = {
    "connector.class": "io.debezium.connector.postgresql.PostgresConnector", "topic.prefix": "dead", "slot.name": "dead",
    "publication.name": "dead", "name": "letters",
    "key.converter": "org.apache.kafka.connect.json.JsonConverter", "key.converter.schemas.enable": "false",
    "value.converter": "org.apache.kafka.connect.json.JsonConverter", "value.converter.schemas.enable": "false",
}
cast = {"transforms": "unwrap,cast", "transforms.unwrap.type": "io.debezium.transforms.ExtractNewRecordState",
        "transforms.cast.type": "org.apache.kafka.connect.transforms.Cast$Value", "transforms.cast.spec": "v:int32"}
letters = {"errors.tolerance": "all", "errors.deadletterqueue.topic.name": "letters", "errors.deadletterqueue.context.headers.enable": "true"}


@pytest.fixture
def database(postgres):
    postgres.drop_slots("slot_name = %s", "dead")
    with postgres.database("dead") as name:
        postgres.script("create table t (id int primary key, v text); insert into t values (1, '10'), (2, 'no number: secret'), (3, '30');", name)
        yield name


def run(postgres, database, folder, settings, *options):
    path = folder / "config.json"
    path.write_text(json.dumps(config))
    settings = {**postgres.settings(database), **settings}
    code, _, said = millrace.call("run", path, *millrace.settings_to_arguments(settings), "--exit-when-idle", "1.5", *options)
    return code, said


def lines(folder):
    path = folder / "records.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def headers(record):
    return {header["key"].removeprefix("__connect.errors."): header["value"] for header in record["headers"] if "errors" in header["key"]}


def test_without_tolerance_a_record_at_fault_ends_the_run(postgres, database, tmp_path):
    code, said = run(postgres, database, tmp_path, {**millrace.file_output(tmp_path), **cast})
    assert code == 1 and "Cast" in said and "secret" not in said, said
    assert lines(tmp_path) == []


def test_a_transform_that_fails_makes_a_dead_letter_at_its_place(postgres, database, tmp_path):
    settings = {**millrace.file_output(tmp_path), **cast, **letters}
    code, said = run(postgres, database, tmp_path, settings)
    assert code == 0 and "dead-letter topic" in said and "secret" not in said, said
    postgres.script("update t set v = '11' where id = 1; update t set v = 'none' where id = 2; update t set v = '31' where id = 3;", database)
    code, said = run(postgres, database, tmp_path, settings)
    assert code == 0, said
    got = lines(tmp_path)
    assert [(record["topic"], record["key"]["id"]) for record in got] == [
        ("dead.public.t", 1), ("letters", 2), ("dead.public.t", 3), ("dead.public.t", 1), ("letters", 2), ("dead.public.t", 3)]
    assert [record["value"]["v"] for record in got if record["topic"] != "letters"] == [10, 30, 11, 31]
    # The letter is the record as it was before the transforms.
    assert [record["value"]["after"]["v"] for record in got if record["topic"] == "letters"] == ["no number: secret", "none"]
    about = headers(got[1])
    assert about["topic"] == "dead.public.t" and about["stage"] == "TRANSFORMATION" and about["connector.name"] == "letters"
    assert about["class.name"] and about["exception.class.name"].startswith("transform.") and "secret" not in about["exception.message"]


def test_repaired_letters_are_replayed_to_where_they_were_meant_for(postgres, database, tmp_path):
    code, said = run(postgres, database, tmp_path, {**millrace.file_output(tmp_path), **cast, **letters})
    assert code == 0, said
    letter = next(record for record in lines(tmp_path) if record["topic"] == "letters")
    letter["value"] = {**letter["value"]["after"], "v": 20}
    repaired, out = tmp_path / "repaired.jsonl", tmp_path / "again"
    out.mkdir()
    settings = millrace.settings_to_arguments({**postgres.settings(database), **millrace.file_output(out), **letters})

    def replay(*texts):
        repaired.write_text("".join(text + "\n" for text in texts))
        code, _, said = millrace.call("replay", repaired, tmp_path / "config.json", *settings)
        return code, said

    code, said = replay(json.dumps(letter), "no JSON")
    assert code == 2 and "repaired.jsonl:2" in said, said
    assert lines(out) == []   # nothing is delivered of a file that cannot be delivered whole
    code, said = replay(json.dumps({**letter, "headers": []}))
    assert code == 2 and "dead-letter topic" in said, said
    code, said = replay(json.dumps(letter), json.dumps({**letter, "topic": "other", "key": None, "headers": [{"key": "h", "value": "ü"}], "partition": 3}))
    assert code == 0 and "records=2" in said, said
    first, second = lines(out)
    assert (first["topic"], first["key"], first["value"]) == ("dead.public.t", {"id": 2}, {"id": 2, "v": 20})
    assert not headers(first) and len(first["headers"]) == len(letter["headers"]) - len(headers(letter))
    assert second == {"topic": "other", "partition": 3, "key": None, "value": {"id": 2, "v": 20}, "headers": [{"key": "h", "value": "ü"}]}


@pytest.mark.parametrize("converter", ["JsonConverter", "AvroConverter", "ProtobufConverter", "ExtJsonConverter", "StringConverter", "CloudEventsConverter"])
def test_records_of_each_format_are_replayed_as_they_are(postgres, database, tmp_path, converter):
    """Key, value and headers of a file come through a replay byte for byte, whatever wrote them."""
    package = {"AvroConverter": "io.confluent.connect.avro.", "ProtobufConverter": "io.confluent.connect.protobuf.", "StringConverter": "org.apache.kafka.connect.storage.",
               "ExtJsonConverter": "io.apicurio.registry.utils.converter.", "CloudEventsConverter": "io.debezium.converters."}.get(converter, "org.apache.kafka.connect.json.")
    with StandInRegistry() as registry:
        more = {"AvroConverter": {"schema.registry.url": registry.url}, "ProtobufConverter": {"schema.registry.url": registry.url},
                "ExtJsonConverter": {"apicurio.registry.url": registry.url, "apicurio.registry.auto-register": "true"}}.get(converter, {})
        sides = ["value"] if converter == "CloudEventsConverter" else ["key", "value"]
        settings = {f"{side}.converter{below}": value for side in sides
                    for below, value in {"": package + converter, **{f".{key}": value for key, value in more.items()}}.items()}
        plain = {key: value for key, value in config.items() if "converter" not in key}
        (tmp_path / "config.json").write_text(json.dumps(plain))
        first, out = tmp_path / "first", tmp_path / "again"
        first.mkdir(), out.mkdir()
        arguments = lambda folder: millrace.settings_to_arguments({**postgres.settings(database), **settings, **millrace.file_output(folder)})  # noqa: E731
        code, _, said = millrace.call("run", tmp_path / "config.json", *arguments(first), "--exit-when-idle", "0.5")
        assert code == 0, said
        asked = len(registry.requests)
        code, _, said = millrace.call("replay", first / "records.jsonl", tmp_path / "config.json", *arguments(out))
        assert code == 0 and "records=3" in said, said
        assert (out / "records.jsonl").read_text() == (first / "records.jsonl").read_text()
        assert len(registry.requests) == asked, "nothing is registered for what is there already"


def test_tolerance_without_a_topic_leaves_the_record_out_and_says_so(postgres, database, tmp_path):
    code, said = run(postgres, database, tmp_path, {**millrace.file_output(tmp_path), **cast, "errors.tolerance": "all"})
    assert code == 0 and "errors.deadletterqueue.topic.name" in said and "a record at fault is left out" in said, said
    assert [record["key"]["id"] for record in lines(tmp_path)] == [1, 3]


def test_what_cannot_be_converted_is_a_letter_with_its_text(postgres, database, tmp_path):
    postgres.script("create table a (id int primary key, b bytea); insert into a values (1, '\\x01'), (2, '\\x02');", database)
    settings = {**millrace.file_output(tmp_path), **letters, "value.converter": "org.apache.kafka.connect.converters.ByteArrayConverter",
                "transforms": "unwrap,take", "transforms.unwrap.type": cast["transforms.unwrap.type"], "predicates": "a",
                "predicates.a.type": "org.apache.kafka.connect.transforms.predicates.TopicNameMatches", "predicates.a.pattern": ".*\\.a",
                "transforms.take.type": "org.apache.kafka.connect.transforms.ExtractField$Value", "transforms.take.field": "b", "transforms.take.predicate": "a"}
    path = tmp_path / "config.json"
    path.write_text(json.dumps({key: value for key, value in config.items() if key != "value.converter.schemas.enable"}))
    code, _, said = millrace.call("run", path, *millrace.settings_to_arguments({**postgres.settings(database), **settings}), "--exit-when-idle", "1.5")
    assert code == 0, said
    got = lines(tmp_path)
    assert [(record["topic"], record["key"]["id"]) for record in got] == [("dead.public.a", 1), ("dead.public.a", 2), ("letters", 1), ("letters", 2), ("letters", 3)]
    assert all(headers(record)["stage"] == "VALUE_CONVERTER" for record in got[2:])


def test_a_record_that_kafka_finds_too_large_is_a_letter_without_its_value(postgres, database, tmp_path):
    brokers = kafka.start()
    postgres.query("insert into t values (4, repeat('x', 50000)), (5, '50')", database)
    topic = f"letters-{tmp_path.parent.name}-{tmp_path.name}".replace("_", "-")
    settings = {"sink.type": "kafka", "sink.kafka.producer.bootstrap.servers": brokers, "sink.kafka.producer.max.request.size": "20000",
                "offset.storage.file.filename": f"{tmp_path}/offsets", "topic.prefix": f"large-{tmp_path.name}".replace("_", "-")}
    code, said = run(postgres, database, tmp_path, settings)
    assert code == 1 and "larger than the topic takes" in said, said
    code, said = run(postgres, database, tmp_path, {**settings, **letters, "errors.deadletterqueue.topic.name": topic})
    assert code == 0, said
    rows = kafka.read(brokers, topic)
    assert [(key, value) for _, key, value, _ in rows] == [('{"id":4}', '"the sink refused the value"')]
    assert "__connect.errors.stage=TASK_PUT" in rows[0][3]
    good = {key for _, key, _, _ in kafka.read(brokers, f"{settings['topic.prefix']}.public.t")}
    assert good == {f'{{"id":{n}}}' for n in (1, 2, 3, 5)}
