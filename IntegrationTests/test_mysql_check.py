"""What `check` finds on a MySQL and a MariaDB, and that the statements which it names mend it."""

import json
import re
import shutil
import subprocess

import pytest

from harness import millrace, mysql, server
from harness.server import wait_until
from test_mysql import Job, database, job   # noqa: F401  (fixtures)

ANNOTATION = {"mysql": "binlog_rows_query_log_events", "mariadb": "binlog_annotate_row_events"}


def found(job, **settings):
    """The findings of `check` by key, each with its whole text."""
    code, out, errors = millrace.call("check", job.config, *millrace.settings_to_arguments({**job.settings, **settings}))
    return code, out + errors


def mend(server, text):
    """Executes the statements of an advice as the operator would; answers how many there were."""
    statements = re.findall(r"(?:SET GLOBAL|GRANT) [^;]+", text)
    for statement in statements:
        server.query(statement)
    return len(statements)


def has(text, key, problem):
    return any(key in line and problem in line for line in re.split(r"\n(?=\S)", text))


@pytest.fixture
def restored(mysql_server):
    """The server's settings are afterwards what they were."""
    names = ["binlog_format", "binlog_row_image", "binlog_row_metadata", "binlog_expire_logs_seconds", ANNOTATION[mysql_server.name]]
    before = {name: mysql_server.query(f"select @@global.{name}")[0][0] for name in names}
    yield
    for name, value in before.items():
        mysql_server.query(f"set global {name} = %s", parameters=(value,))


@pytest.mark.parametrize("setting, value, key, problem, options", [
    ("binlog_format", "'STATEMENT'", "binlog_format", "is STATEMENT", {}),
    ("binlog_row_image", "'MINIMAL'", "binlog_row_image", "is MINIMAL", {}),
    ("binlog_row_image", "'NOBLOB'", "binlog_row_image", "is NOBLOB", {}),
    ("binlog_row_metadata", "'MINIMAL'", "binlog_row_metadata", "is MINIMAL", {}),
    ("binlog_expire_logs_seconds", "3600", "binlog_expire_logs_seconds", "is 3600", {}),
    (None, "OFF", "include.query", "has no effect", {"include.query": "true"}),
])
def test_a_setting_of_the_log_is_mended_by_the_statement_named(job, mysql_server, restored, setting, value, key, problem, options):
    setting = setting or ANNOTATION[mysql_server.name]
    mysql_server.query(f"set global {setting} = {value}")
    code, text = found(job, **options)
    assert has(text, key, problem), text
    assert code == (0 if setting != "binlog_format" else 2), text   # what makes records poorer warns, what makes none refuses
    assert mend(mysql_server, text) == 1, text
    code, text = found(job, **options)
    assert code == 0 and problem not in text, text


def test_gtids_are_switched_on_by_the_statements_named(job, mysql_server):
    if mysql_server.name == "mariadb":
        return   # it has them always
    for mode in ("ON_PERMISSIVE", "OFF_PERMISSIVE", "OFF"):
        mysql_server.query(f"set global gtid_mode = {mode}")
    mysql_server.query("set global enforce_gtid_consistency = OFF")
    try:
        code, text = found(job)
        assert code == 0 and has(text, "gtid_mode", "is OFF"), text
        code, wanted = found(job, **{"gtid.source.includes": ".*"})
        assert code == 2 and has(wanted, "gtid.source.includes", "needs GTIDs"), wanted
        assert mend(mysql_server, text) == 4, text
        for options in ({}, {"gtid.source.includes": ".*"}):
            code, text = found(job, **options)
            assert code == 0 and "GTID" not in text and "gtid" not in text, text
    finally:
        mysql_server.query("set global enforce_gtid_consistency = ON")
        for mode in ("OFF_PERMISSIVE", "ON_PERMISSIVE", "ON"):
            if mysql_server.query("select @@global.gtid_mode")[0][0] != "ON":
                mysql_server.query(f"set global gtid_mode = {mode}")


def test_privileges_are_granted_one_after_the_other_by_the_statements_named(job, mysql_server):
    mysql_server.query("drop user if exists poor@'%'")
    mysql_server.query("create user poor@'%' identified by 'poor'")
    login = {"database.user": "poor", "database.password": "poor"}
    try:
        mysql_server.query("grant usage, select on millrace.* to poor@'%'")   # so that the table's database is not seen at all
        mysql_server.query(f"grant insert on {job.database}.* to poor@'%'")   # and now is, but not its rows
        code, text = found(job, **login)
        assert code == 2 and "REPLICATION SLAVE" in text and "GRANT SELECT" in text, text
        assert ("BINLOG MONITOR" if mysql_server.name == "mariadb" else "REPLICATION CLIENT") in text
        assert mend(mysql_server, text) >= 3
        code, text = found(job, **login)
        assert code == 0 and "GRANT" not in text, text
        assert len(job.run(**login)) == 2   # and a run is possible
    finally:
        mysql_server.query("drop user poor@'%'")


def test_the_servers_own_number_is_found(job, mysql_server):
    own = mysql_server.query("select @@global.server_id")[0][0]
    code, text = found(job, **{"database.server.id": str(own)})
    assert code == 2 and has(text, "database.server.id", "the server's own number"), text
    other = re.search(r"such as (\d+)", text)[1]
    code, text = found(job, **{"database.server.id": other})
    assert code == 0 and "database.server.id" not in text, text


def test_a_number_that_a_connected_replica_has_is_found(job, mysql_server, tmp_path):
    job.run()
    process = job.start()
    try:
        wait_until(lambda: mysql_server.streaming([]) or not process.running(), what="the stream")
        beside = {"sink.file.path": tmp_path / "other.jsonl", "offset.storage.file.filename": tmp_path / "other"}
        code, text = found(job, **beside)
        assert code == 0 and has(text, "database.server.id", "a replica which is connected now"), text
        code, text = found(job, **beside, **{"database.server.id": "777777"})
        assert code == 0 and "database.server.id" not in text, text
    finally:
        process.stop()


def test_the_other_server_and_names_that_match_nothing_are_found(job, mysql_server):
    config = json.loads(job.config.read_text())
    other = {"mysql": "mariadb.MariaDb", "mariadb": "mysql.MySql"}[mysql_server.name]
    code, text = found(job, **{"connector.class": f"io.debezium.connector.{other}Connector"})
    assert code == 2 and f"write connector.class={config['connector.class']}" in text, text
    code, text = found(job, **{"table.include.list": "t"})
    assert code == 0 and has(text, "table.include.list", "matches nothing") and "you probably mean job\\.t" in text, text
    assert has(text, "table.include.list", "selects no table"), text
    code, text = found(job, **{"table.include.list": "job\\.t"})
    assert code == 0 and "table.include.list" not in text, text


@pytest.fixture(params=["mysql", "mariadb"])
def bare_server(request):
    """One without a log and without time zones."""
    place = mysql.start(f"{request.param}-bare", skip_log_bin=1)
    for table in ("time_zone", "time_zone_name", "time_zone_transition", "time_zone_transition_type"):
        place.query(f"delete from mysql.{table}")
    yield place
    server.stop(place.name)


def test_a_server_without_a_log_is_refused_and_one_without_time_zones_is_told_of_those_that_are_named(bare_server, tmp_path):
    bare_server.script("create table z (id int primary key, at datetime); insert into z values (1, '2024-07-01 12:00:00');")
    job = Job(bare_server, "millrace", tmp_path)
    code, text = found(job)
    assert code == 2 and has(text, "log_bin", "is OFF") and "log_bin=binlog" in text, text
    assert "time zone" not in text
    key = "snapshot.select.statement.overrides"
    zones = {key: "millrace.z", f"{key}.millrace.z": "select id, convert_tz(at, 'Europe/Berlin', 'UTC') at from millrace.z", "snapshot.mode": "initial_only"}
    code, text = found(job, **zones)
    assert code == 0 and has(text, f"{key}.millrace.z", "time zone tables are empty"), text
    # A name that is not known ends the connection, with the same advice.
    named = {"database.initial.statements": "set time_zone = 'Europe/Berlin'"}
    code, unknown = found(job, **named)
    assert code == 2 and has(unknown, "database.initial.statements", "failed"), unknown
    tool, client = re.search(r"run: (\S+) /usr/share/zoneinfo \| (\S+) -u root mysql", text).groups()
    assert f"run: {tool}" in unknown
    folder = millrace.fresh(tmp_path / "zoneinfo")   # a few of them: the whole takes a minute
    for name in ("UTC", "Europe/Berlin"):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(f"/usr/share/zoneinfo/{name}", folder / name)
    bare_server.script(subprocess.run([mysql.program(tool), folder], stdout=subprocess.PIPE, text=True, check=True).stdout, "mysql")
    for settings in (zones, {**zones, **named}):
        code, text = found(job, **settings)
        assert code == 0 and "time zone" not in text, text


def test_values_are_read_in_utc_and_unicode_whatever_the_initial_statements_say(job, mysql_server, database):
    mysql_server.script("create table stamps (id int primary key, at timestamp, v varchar(9)); insert into stamps values (1, from_unixtime(1700000000), 'ü')", database)
    statements = {"database.initial.statements": "set time_zone = '+05:00'; set names latin1"}
    assert {record["value"]["source"]["table"]: record["value"]["after"] for record in job.run(**statements)}["stamps"] == {
        "id": 1, "at": "2023-11-14T22:13:20Z", "v": "ü"}
