"""Signals and what they ask for, alike with every connector."""

import json
import subprocess
import time

import pytest

from harness import kafka, signalled


@pytest.fixture(params=signalled.kinds)
def line(request, tmp_path):
    tables = signalled.tables(request.param, "everywhere")
    with tables.place.database("everywhere"):
        tables.create()
        line = signalled.Line(tables, tmp_path)
        yield line
        if line.process and line.process.running():
            line.process.kill()


def test_the_command_line_and_kafka_bring_signals(line):
    brokers = kafka.start()
    topic = f"orders-{line.tables.connector}"
    more = {"signal.enabled.channels": "source,kafka", "signal.kafka.topic": topic, "signal.kafka.bootstrap.servers": brokers}
    a, b = line.tables.name("rows_a"), line.tables.name("rows_b")
    value = json.dumps({"id": "one", "type": "execute-snapshot", "data": {"data-collections": [b], "type": "incremental"}})
    subprocess.run(["kcat", "-b", brokers, "-P", "-t", topic, "-p", "0", "-k", "sig"], input=value.encode(), check=True)
    line.start(**more)
    line.wait_for(lambda: "COMPLETED" in line.notes("one"), "the snapshot's end")
    assert line.rows("rows_b", "incremental") == list(range(1, 21))
    code, out, errors = line.signal("execute-snapshot", "--table", a, "--condition", f"{a}={line.tables.condition('rows_a', 491)}", "--id", "two")
    assert (code, out) == (0, "two\tsource\n"), errors
    line.wait_for(lambda: "COMPLETED" in line.notes("two"), "the second snapshot's end")
    assert line.rows("rows_a", "incremental") == list(range(491, 501))
    code, out, errors = line.signal("log", "--message", "here I am {}", "--channel", "kafka", "--id", "three")
    assert (code, out) == (0, "three\tkafka\n"), errors
    line.wait_for(lambda: "here I am " in line.messages(), "the message")
    assert line.tables.signals() == 1
    assert line.process.stop() == 0


def test_what_a_file_asks_of_an_idle_stream_is_in_the_offset_at_once(line):
    file = line.folder / "signals"
    more = {"signal.enabled.channels": "file", "signal.file": str(file), "incremental.snapshot.chunk.size": "10", "notification.enabled.channels": ""}
    line.start(**more, **{"incremental.snapshot.rows.per.second": "1"})
    assert line.signal("execute-snapshot", "--table", line.tables.name("rows_b"), "--id", "one")[0] == 0
    assert line.signal("pause-snapshot")[0] == 0
    line.wait_for(lambda: any(state.get("incremental", {}).get("paused") for state in line.states()), "the request in the offset")
    line.process.kill()
    line.start(**more)
    assert line.signal("resume-snapshot")[0] == 0
    line.wait_for(lambda: set(line.rows("rows_b")) == set(range(1, 21)), "the rows")


def test_an_initial_snapshot_is_told_of(line):
    line.start(**{"snapshot.mode": "initial"})
    line.wait_for(lambda: "COMPLETED" in line.notes(about="Initial Snapshot"), "the notification of the end")
    told = line.notes(about="Initial Snapshot")
    assert told == ["STARTED", "IN_PROGRESS", "TABLE_SCAN_COMPLETED", "IN_PROGRESS", "TABLE_SCAN_COMPLETED", "COMPLETED"]


def test_what_is_told_of_a_chunk_goes_with_its_last_rows(line):
    line.start()
    assert line.signal("execute-snapshot", "--table", line.tables.name("rows_b"), "--id", "one")[0] == 0
    line.wait_for(lambda: "COMPLETED" in line.notes("one"), "the snapshot's end")
    topics = [record["topic"] for record in line.lines()]
    assert topics[-3:] == [f"sig.{line.tables.name('rows_b')}", "notes", "notes"]


def test_a_blocking_snapshot_is_read_by_several_readers_while_the_stream_waits(line):
    line.start(**{"snapshot.max.threads": "3"})
    line.tables.insert("rows_a", 501)
    line.wait_for(lambda: line.created("rows_a") == [501], "the stream")
    a, b = line.tables.name("rows_a"), line.tables.name("rows_b")
    assert line.signal("execute-snapshot", "--table", a, "--table", b, "--type", "blocking", "--condition", f"{b}={line.tables.statement('rows_b', 11)}")[0] == 0
    line.wait_for(lambda: line.rows("rows_a", "last") + line.rows("rows_b", "last"), "the last row")
    assert sorted(line.rows("rows_a")) == list(range(1, 502)) and sorted(line.rows("rows_b")) == list(range(11, 21))
    assert line.notes(about="Initial Snapshot")[-6:].count("TABLE_SCAN_COMPLETED") == 2
    line.tables.insert("rows_a", 502)
    line.wait_for(lambda: line.created("rows_a") == [501, 502], "the stream behind it")


def test_blocking_snapshots_go_on_after_a_kill(line):
    file, count = line.folder / "signals", 15
    more = {"signal.enabled.channels": "file", "signal.file": str(file)}
    line.start(**more)
    data = {"data-collections": [line.tables.name("rows_b"), line.tables.name("rows_a")], "type": "blocking"}
    file.write_text("".join(json.dumps({"id": f"s{n}", "type": "execute-snapshot", "data": data}) + "\n" for n in range(count)))
    line.wait_for(lambda: line.messages().count("a blocking snapshot is complete") >= 2, "some of them")
    line.process.kill()
    line.start(**more)
    line.wait_for(lambda: "a blocking snapshot is complete signal=s14" in line.messages() and not any("blocking" in state for state in line.states()), "the last one")
    rows = line.rows("rows_b")
    times = [rows.count(id) for id in range(1, 21)]
    # The kill repeats those whose end was not stored yet.
    assert count <= min(times) and max(times) <= 2 * count, times
    line.tables.insert("rows_b", 21)
    line.wait_for(lambda: line.created("rows_b") == [21], "the stream")


def test_a_blocking_snapshot_that_cannot_be_read_ends_alone(line):
    line.start()
    b = line.tables.name("rows_b")
    assert line.signal("execute-snapshot", "--table", b, "--type", "blocking", "--condition", f"{b}=SELECT nonsense")[0] == 0
    line.wait_for(lambda: "a blocking snapshot ends, because its rows cannot be read" in line.messages(), "the error")
    line.tables.insert("rows_b", 21)
    line.wait_for(lambda: line.created("rows_b") == [21], "the stream")
    assert line.rows("rows_b") == [] and line.notes(about="Initial Snapshot")[-1] == "ABORTED"


def test_a_table_that_is_captured_later_is_snapshotted_by_itself(line):
    first = {"incremental.snapshot.new.tables": "true", line.tables.list: line.tables.name("rows_a")}
    both = {**first, line.tables.list: f"{line.tables.name('rows_a')},{line.tables.name('rows_b')}"}
    line.start(**first)
    line.tables.insert("rows_a", 501)
    line.wait_for(lambda: line.created("rows_a") == [501], "the stream")
    assert line.process.stop() == 0
    line.tables.insert("rows_b", 21)
    line.start(**both)
    line.wait_for(lambda: "an incremental snapshot is complete" in line.messages(), "the snapshot's end")
    line.tables.insert("rows_b", 22)
    line.wait_for(lambda: 22 in line.created("rows_b"), "the stream of the new table")
    assert set(line.rows("rows_b", "incremental")) | set(line.created("rows_b")) == set(range(1, 23)) and line.rows("rows_a") == []
    before = len(line.rows("rows_b"))
    assert line.process.stop() == 0
    line.start(**both)
    line.tables.insert("rows_a", 502)
    line.wait_for(lambda: 502 in line.created("rows_a"), "the third run")
    assert len(line.rows("rows_b")) == before, "it is known now"


def test_reading_waits_while_the_stream_is_behind(line):
    line.start(**{"incremental.snapshot.latency.limit.ms": "1"})
    assert line.process.stop() == 0
    assert line.signal("execute-snapshot", "--table", line.tables.name("rows_b"), "--id", "one")[0] == 0
    line.tables.change("rows_a", 60)
    time.sleep(1.1)   # an event of MongoDB's tells no more than the second
    line.start(**line.more)
    line.wait_for(lambda: "COMPLETED" in line.notes("one"), "the snapshot's end")
    assert "an incremental snapshot waits, because the stream is behind" in line.messages()
    places = [index for index, record in enumerate(line.lines()) if record["topic"] != "notes" and record["value"]["op"] == "r"]
    changes = [index for index, record in enumerate(line.lines()) if record["topic"] != "notes" and record["value"]["op"] == "u"]
    assert len(places) == 20 and len(changes) == 60 * 500 and min(places) > changes[-1]


@pytest.mark.parametrize("line", ["postgres", "mysql", "mariadb"], indirect=True)
def test_a_role_that_may_only_read_will_do(line):
    with line.tables.reader() as reader:
        line.start(**{**reader, "signal.enabled.channels": "file", "signal.file": str(line.folder / "signals"), "signal.data.collection": ""})
        assert line.signal("execute-snapshot", "--table", line.tables.name("rows_b"), "--id", "one")[0] == 0
        line.wait_for(lambda: "COMPLETED" in line.notes("one"), "the snapshot's end")
        assert sorted(line.rows("rows_b", "incremental")) == list(range(1, 21))
        assert line.process.stop() == 0


@pytest.mark.parametrize("line", ["mysql", "mariadb"], indirect=True)
def test_a_signal_sets_the_position(line):
    """Back behind the first of two rows; MariaDB's connector of Debezium has no such signal, and so ours."""
    line.start()
    line.tables.insert("rows_a", 501)
    line.wait_for(lambda: line.created("rows_a") == [501], "the first row")
    there = line.tables.run("select @@global.gtid_executed" if line.tables.place.name == "mysql" else "select @@global.gtid_current_pos")[0][0]
    line.tables.insert("rows_a", 502)
    line.wait_for(lambda: line.created("rows_a") == [501, 502], "the second row")
    for id, data in (("one", {"gtid_set": there.replace("\n", "")}), ("two", {"binlog_filename": "nowhere.000001", "binlog_position": 4})):
        assert line.signal("set-binlog-position", "--data", json.dumps(data), "--id", id)[0] == 0
    line.tables.insert("rows_a", 503)
    line.wait_for(lambda: 503 in line.created("rows_a"), "the third row")
    if line.tables.place.name == "mysql":
        line.wait_for(lambda: line.created("rows_a") == [501, 502, 502, 503], "the second row again")
        assert "name a gtid_set" in line.messages()
    else:
        assert line.created("rows_a") == [501, 502, 503] and "means nothing to this connector" in line.messages()
    assert line.process.stop() == 0
