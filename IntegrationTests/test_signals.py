"""Signals by every channel, from the command line and by hand, against a real server."""

import json
import subprocess

import pytest

from harness import kafka, millrace
from harness.server import wait_until

config = {
    "connector.class": "io.debezium.connector.postgresql.PostgresConnector", "topic.prefix": "sig", "slot.name": "sig", "publication.name": "sig",
    "snapshot.mode": "no_data", "signal.data.collection": "public.signals", "offset.flush.interval.ms": "20", "signal.poll.interval.ms": "50",
    "notification.enabled.channels": "sink", "notification.sink.topic.name": "notes",
    "value.converter": "org.apache.kafka.connect.json.JsonConverter", "value.converter.schemas.enable": "false",
    "key.converter": "org.apache.kafka.connect.json.JsonConverter", "key.converter.schemas.enable": "false",
}
setup = """create table signals (id varchar(42) primary key, type varchar(32) not null, data varchar(2048));
create table rows_a (id int primary key, v text); insert into rows_a select i, 'a' || i from generate_series(1, 500) i;
create table rows_b (id int primary key, v text); insert into rows_b select i, 'b' || i from generate_series(1, 20) i;"""


class Line:
    def __init__(self, postgres, database, folder):
        self.postgres, self.database, self.folder = postgres, database, folder
        self.config = folder / "config.json"
        self.config.write_text(json.dumps(config))
        self.process, self.more = None, {}

    def settings(self):
        return {**self.postgres.settings(self.database), **millrace.file_output(self.folder), **self.more}

    def start(self, **more):
        self.more = more
        self.process = millrace.Millrace(self.config, self.settings(), log=self.folder / "log")
        wait_until(lambda: self.postgres.query("select 1 from pg_replication_slots where slot_name = 'sig' and active"), 60, "the stream")

    def signal(self, type, *options, **more):
        return millrace.call("signal", self.config, type, *millrace.settings_to_arguments({**self.settings(), **more}), *options)

    def lines(self):
        path = self.folder / "records.jsonl"
        return [json.loads(line) for line in path.read_text().split("\n")[:-1]] if path.exists() else []

    def rows(self, table, marker=None):
        return [line["value"]["after"]["id"] for line in self.lines()
                if line["topic"] == f"sig.public.{table}" and line["value"]["op"] == "r" and marker in (None, line["value"]["source"]["snapshot"])]

    def created(self, table):
        return [line["value"]["after"]["id"] for line in self.lines() if line["topic"] == f"sig.public.{table}" and line["value"]["op"] == "c"]

    def states(self):
        """Millrace's own part of what is stored."""
        path = self.folder / "offsets"
        return [checkpoint.get("state") for checkpoint in json.loads(path.read_text())["checkpoints"]] if path.exists() else []

    def notes(self, id):
        return [line["value"]["type"] for line in self.lines() if line["topic"] == "notes" and line["value"]["id"] == id]

    def wait_for(self, condition, what):
        def holds():
            assert self.process.running(), f"it ended by itself\n{self.process.messages()}"
            return condition()
        return wait_until(holds, 60, what)


@pytest.fixture
def line(postgres, tmp_path):
    with postgres.database("signals_db") as database:
        postgres.script(setup, database)
        line = Line(postgres, database, tmp_path)
        yield line
        if line.process and line.process.running():
            line.process.kill()


def test_the_command_line_asks_for_snapshots_through_the_table(line):
    line.start()
    code, out, errors = line.signal("execute-snapshot", "--table", "public.rows_a", "--table", "public.rows_b",
                                    "--condition", "public.rows_a=id > 490", "--id", "one")
    assert (code, out) == (0, "one\tsource\n"), errors
    line.wait_for(lambda: "COMPLETED" in line.notes("one"), "the snapshot's end")
    assert line.rows("rows_a", "incremental") == list(range(491, 501))
    assert line.rows("rows_b", "incremental") == list(range(1, 21))
    assert line.signal("execute-snapshot", "--table", "public.rows_b", "--type", "blocking")[0] == 0
    line.wait_for(lambda: len(line.rows("rows_b")) == 40, "the blocking snapshot")
    assert line.rows("rows_b", "last") == [20]
    code, out, _ = line.signal("log", "--message", "here I am {}")
    assert code == 0 and out.endswith("\tsource\n")
    line.wait_for(lambda: "here I am " in (line.folder / "log").read_text(), "the message")
    assert line.postgres.query("select count(*) from signals", line.database) == [(3,)]


def test_the_command_line_stops_and_pauses_snapshots_through_a_file(line):
    line.start(**{"signal.enabled.channels": "file", "signal.file": str(line.folder / "signals"), "incremental.snapshot.chunk.size": "10",
                  "incremental.snapshot.rows.per.second": "10"})
    code, out, errors = line.signal("execute-snapshot", "--table", "public.rows_.*", "--id", "one")
    assert (code, out) == (0, "one\tfile\n"), errors
    line.wait_for(lambda: line.rows("rows_a"), "the first chunk")
    assert line.signal("pause-snapshot")[0] == 0
    line.wait_for(lambda: "PAUSED" in line.notes("one"), "the pause")
    assert line.signal("resume-snapshot")[0] == 0
    line.wait_for(lambda: "RESUMED" in line.notes("one"), "the end of the pause")
    assert line.signal("stop-snapshot", "--table", "public.rows_a", "--id", "two")[0] == 0
    line.wait_for(lambda: "ABORTED" in line.notes("two"), "the end of one table")
    assert line.signal("stop-snapshot", "--id", "three")[0] == 0
    line.wait_for(lambda: "ABORTED" in line.notes("three"), "the end of the others")
    assert 0 < len(line.rows("rows_a")) < 500


def test_kafka_brings_signals_and_the_command_line_sends_them_there(line):
    brokers = kafka.start()
    more = {"signal.enabled.channels": "kafka", "signal.kafka.topic": "sig-orders", "signal.kafka.bootstrap.servers": brokers}
    subprocess.run(["kcat", "-b", brokers, "-P", "-t", "sig-orders", "-p", "0", "-k", "other"], input=b'{"id": "no", "type": "log"}', check=True)
    value = json.dumps({"id": "one", "type": "execute-snapshot", "data": {"data-collections": ["public.rows_b"], "type": "incremental"}})
    subprocess.run(["kcat", "-b", brokers, "-P", "-t", "sig-orders", "-p", "0", "-k", "sig"], input=value.encode(), check=True)
    line.start(**more)
    line.wait_for(lambda: "COMPLETED" in line.notes("one"), "the snapshot's end")
    assert line.rows("rows_b") == list(range(1, 21))
    code, out, errors = line.signal("execute-snapshot", "--table", "public.rows_b", "--type", "blocking", "--id", "two")
    assert (code, out) == (0, "two\tkafka\n"), errors
    line.wait_for(lambda: len(line.rows("rows_b")) == 40, "the blocking snapshot")
    assert line.process.stop() == 0
    # What was followed does not come again.
    line.start(**more)
    assert line.signal("execute-snapshot", "--table", "public.rows_a", "--id", "three")[0] == 0
    line.wait_for(lambda: "COMPLETED" in line.notes("three"), "the third snapshot")
    assert len(line.rows("rows_b")) == 40 and line.notes("one").count("STARTED") == 1


@pytest.mark.parametrize("words, settings, text", [
    (["execute-snapshot"], {}, "--table is missing"),
    (["pause-snapshot", "--table", "x"], {}, "--table has no meaning for pause-snapshot"),
    (["pause-snapshot", "--channel", "kafka"], {}, "--channel names \"kafka\", which this configuration does not have → write one of source"),
    (["pause-snapshot"], {"signal.data.collection": ""}, "signal.enabled.channels has no channel that others can write to"),
    (["execute-snapshot", "--table", "x", "--type", "full"], {}, "cannot be sent: it wants a snapshot of type \"full\""),
    (["dance"], {}, "cannot be sent: its type is not known"),
    (["pause-snapshot"], {"signal.enabled.channels": "kafka"}, "signal.kafka.bootstrap.servers is missing"),
    (["pause-snapshot"], {"signal.enabled.channels": "source,jmx"}, "signal.enabled.channels has jmx, which needs a Java machine"),
])
def test_what_cannot_be_sent_is_said(line, words, settings, text):
    line.more = settings
    code, _, errors = line.signal(words[0], *words[1:])
    assert code == 2
    assert text in errors


def test_a_signal_that_the_server_refuses_is_a_failure(line):
    line.postgres.query("drop table signals", line.database)
    code, _, errors = line.signal("pause-snapshot")
    assert code == 1
    assert "signals" in errors


def test_help_names_the_types_of_signals(line):
    code, out, _ = millrace.call("signal", "--help")
    assert code == 0
    assert "execute-snapshot" in out and "resume-snapshot" in out


def test_a_blocking_snapshot_that_was_killed_goes_on_and_then_the_stream_does(line):
    line.start()
    blocker = line.postgres.connect(line.database)
    blocker.autocommit = False
    blocker.cursor().execute("lock table rows_b in access exclusive mode")
    assert line.signal("execute-snapshot", "--table", "public.rows_.*", "--type", "blocking")[0] == 0
    line.wait_for(lambda: any(state and '"blocking"' in state for state in line.states()), "the request in the offset")
    line.postgres.query("insert into rows_a values (1000, 'meanwhile')", line.database)
    line.process.kill()
    blocker.close()
    line.start(**line.more)
    line.wait_for(lambda: set(line.rows("rows_b")) >= set(range(1, 21)) and line.rows("rows_a")[-1:] == [1000], "the rest of the snapshot")
    line.wait_for(lambda: line.created("rows_a") == [1000], "what was written meanwhile")
    line.wait_for(lambda: not any(state and '"blocking"' in state for state in line.states()), "its end in the offset")
    assert "a blocking snapshot is complete" in (line.folder / "log").read_text()


def test_a_blocking_snapshot_that_cannot_be_read_ends_alone(line):
    line.start()
    code, _, errors = line.signal("execute-snapshot", "--table", "public.rows_b", "--type", "blocking", "--condition", "public.rows_b=SELECT nonsense")
    assert code == 0, errors
    line.wait_for(lambda: "a blocking snapshot ends, because its rows cannot be read" in (line.folder / "log").read_text(), "the error")
    line.postgres.query("insert into rows_b values (1000, 'afterwards')", line.database)
    line.wait_for(lambda: line.created("rows_b") == [1000], "the stream")
    assert line.rows("rows_b") == []
    kinds = [entry["value"]["type"] for entry in line.lines() if entry["topic"] == "notes" and entry["value"]["aggregate_type"] == "Initial Snapshot"]
    assert kinds[-1] == "ABORTED"


@pytest.mark.parametrize("mode", ["all_tables", "filtered"])
def test_a_table_that_is_captured_later_is_snapshotted_by_itself(line, mode):
    more = {"incremental.snapshot.new.tables": "true", "publication.autocreate.mode": mode, "table.include.list": "public.rows_a"}
    line.start(**more)
    line.postgres.query("insert into rows_a values (1000, 'first')", line.database)
    line.wait_for(lambda: line.created("rows_a") == [1000], "the stream")
    assert line.process.stop() == 0
    line.postgres.query("insert into rows_b values (21, 'between')", line.database)
    line.start(**{**more, "table.include.list": "public.rows_a,public.rows_b"})
    line.wait_for(lambda: "an incremental snapshot is complete" in (line.folder / "log").read_text(), "the snapshot's end")
    line.postgres.query("insert into rows_b values (22, 'later')", line.database)
    line.wait_for(lambda: 22 in line.created("rows_b"), "the stream of the new table")
    assert set(line.rows("rows_b", "incremental")) | set(line.created("rows_b")) == set(range(1, 23))
    assert line.rows("rows_a") == []
    before = len(line.rows("rows_b"))
    assert line.process.stop() == 0
    line.start(**{**more, "table.include.list": "public.rows_a,public.rows_b"})
    line.postgres.query("insert into rows_a values (1001, 'last')", line.database)
    line.wait_for(lambda: 1001 in line.created("rows_a"), "the third run")
    assert len(line.rows("rows_b")) == before, "it is known now"
