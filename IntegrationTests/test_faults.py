"""A server, a network and a sink that fail without dying: each in a test of its own."""

import json
import os
import statistics
import subprocess
import time

import pytest

from harness import millrace, server
from harness.proxy import Proxy
from harness.server import wait_until

config = {
    "connector.class": "io.debezium.connector.postgresql.PostgresConnector", "topic.prefix": "fault", "slot.name": "fault",
    "publication.name": "fault", "key.converter.schemas.enable": "false", "value.converter.schemas.enable": "false",
    "key.converter": "org.apache.kafka.connect.json.JsonConverter", "value.converter": "org.apache.kafka.connect.json.JsonConverter",
}


class Line:
    """A pipeline from a database of the rough server to a file."""

    def __init__(self, postgres, folder):
        self.postgres, self.folder = postgres, folder
        self.records = folder / "records.jsonl"
        self.settings = {**postgres.settings("fault"), **millrace.file_output(folder)}
        (folder / "config.json").write_text(json.dumps(config))
        self.process = None

    def start(self, **more):
        self.process = millrace.Millrace(self.folder / "config.json", {**self.settings, **more}, log=self.folder / "log")

    def has(self, id):
        assert self.process.running(), self.process.messages()
        return self.records.exists() and b'"after":{"id":%d,' % id in self.records.read_bytes()

    def insert(self, id):
        self.postgres.query("insert into t values (%s, 'v')", "fault", [id])

    def wait_for(self, id, seconds=60):
        begin = time.monotonic()
        wait_until(lambda: self.has(id), seconds, f"row {id}\n{self.process.messages()}")
        return time.monotonic() - begin


@pytest.fixture
def line(rough, tmp_path):
    rough.drop_slots("slot_name = %s", "fault")
    with rough.database("fault"):
        rough.script("create table t (id int primary key, v text); insert into t values (1, 'v')", "fault")
        line = Line(rough, tmp_path)
        yield line
        if line.process and line.process.running():
            line.process.kill()


def walsender(postgres):
    found = postgres.query("select active_pid, confirmed_flush_lsn - '0/0' from pg_replication_slots where slot_name = 'fault' and active")
    return found[0] if found else None


def test_a_connection_that_swallows_everything_is_given_up(line):
    proxy = Proxy(line.postgres.host, line.postgres.port)
    try:
        line.start(**{"database.hostname": proxy.host, "database.port": proxy.port, "status.update.interval.ms": "500"})
        line.wait_for(1)
        wait_until(lambda: walsender(line.postgres), 30)
        line.insert(2)
        line.wait_for(2)
        proxy.hold()
        line.insert(3)
        took = line.wait_for(3)
        print(f"a black hole was left after {took:.1f} s")
        assert "does not answer" in line.process.messages()
        assert line.process.stop() == 0, line.process.messages()
    finally:
        proxy.close()


def test_a_server_with_nothing_to_say_is_not_given_up(line):
    line.start(**{"status.update.interval.ms": "100"})
    line.wait_for(1)
    first = wait_until(lambda: walsender(line.postgres), 30)[0]
    time.sleep(12)
    assert walsender(line.postgres)[0] == first, line.process.messages()
    line.insert(2)
    line.wait_for(2)
    assert line.process.stop() == 0, line.process.messages()


def test_keepalives_are_answered_and_nothing_is_confirmed_while_the_sink_stalls(line):
    """The sink takes nothing for three times as long as the server waits for an answer, with 60 MB behind it."""
    reader, writer = os.pipe()
    settings = {**line.settings, "sink.type": "stdout", "offset.flush.interval.ms": "50"}
    process = millrace.Millrace(line.folder / "config.json", settings, log=line.folder / "log", stdout=writer)
    os.close(writer)
    try:
        wait_until(lambda: walsender(line.postgres), 30)
        line.postgres.query("insert into t select i, repeat('v', 600) from generate_series(2, 100000) i", "fault")
        time.sleep(1)
        before = walsender(line.postgres)
        time.sleep(6)
        assert process.running() and walsender(line.postgres) == before, process.messages()
        status = open(f"/proc/{process.process.pid}/status").read()
        peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
        print(f"peak memory while the sink stalled: {peak:.0f} MB")
        assert peak < 128
        seen = subprocess.Popen(["grep", "-c", '"op":"[cr]"'], stdin=reader, stdout=subprocess.PIPE, text=True)
        end = line.postgres.query("select pg_current_wal_lsn() - '0/0'")[0][0]
        wait_until(lambda: (walsender(line.postgres) or (0, 0))[1] >= end, 60, "the confirmation")
        assert process.stop() == 0, process.messages()
        assert int(seen.communicate()[0]) == 100_000
    finally:
        os.close(reader)
        if process.running():
            process.kill()


def test_after_a_kill_the_first_record_is_back_within_a_second(line):
    """From the start of the process to the first record in the file: the median of seven; a debug build has more time."""
    line.start()
    line.wait_for(1)
    took = []
    for id in range(2, 9):
        wait_until(lambda: walsender(line.postgres), 30)
        line.process.kill()
        line.insert(id)
        line.start()
        took.append(line.wait_for(id))
    print(f"first record after a kill: {statistics.median(took):.2f} s, {min(took):.2f} to {max(took):.2f}")
    assert statistics.median(took) < (1 if millrace.is_optimised() else 5)
    assert line.process.stop() == 0, line.process.messages()


def test_when_the_server_is_there_again_the_first_record_is_back_within_three_seconds(line):
    """Long outages count: the pause between two attempts must not have grown beyond that."""
    line.start()
    line.wait_for(1)
    took = []
    for id, away in (2, 0), (3, 6), (4, 12):
        wait_until(lambda: walsender(line.postgres), 30)
        subprocess.run([server.services, "stop", line.postgres.name], check=True)
        time.sleep(away)
        server.start(line.postgres.name, wal_sender_timeout="2s", max_wal_size="1GB", checkpoint_timeout="1min")
        line.insert(id)
        took.append(line.wait_for(id))
    print(f"first record after the server was there again: {statistics.median(took):.2f} s, {min(took):.2f} to {max(took):.2f}")
    assert statistics.median(took) < (3 if millrace.is_optimised() else 10)
    assert line.process.stop() == 0, line.process.messages()
