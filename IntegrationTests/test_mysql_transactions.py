"""MySQL and MariaDB: transactions in two phases, large ones and huge rows, what a damaged event does.

MILLRACE_TRANSACTION_MB is how much text the large transaction inserts (100, with an optimised build 1024), MILLRACE_ROW_MB the size of
the huge row (16)."""

import json
import os
import re
import struct
import time

import pytest

from harness import millrace, mysql, server
from harness.proxy import Proxy
from harness.server import wait_until
from test_mysql import Job, database, job, row, shown   # noqa: F401


def ids(records):
    return [(record["value"]["op"], (record["value"]["after"] or record["value"]["before"])["id"]) for record in records if record["value"]]


@pytest.fixture(params=["mysql", "mariadb"])
def own_server(request):
    """One that a test may restart, and set up as it likes."""
    place = mysql.start(f"{request.param}-own")
    yield place
    server.stop(place.name)


def test_two_phases(own_server, tmp_path):
    """The rows of a prepared transaction are in the log with its first phase, as Debezium delivers them, and come once, whatever
    happens to the server and to us between the phases."""
    place = own_server
    with place.database("job"):
        place.script("create table t (id int primary key, v varchar(40), n int)", "job")
        job = Job(place, "job", tmp_path)
        job.run()
        place.script("xa start 'one'; insert into t values (1, 'x', 1), (2, 'x', 2); update t set n = 9 where id = 1; xa end 'one'; xa prepare 'one';", "job")
        first = ids(job.run())
        server.restart(place.name, "immediate")
        first += ids(job.run())
        place.query("xa commit 'one'")
        place.query("insert into t values (3, 'x', 3)", "job")
        assert first + ids(job.run()) == [("c", 1), ("c", 2), ("u", 1), ("c", 3)]
        # In one phase: an ordinary transaction.
        place.script("xa start 'two'; insert into t values (4, 'x', 4); xa end 'two'; xa commit 'two' one phase;", "job")
        assert ids(job.run()) == [("c", 4)]
        # Never prepared: never in the log.
        place.script("xa start 'three'; insert into t values (5, 'x', 5); xa end 'three'; xa rollback 'three'; insert into t values (6, 'x', 6);", "job")
        assert ids(job.run()) == [("c", 6)]
        # Prepared and then rolled back: the rows were in the log and delivered; that is said.
        place.script("xa start 'four'; insert into t values (7, 'x', 7); xa end 'four'; xa prepare 'four';", "job")
        assert ids(job.run()) == [("c", 7)]
        place.query("xa rollback 'four'")
        place.query("insert into t values (8, 'x', 8)", "job")
        assert ids(job.run()) == [("c", 8)]
        assert "rolled back" in (tmp_path / "log").read_text()


def peak_of(process):
    """Its memory at most so far, MB; None when it has ended."""
    try:
        return int(re.search(r"VmHWM:\s+(\d+)", open(f"/proc/{process.process.pid}/status").read())[1]) // 1024
    except (OSError, TypeError):
        return None


@pytest.mark.parametrize("compressed", [False, True])
def test_a_large_transaction_streams_in_little_memory(job, mysql_server, database, compressed):
    size = int(os.environ.get("MILLRACE_TRANSACTION_MB") or (1024 if millrace.is_optimised() else 100))
    job.settings.update({"sink.type": "file", "sink.file.path": "/dev/null"})
    job.run(**{"snapshot.mode": "no_data"})
    mysql_server.script("create table numbers (i int primary key); insert into numbers with recursive n (i) as (select 1 union all select i + 1 from n where i < 1000) select i from n;", database)
    on = {(False, "mysql"): "", (False, "mariadb"): "", (True, "mysql"): "set session binlog_transaction_compression = on;", (True, "mariadb"): "set global log_bin_compress = on;"}
    try:
        mysql_server.script(on[compressed, mysql_server.name] + "create table large (id int primary key, v text); start transaction;" + "".join(
            f"insert into large select i + {n * 1000}, repeat(concat('text ', i, ' '), 100) from numbers;" for n in range(size)) + "commit;", database)
    finally:
        if mysql_server.name == "mariadb":
            mysql_server.query("set global log_bin_compress = off")
    process, peak = job.start(**{"snapshot.mode": "no_data"}), 0
    end = (size + 1) * 1000
    try:
        until = time.monotonic() + 1200
        while process.running() and not done(mysql_server, job) and time.monotonic() < until:
            peak = max(peak, peak_of(process) or 0)
            time.sleep(0.1)
        peak = max(peak, peak_of(process) or 0)
    finally:
        code = process.stop(60)
    assert code == 0, process.messages()
    assert f"durable={end}" in process.messages(1), process.messages()
    print(f"{mysql_server.name}: {size} MB in one transaction{', compressed' if compressed else ''}: peak {peak} MB")
    assert 0 < peak < 256


def done(place, job):
    """Whether the stored position has all that the server has."""
    ours = json.loads((job.folder / "offsets").read_text())["checkpoints"][0]["offset"].get("gtids")
    if place.name == "mariadb":
        return ours == place.query("select @@gtid_binlog_pos")[0][0]
    return place.query("select gtid_subset(@@gtid_executed, %s)", parameters=(ours,))[0][0] == 1


def test_huge_rows_come_whole(job, mysql_server, database):
    size = int(os.environ.get("MILLRACE_ROW_MB", "16")) << 20
    job.run()
    mysql_server.query("set global max_allowed_packet = 1073741824")
    mysql_server.query("create table huge (id int primary key, b longblob)", database)
    for n in range(3):
        mysql_server.query("insert into huge values (%s, repeat(unhex('00ff'), %s))", database, (n, size // 2))
    process = job.start(**{"sink.file.path": "/dev/null"})
    end = time.monotonic() + 120
    peak = 0
    try:
        while time.monotonic() < end and process.running() and not done(mysql_server, job):
            peak = max(peak, peak_of(process) or 0)
            time.sleep(0.02)
    finally:
        assert process.stop(60) == 0, process.messages()
    assert "durable=3" in process.messages(1), process.messages()
    print(f"{mysql_server.name}: rows of {size >> 20} MB: peak {peak} MB")


class Damage(Proxy):
    """Changes what comes from the server from the place on where `mark` is found, once."""

    def __init__(self, host, port):
        super().__init__(host, port)
        self.mark, self.change, self.struck = None, None, 0

    def passing(self, data, direction):
        place = data.find(self.mark) if self.mark and direction == "down" else -1
        if place < 0:
            return data
        self.struck += 1
        return self.change(data, place)


def flipped(data, place):
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1:]


def shorter(data, place):
    """The packet says that it ends with the mark; so does the event inside it, whose sum is then wrong."""
    return data[:place]


def event_size(data, place):
    """The event that the mark lies in says that it is longer than its packet."""
    # The header's type (WRITE_ROWS, version 2 or 1), the server's number and the length; the same byte may stand anywhere.
    begin = next(at for at in range(place, 3, -1) if data[at] in b"\x1e\x17" and data[at + 1:at + 5] == struct.pack("<I", 1)
                 and at - 4 + struct.unpack_from("<I", data, at + 5)[0] > place)
    size = struct.unpack_from("<I", data, begin + 5)[0]
    return data[:begin + 5] + struct.pack("<I", size + 7) + data[begin + 9:]


@pytest.mark.parametrize("change", [flipped, event_size, shorter])
def test_a_damaged_event_is_an_error_and_delivers_nothing_wrong(job, mysql_server, database, change):
    job.run()
    proxy = Damage(mysql_server.host, mysql_server.port)
    proxy.mark, proxy.change = b"the mark of the damage", change
    mysql_server.script("insert into t values (10, 'before', 1); insert into t values (11, 'the mark of the damage', 1); insert into t values (12, 'behind', 1);", database)
    plain = {"database.ssl.mode": "disabled" if mysql_server.name == "mysql" else "disable"}   # so that the proxy sees what passes
    process = job.start(**{"database.hostname": proxy.host, "database.port": str(proxy.port), "errors.max.retries": "1", "retriable.restart.connector.wait.ms": "300", **plain})
    try:
        wait_until(lambda: proxy.struck >= 1, what="the damage")
        if change is shorter:
            proxy.mark = None
            time.sleep(0.5)
            proxy.cut()   # the rest never comes
            wait_until(lambda: len(job.lines()) == job.seen + 3 or not process.running(), what="the rows")
            assert process.stop() == 0, process.messages()
            assert ids(job.lines()[job.seen:]) == [("c", 10), ("c", 11), ("c", 12)]
            return
        assert process.wait(60) == 1, process.messages()
        said = process.messages()
        assert ("mysql.checksum" if change is flipped else "mysql.protocol") in said, said
        assert "the mark" not in said   # no value of a row
        assert set(ids(job.lines()[job.seen:])) <= {("c", 10)}
    finally:
        if process.running():
            process.kill()
        proxy.close()
    # Without the damage it goes on.
    assert ids(job.run())[-2:] == [("c", 11), ("c", 12)]
