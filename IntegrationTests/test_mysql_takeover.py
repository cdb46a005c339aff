"""The real Debezium begins on MySQL, Millrace goes on from its offset and its schema history: the file of FileSchemaHistory, or the same
records in a topic, as KafkaSchemaHistory writes them. Needs a JDK (200 MB on first use)."""

import json
import random
import shutil

import pytest

from harness import kafka, millrace, mysql, oracle

config = {
    "name": "taken", "connector.class": "io.debezium.connector.mysql.MySqlConnector", "topic.prefix": "taken", "database.include.list": "taken",
    "include.schema.changes": "false", "key.converter.schemas.enable": "false", "value.converter.schemas.enable": "false",
}
history = "schema.history.internal"


@pytest.fixture
def source():
    """A server whose log does not name columns: nothing but the history tells what they were called."""
    place = mysql.start("mysql")
    place.query("set global binlog_row_metadata = 'MINIMAL'")
    try:
        with place.database("taken"):
            place.script("create table t (id int primary key, a varchar(20), b varchar(20)); insert into t values (1, 'a1', 'b1');", "taken")
            yield place
    finally:
        place.query("set global binlog_row_metadata = 'FULL'")


def rows(path):
    """(op, row) of each record."""
    values = [json.loads(line)["value"] for line in path.read_text().splitlines()] if path.exists() else []
    return [(value["op"], value["after"]) for value in values if value]


def test_a_history_of_debeziums_is_taken_over_from_a_file_and_from_a_topic(source, tmp_path):
    (tmp_path / "config.json").write_text(json.dumps(config))
    settings, state = source.settings(), tmp_path / "state"
    oracle.run(tmp_path / "config.json", settings, tmp_path / "first", state=state, log=tmp_path / "log1")
    source.script("alter table t add column c int; insert into t values (2, 'a2', 'b2', 2);", "taken")
    oracle.run(tmp_path / "config.json", settings, tmp_path / "second", state=state, log=tmp_path / "log1")
    assert rows(tmp_path / "first") + rows(tmp_path / "second") == [("r", {"id": 1, "a": "a1", "b": "b1"}), ("c", {"id": 2, "a": "a2", "b": "b2", "c": 2})]
    # Nobody runs: the definition that the server has now is wrong for the row before the statement.
    source.script("insert into t values (3, 'a3', 'b3', 3); alter table t rename column a to b, rename column b to a; insert into t (id, a, b) values (4, 'a4', 'b4');", "taken")

    def go_on(name, code=0, **more):
        folder = millrace.fresh(tmp_path / name)
        shutil.copy(state / "offsets", folder / "offsets")
        process = millrace.Millrace(tmp_path / "config.json", {**settings, **millrace.file_output(folder), **more}, "--exit-when-idle", "1.5", log=folder / "log")
        assert process.wait() == code, process.messages()
        return rows(folder / "records.jsonl") if code == 0 else process.messages()

    wanted = [("c", {"id": 3, "a": "a3", "b": "b3", "c": 3}), ("c", {"id": 4, "b": "b4", "a": "a4", "c": None})]
    file = {history: "io.debezium.storage.file.history.FileSchemaHistory", f"{history}.file.filename": state / "history"}
    assert go_on("file", **file) == wanted
    brokers, topic = kafka.broker(), f"history{random.randrange(10**9)}"
    there = {f"{history}.kafka.topic": topic, f"{history}.kafka.bootstrap.servers": brokers, f"{history}.consumer.security.protocol": "PLAINTEXT"}
    # What is named must be there: a history that is lost is nobody's decision.
    assert "mysql.history" in go_on("missing", 1, **there) and "snapshot.mode=recovery" in (tmp_path / "missing/log").read_text()
    # One producer after the other, in the first partition; nothing else tells records apart.
    kafka.write(brokers, topic, (state / "history").read_text().splitlines())
    assert go_on("topic", **there) == wanted
    kafka.write(brokers, topic, ["{"])
    assert "is not JSON" in go_on("damaged", 1, **there)
    # The table as it is now, on the operator's word.
    assert go_on("anew", **there, **{"snapshot.mode": "recovery"})[0] == ("c", {"id": 3, "b": "a3", "a": "b3", "c": 3})
