"""MySQL and MariaDB: the main job, restarts within a transaction, filters, rotated and purged logs, what Debezium cannot read."""

import json
import random

import pytest

from harness import millrace
from harness.server import wait_until


names = {"mysql": "io.debezium.connector.mysql.MySqlConnector", "mariadb": "io.debezium.connector.mariadb.MariaDbConnector"}


class Job:
    """A pipeline from one database into a file, run to its end again and again on the same offsets."""

    def __init__(self, server, database, folder, **settings):
        self.server, self.database, self.folder, self.seen = server, database, folder, 0
        self.config = folder / "config.json"
        self.config.write_text(json.dumps({
            "connector.class": names[server.name.split("-")[0]], "topic.prefix": "t", "database.include.list": database,
            "include.schema.changes": "false", "snapshot.mode": "initial", "value.converter.decimal.format": "NUMERIC",
            "key.converter": "org.apache.kafka.connect.json.JsonConverter", "key.converter.schemas.enable": "false",
            "value.converter": "org.apache.kafka.connect.json.JsonConverter", "value.converter.schemas.enable": "false"}))
        self.settings = {**server.settings(), **millrace.file_output(folder), **settings}

    def lines(self):
        path = self.folder / "records.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def run(self, *options, **settings):
        """Runs until it is idle; returns the records that came."""
        millrace.run(self.config, {**self.settings, **settings}, *(options or ("--exit-when-idle", "1.5")), log=self.folder / "log")
        lines = self.lines()
        new, self.seen = lines[self.seen:], len(lines)
        return new

    def start(self, **settings):
        return millrace.Millrace(self.config, {**self.settings, **settings}, log=self.folder / "log")

    def fails(self, **settings):
        process = self.start(**settings)
        code = process.wait(60)
        return code, process.messages()


@pytest.fixture
def database(mysql_server):
    with mysql_server.database("job") as name:
        mysql_server.script("create table t (id int primary key, v varchar(40), n int); insert into t values (1, 'one', 1), (2, 'zwei ü', null);", name)
        yield name


@pytest.fixture
def job(mysql_server, database, tmp_path):
    return Job(mysql_server, database, tmp_path)


def shown(records):
    """(op, before, after) of each; a tombstone is None."""
    return [record["value"] and (record["value"]["op"], record["value"]["before"], record["value"]["after"]) for record in records]


def row(id, v, n):
    return {"id": id, "v": v, "n": n}


def test_rows_then_changes_then_a_restart(job, mysql_server, database):
    assert sorted(shown(job.run()), key=str) == [("r", None, row(1, "one", 1)), ("r", None, row(2, "zwei ü", None))]
    mysql_server.script("insert into t values (3, 'drei', 3); update t set n = 9 where id = 1; update t set id = 4 where id = 3; delete from t where id = 2;", database)
    records = job.run()
    assert shown(records) == [
        ("c", None, row(3, "drei", 3)), ("u", row(1, "one", 1), row(1, "one", 9)), ("d", row(3, "drei", 3), None), None,
        ("c", None, row(4, "drei", 3)), ("d", row(2, "zwei ü", None), None), None]
    source = records[0]["value"]["source"]
    assert source["db"] == database and source["table"] == "t" and source["file"].startswith("binlog.") and source["gtid"]
    assert job.run() == []


def test_a_restart_within_a_transaction_goes_on_with_the_next_row(job, mysql_server, database):
    job.run()
    values = ", ".join(f"({n}, '{'x' * 30}', {n})" for n in range(10, 3010))
    mysql_server.script(f"start transaction; insert into t values {values}; update t set n = 0 where id between 10 and 20; commit;", database)
    wanted = [("c", n) for n in range(10, 3010)] + [("u", n) for n in range(10, 21)]
    seen, within = [], 0
    while len(seen) < len(wanted):
        records = job.run("--exit-after", str(random.randrange(300, 700)), "--exit-when-idle", "1.5", **{"max.batch.size": "50", "offset.flush.interval.ms": "20"})
        new = [(record["value"]["op"], record["value"]["after"]["id"]) for record in records]
        state = json.loads(json.loads((job.folder / "offsets").read_text())["checkpoints"][0]["state"])
        within += "rowsDone" in state
        # What comes again is less than a row event: its rest, of which the run before has delivered a part.
        again = seen.index(new[0]) if new and new[0] in seen else len(seen)
        assert len(seen) - again < 300
        seen = seen[:again] + new
    assert seen == wanted
    assert within > 0


def test_tables_and_columns_that_are_not_wanted_do_not_come(job, mysql_server, database):
    job.run()
    mysql_server.script("create table other (id int primary key, a text, b text); insert into other values (1, 'a', 'b'); insert into t values (5, 'f', 5);", database)
    records = job.run(**{"table.include.list": f"{database}.other", "column.exclude.list": f"{database}.other.a"})
    assert shown(records) == [("c", None, {"id": 1, "b": "b"})]


def test_a_rotated_log_is_followed(job, mysql_server, database):
    job.run()
    process = job.start()
    try:
        for n in range(5):
            mysql_server.query("insert into t values (%s, 'r', 0)", database, (100 + n,))
            mysql_server.query("flush binary logs")
        wait_until(lambda: len(job.lines()) == job.seen + 5 or not process.running(), what="five rows")
        assert process.stop() == 0, process.messages()
    finally:
        if process.running():
            process.kill()
    assert len({record["value"]["source"]["file"] for record in job.lines()[job.seen:]}) == 5


def test_a_purged_log_is_an_error_that_says_what_to_do(job, mysql_server, database):
    job.run()
    mysql_server.query("insert into t values (200, 'lost', 0)", database)
    mysql_server.query("flush binary logs")
    mysql_server.query("insert into t values (201, 'there', 0)", database)
    mysql_server.query("flush binary logs")
    wait_until(lambda: mysql_server.streaming([]) == 0, what="the end of the dump")   # a file that is read is not purged
    last = mysql_server.query("show binary logs")[-1][0]

    def purged():   # MariaDB keeps a file for a moment, until InnoDB needs it no more
        mysql_server.query(f"purge binary logs to '{last}'")
        return mysql_server.query("show binary logs")[0][0] == last

    wait_until(purged, what="the purge")
    code, messages = job.fails()
    assert code == 2 or code == 1
    assert "mysql.log.lost" in messages and "snapshot" in messages
    # when_needed begins anew.
    after = [record["value"]["after"]["id"] for record in job.run(**{"snapshot.mode": "when_needed"})]
    assert sorted(after) == [1, 2, 200, 201]


def test_large_values_come_whole(job, mysql_server, database):
    job.run()
    mysql_server.query("create table big (id int primary key, v longtext, b longblob)", database)
    text = "0123456789abcdef" * (20 << 16)   # 20 MiB: more than one packet
    mysql_server.query("set global max_allowed_packet = 1073741824")
    mysql_server.query("insert into big values (1, %s, null)", database, (text,))
    mysql_server.query("insert into big values (2, 'small', null)", database)
    records = job.run()
    assert [record["value"]["after"]["v"] == text for record in records] == [True, False]


def test_what_a_minimal_image_lacks_is_unavailable(job, mysql_server, database):
    job.run()
    mysql_server.script("set session binlog_row_image = 'MINIMAL'; update t set n = 77 where id = 1; delete from t where id = 2;", database)
    missing = "__debezium_unavailable_value"
    records = shown(job.run())
    assert records[0][2]["id"] == 1 or records[0][2]["id"] is not None
    assert records[0][2]["n"] == 77 and records[0][2]["v"] == missing
    assert records[1][1]["id"] == 2


def test_what_an_image_lacks_is_unavailable_in_each_type_and_the_rest_is_right(job, mysql_server, database):
    own = "uu uuid, i6 inet6, " if mysql_server.name == "mariadb" else "ve vector(2), "
    values = "uuid(), '::1', " if mysql_server.name == "mariadb" else "string_to_vector('[1,2]'), "
    mysql_server.script(f"""create table kinds (id int primary key, i int, u bigint unsigned, de decimal(10,2), f double, b bit(4), y year, da date, ti time(3),
            dt datetime(6), ts timestamp null, c char(5), v varchar(20), bi binary(2), vb varbinary(5), e enum('a','b'), s set('x','y'), {own}
            r varchar(5) not null, n int not null default 7, t text, bl blob, j json, g geometry);
        insert into kinds values (1, 1, 18446744073709551615, 1.5, 2.5, b'101', 2024, '2024-02-29', '01:02:03.004', '2024-02-29 01:02:03.000004', '2024-02-29 01:02:03',
            'c', 'v', x'0102', x'03', 'b', 'x,y', {values} 'rr', 8, 'text', 'blob', '[1]', point(1, 2));""", database)
    whole = next(row for _, _, row in shown(job.run(**{"snapshot.mode": "always"})) if "bl" in row)
    missing = ("__debezium_unavailable_value", "X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==", None)

    def lacks(row, *names):
        for name in names:   # a number that has to be there is its default
            assert row[name] in (missing if name != "n" else (7,)), (name, row[name])
        assert {name: row[name] for name in row if name not in names} == {**{name: whole[name] for name in whole if name not in names}, "i": row.get("i", whole["i"])}

    mysql_server.script("""set session binlog_row_image = 'MINIMAL'; update kinds set i = 5 where id = 1;
        set session binlog_row_image = 'NOBLOB'; update kinds set i = 6 where id = 1;
        set session binlog_row_image = 'MINIMAL'; delete from kinds where id = 1;""", database)
    minimal, noblob, deleted = shown(job.run())[:3]
    carried = {"id", "i"}
    lacks(minimal[2], *(name for name in whole if name not in carried))
    assert minimal[2]["i"] == 5 and minimal[1]["id"] == 1
    assert all(minimal[1][name] in (missing if name != "n" else (7,)) for name in whole if name != "id")
    assert all(minimal[2][name] == missing[0] for name in ("c", "v", "t", "e", "s", "j", "r")) and minimal[2]["bl"] == minimal[2]["bi"] == missing[1]
    # Of the other large types the servers decide differently: they are there, and right, or they are not.
    lacks(noblob[2], "t", "bl", *(name for name in ("j", "g", "ve") if name in whole and noblob[2][name] in missing))
    assert noblob[2]["i"] == 6 and noblob[1]["i"] == 5
    assert deleted[0] == "d" and deleted[1]["id"] == 1 and deleted[1]["v"] == missing[0]


def test_statements_come_with_the_rows(job, mysql_server, database):
    job.run()
    setting = "binlog_annotate_row_events" if mysql_server.name == "mariadb" else "binlog_rows_query_log_events"
    mysql_server.script(f"set session {setting} = on; insert into t values (50, 'q', 1); update t set n = 2 where id = 50;", database)
    records = job.run(**{"include.query": "true"})
    assert [record["value"]["source"]["query"] for record in records] == ["insert into t values (50, 'q', 1)", "update t set n = 2 where id = 50"]


def test_transactions_are_counted(job, mysql_server, database):
    job.run()
    mysql_server.script("start transaction; insert into t values (60, 'a', 1); update t set n = 2 where id = 60; commit;", database)
    records = job.run(**{"provide.transaction.metadata": "true"})
    begin, first, second, end = [record["value"] for record in records]
    assert (begin["status"], end["status"], end["event_count"]) == ("BEGIN", "END", 2)
    assert first["transaction"] == {"id": begin["id"], "total_order": 1, "data_collection_order": 1}
    assert second["transaction"]["total_order"] == 2
    assert end["data_collections"] == [{"data_collection": f"{database}.t", "event_count": 2}]


def test_compressed_transactions_and_events_are_read(job, mysql_server, database):
    job.run()
    values = ", ".join(f"({n}, '{'y' * 30}', {n})" for n in range(1000, 6000))
    if mysql_server.name == "mariadb":
        mysql_server.query("set global log_bin_compress = on")
    try:
        before = "" if mysql_server.name == "mariadb" else "set session binlog_transaction_compression = on; "
        mysql_server.script(f"{before}start transaction; insert into t values {values}; update t set v = repeat('z', 40) where id < 1010; delete from t where id = 1; commit; create table later (id int primary key comment '{'c' * 600}'); insert into later values (1);", database)
    finally:
        if mysql_server.name == "mariadb":
            mysql_server.query("set global log_bin_compress = off")
    records = job.run()
    assert [record["value"]["after"]["id"] for record in records[:5000]] == list(range(1000, 6000))
    assert [record["value"]["op"] for record in records[5000:5012]] == ["u"] * 12
    assert records[-1]["value"]["after"] == {"id": 1}


def test_a_broken_connection_is_made_anew(job, mysql_server, database):
    job.run()
    process = job.start(**{"retriable.restart.connector.wait.ms": "300"})
    try:
        for n in range(4):
            mysql_server.query("insert into t values (%s, 'k', 0)", database, (300 + n,))
            wait_until(lambda: len(job.lines()) == job.seen + n + 1 or not process.running(), what="the row")
            for (thread,) in mysql_server.query("select id from information_schema.processlist where command like 'Binlog Dump%%'"):
                try:
                    mysql_server.query(f"kill {thread}")
                except Exception:   # it may be gone
                    pass
        mysql_server.query("insert into t values (399, 'k', 0)", database)
        wait_until(lambda: any(record["value"]["after"]["id"] == 399 for record in job.lines()[job.seen:]) or not process.running(), what="the last row")
        assert process.stop() == 0, process.messages()
    finally:
        if process.running():
            process.kill()
    assert [record["value"]["after"]["id"] for record in job.lines()[job.seen:]] == [300, 301, 302, 303, 399]


def test_check_names_what_is_missing(job, mysql_server, database):
    own = mysql_server.query("select @@global.server_id")[0][0]
    mysql_server.query("drop user if exists poor@'%'")
    mysql_server.query("create user poor@'%' identified by 'poor'")
    try:
        settings = {**job.settings, "database.user": "poor", "database.password": "poor", "database.server.id": str(own)}
        code, out, errors = millrace.call("check", job.config, *millrace.settings_to_arguments(settings))
        assert code != 0
        assert "REPLICATION SLAVE" in out + errors and "server's own number" in out + errors
    finally:
        mysql_server.query("drop user poor@'%'")
    code, out, errors = millrace.call("check", job.config, *millrace.settings_to_arguments(job.settings))
    assert code == 0, out + errors
    code, out, errors = millrace.call("check", job.config, *millrace.settings_to_arguments({**job.settings, "database.password": "wrong"}))
    assert code != 0 and "database.password" in out + errors


def test_parts_of_documents_are_put_together(job, mysql_server, database):
    if mysql_server.name == "mariadb":
        return   # it has no such events
    mysql_server.script("""create table doc (id int primary key, j json); insert into doc values (1, '{"a": 1, "b": [1, 2, 3], "long": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}');""", database)
    job.run()
    mysql_server.script("""set session binlog_row_value_options = 'PARTIAL_JSON';
        update doc set j = json_set(j, '$.a', 'eins') where id = 1; update doc set j = json_remove(j, '$.b[0]') where id = 1;""", database)
    documents = [json.loads(record["value"]["after"]["j"]) for record in job.run()]
    assert [(document["a"], document["b"]) for document in documents] == [("eins", [1, 2, 3]), ("eins", [2, 3])]


def test_columns_that_come_and_go_are_followed(job, mysql_server, database):
    job.run()
    mysql_server.script("insert into t values (10, 'before', 1); alter table t add column extra varchar(10) default 'd' after id;"
                        "insert into t (id, v) values (11, 'between'); alter table t drop column n, rename column v to w; insert into t (id, w) values (12, 'after');", database)
    # One run after all of it: each row is read as the table was then.
    records = job.run(**{"include.schema.changes": "true"})
    rows = [record["value"]["after"] for record in records if "op" in record["value"]]
    assert rows == [{"id": 10, "v": "before", "n": 1}, {"id": 11, "extra": "d", "v": "between", "n": None}, {"id": 12, "extra": "d", "w": "after"}]
    told = [record["value"]["ddl"].split()[0:3] for record in records if "ddl" in record["value"]]
    assert told == [["alter", "table", "t"]] * 2


def test_tagged_transactions_are_named_and_gone_on_from(job, mysql_server, database):
    if mysql_server.name == "mariadb":
        return   # it has none
    job.run()
    mysql_server.script("set gtid_next = 'automatic:blue'; insert into t values (70, 'b', 1); set gtid_next = 'automatic'; insert into t values (71, 'n', 1);", database)
    records = job.run()
    assert [record["value"]["after"]["id"] for record in records] == [70, 71]
    assert ":blue:" in records[0]["value"]["source"]["gtid"]
    mysql_server.query("insert into t values (72, 'n', 1)", database)
    assert [record["value"]["after"]["id"] for record in job.run()] == [72]


def test_compressed_columns_of_mariadb_are_unpacked(job, mysql_server, database):
    if mysql_server.name == "mysql":
        return   # it has none
    job.run()
    columns = "v varchar(300) compressed, short varchar(255) character set latin1 compressed, edge varchar(254) character set latin1 compressed not null, " \
        "t text compressed, tiny tinytext compressed, medium mediumtext compressed=zlib character set utf16, big longtext compressed, " \
        "b blob compressed, vb varbinary(1000) compressed not null, plain varchar(300), j text compressed default 'd'"
    rows = ["'', '', '', '', '', '', '', '', '', '', ''", "null, null, 'e', null, null, null, null, null, x'00', null, null",
            "repeat('ü', 300), repeat('é', 255), repeat('z', 254), repeat('text ', 5000), repeat('t', 255), repeat('m', 70000), repeat('large ', 500000), "
            "repeat(x'00ff', 3000), repeat(x'0102', 500), repeat('p', 300), '[1]'",
            "'short', 'short', 'short', 'short', 'short', 'short', 'short', x'80', x'8100', 'plain', 'short'"]
    try:
        for n, frame in enumerate(("on", "off")):
            mysql_server.script(f"set global column_compression_zlib_wrap = {frame}", database)
            mysql_server.script(f"create table packed{n} (id int primary key, {columns}); " + "".join(
                f"insert into packed{n} values ({id}, {row}); " for id, row in enumerate(rows))
                + f"update packed{n} set short = repeat('long ', 40), t = concat(t, repeat('!', 200)) where id in (0, 2); delete from packed{n} where id = 3;", database)
    finally:
        mysql_server.script("set global column_compression_zlib_wrap = default", database)
    streamed, deleted = {}, []
    for record in filter(None, (record["value"] for record in job.run())):
        if record["op"] == "d":
            deleted.append(record["before"])
        else:
            streamed[record["source"]["table"], record["after"]["id"]] = record["after"]
    assert [[row[name] for name in ("v", "medium", "b", "vb")] for row in deleted] == [["short", "short", "gA==", "gQA="]] * 2
    # What the server itself unpacks.
    read = [record["value"] for record in job.run(**{"snapshot.mode": "always", "table.include.list": f"{database}.packed.*"})]
    assert {**{(table, 3): row for table, row in zip(("packed0", "packed1"), deleted)}, **{(row["source"]["table"], row["after"]["id"]): row["after"] for row in read}} == streamed
    assert len(read) == 6 and streamed["packed0", 2]["big"] == "large " * 500000
