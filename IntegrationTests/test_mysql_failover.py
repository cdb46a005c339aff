"""MySQL and MariaDB: the primary is lost under load and in the middle of a transaction, its replica takes its place, and the connector
goes on there: by its list of hosts, or started anew with another name."""

import subprocess

import pytest

from harness import mysql, server
from harness.binlog_load import BinlogLoad, schema_of, sources
from harness.proxy import Proxy
from harness.replica import BinlogReplica
from harness.server import wait_until
from test_mysql import Job, row, shown
from test_mysql_crash import Pipeline, seed


class AnyServer(BinlogReplica):
    """Files and positions are those of one server only; what is repeated, and in which order, is held against the history all the same."""

    def _rises(self, change, source):
        pass


class StopsAt(Proxy):
    """Passes nothing on from the place on where `mark` is found in what comes from the server."""

    def __init__(self, host, port, mark):
        super().__init__(host, port)
        self.mark, self.has_stopped = mark, False

    def passing(self, data, direction):
        place = data.find(self.mark) if direction == "down" and not self.has_stopped else -1
        if place >= 0:
            self.has_stopped = True
            self.hold("down")
            return data[:place]
        return data


class Pair:
    """A primary and its replica, by GTIDs."""

    def __init__(self, kind):
        self.kind = kind
        def start(name, number):
            own = {"gtid_domain_id": number, "log_slave_updates": "ON"} if kind == "mariadb" else {}
            return mysql.start(f"{kind}-{name}", server_id=number, **own)
        self.first, self.second = start("first", 1), start("second", 2)
        for each in (self.first, self.second):
            each.query("reset binary logs and gtids" if kind == "mysql" else "reset master")
        place = f"host = '{self.first.host}', {{0}}_port = {self.first.port}, {{0}}_user = 'millrace', {{0}}_password = 'millrace'"
        if kind == "mysql":
            self.second.query(f"change replication source to source_{place.format('source')}, source_auto_position = 1, get_source_public_key = 1")
        else:
            self.second.query("set global gtid_slave_pos = ''")
            self.second.query(f"change master to master_{place.format('master')}, master_use_gtid = slave_pos")
        self.replica("start")

    def replica(self, what):
        word = "replica" if self.kind == "mysql" else "slave"
        verb, _, thread = what.partition(" ")
        self.second.query(f"{verb} {word} {thread}")

    def done(self):
        """The primary's transactions, as a set of GTIDs."""
        return self.first.query("select @@gtid_executed" if self.kind == "mysql" else "select @@gtid_binlog_pos")[0][0]

    def status(self):
        connection = self.second.connect()
        with connection.cursor() as cursor:
            cursor.execute("show replica status" if self.kind == "mysql" else "show slave status")
            found = dict(zip([column[0] for column in cursor.description], cursor.fetchone()))
        connection.close()
        return found

    def has_received(self, gtids):
        if self.kind == "mysql":
            have = self.status()["Retrieved_Gtid_Set"]
            return self.second.query("select gtid_subset(%s, concat(%s, ',', @@gtid_executed))", parameters=(gtids, have))[0][0] == 1
        return reached(self.status()["Gtid_IO_Pos"], gtids)

    def has_applied(self, gtids):
        if self.kind == "mysql":
            return self.second.query("select gtid_subset(%s, @@gtid_executed)", parameters=(gtids,))[0][0] == 1
        return reached(self.second.query("select @@gtid_slave_pos")[0][0], gtids)

    def promote(self):
        self.replica("stop")
        self.replica("reset all") if self.kind == "mysql" else self.second.query("reset slave all")

    def kill_first(self):
        subprocess.run([server.services, "kill", self.first.name], check=True)

    def drop(self):
        subprocess.run([server.services, "drop", self.first.name, self.second.name], check=True)


def reached(position, gtids):
    """Of MariaDB's: whether each domain is as far."""
    have = {gtid.split("-")[0]: int(gtid.split("-")[2]) for gtid in position.split(",") if gtid}
    return all(have.get(gtid.split("-")[0], 0) >= int(gtid.split("-")[2]) for gtid in gtids.split(",") if gtid)


@pytest.fixture(params=["mysql", "mariadb"])
def pair(request):
    pair = Pair(request.param)
    yield pair
    pair.drop()


@pytest.mark.parametrize("pair, by", [("mysql", "list of hosts"), ("mysql", "restart"), ("mariadb", "list of hosts")], indirect=["pair"])
def test_the_connector_goes_on_on_the_promoted_replica_within_a_transaction(pair, tmp_path, by):
    first, second = pair.first, pair.second
    first.create_database("crash")
    first.script(schema_of(first), "crash")
    line = Pipeline(first, tmp_path)
    proxy = StopsAt(first.host, first.port, b"the middle of the transaction")
    hosts = f"{proxy.host}:{proxy.port}" + (f",{second.host}:{second.port}" if by == "list of hosts" else "")
    plain = {"database.ssl.mode": "disabled" if pair.kind == "mysql" else "disable"}   # so that the proxy sees what passes
    settings = {"database.hostname": hosts, "offset.flush.interval.ms": "20", **plain}
    try:
        with BinlogLoad(first, "crash", seed, pause=0.004) as load:
            line.start(**settings)
            wait_until(lambda: load.transactions > 150 and line.stored()[4] or not line.process.running(), 60, "the stream under load")
            assert line.process.running(), line.process.messages()
            # What the replica has received, but not applied, must not be taken for lost.
            pair.replica("stop sql_thread")
            before = load.transactions
            wait_until(lambda: load.transactions > before + 20, what="transactions that the replica does not apply")
            with load.held():
                if pair.kind == "mariadb":   # so that the proxy sees what passes
                    first.query("set global log_bin_compress = off")
                first.script("start transaction; " + "".join(
                    f"insert into `lines` (account, n, amount, stamp) select {900 + n}, i, 0, -i from numbers where i <= 1000; " for n in range(8))
                    + "insert into wide values (900000, 'a', repeat('the middle of the transaction ', 10000), '{}', -1); "
                    + "".join(f"insert into `lines` (account, n, amount, stamp) select {950 + n}, i, 0, -i from numbers where i <= 1000; " for n in range(8))
                    + "commit;", "crash")
            wait_until(lambda: proxy.has_stopped or not line.process.running(), what="the middle of the transaction")
            behind = load.transactions
            wait_until(lambda: load.transactions > behind + 50, what="transactions behind it")
            wait_until(lambda: line.stored()[3] > 0, what="a position within it")
            with load.held():
                done = pair.done()
                wait_until(lambda: pair.has_received(done), what="the replica")
                pair.kill_first()
        within = line.stored()
        proxy.refuses = True
        if by == "restart":
            line.process.kill()
            line.start(**{"database.hostname": second.host, "database.port": str(second.port)})
        proxy.cut()
        wait_until(lambda: "mysql.log.behind" in line.process.messages(50) or not line.process.running(), what="the look at the replica")
        assert line.process.running(), line.process.messages()
        pair.replica("start sql_thread")
        wait_until(lambda: pair.has_applied(done), 60, "what the replica had received")
        pair.promote()
        line.place = second
        after = BinlogLoad(second, "crash", seed + 1, pause=0.004, begin=5_000_000)   # its changes are no other's
        with after:
            wait_until(lambda: after.transactions > 100, what="the load on the new primary")
        # A column that came or went says nothing of rows that nobody has touched since.
        second.query("update shapes set n = n + 1, stamp = 10000000000", "crash")
        copy = line.catch_up(AnyServer)
        print(f"{load.transactions} transactions before, {after.transactions} after; stopped behind {within[3]} rows of one; "
              f"{copy.records} records, {copy.repeated} repeated, {copy.rewinds} times within a run")
        line.compare(copy, sources)
        line.assert_no_drift()
        # What comes again is what was delivered behind the stored position.
        assert copy.repeated < 8000
    finally:
        proxy.close()
        if line.process and line.process.running():
            line.process.kill()


def test_a_server_that_lacks_what_was_delivered_is_refused(pair, tmp_path):
    first, second = pair.first, pair.second
    first.create_database("job")
    first.script("create table t (id int primary key, v varchar(40), n int); insert into t values (1, 'one', 1);", "job")
    job = Job(first, "job", tmp_path, **{"database.hostname": f"{first.host}:{first.port},{second.host}:{second.port}"})
    job.run()
    wait_until(lambda: pair.has_applied(pair.done()), what="the replica")
    pair.promote()
    first.query("insert into t values (2, 'two', 2)", "job")   # nobody else has it
    assert shown(job.run()) == [("c", None, row(2, "two", 2))]
    # Of the list the one that has it is taken.
    first.query("insert into t values (9, 'nine', 9)", "job")
    assert shown(job.run(**{"database.hostname": f"{second.host}:{second.port},{first.host}:{first.port}"})) == [("c", None, row(9, "nine", 9))]
    assert "another server of the list" in (tmp_path / "log").read_text()
    pair.kill_first()
    second.query("insert into t values (3, 'three', 3)", "job")
    code, messages = job.fails()
    assert code == 1 and "mysql.log.diverged" in messages and "when_needed" in messages, messages
    assert sorted(record["value"]["after"]["id"] for record in job.run(**{"snapshot.mode": "when_needed"})) == [1, 3]
