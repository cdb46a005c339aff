"""What the connector does on the server: slots, publications, replica identities, sessions, and what it does when the server does not."""

import json
import os
import re
import socket
import subprocess
import threading
import time

import pytest

from harness import millrace, server
from harness.server import wait_until

config = {
    "connector.class": "io.debezium.connector.postgresql.PostgresConnector", "topic.prefix": "srv", "slot.name": "on_server",
    "publication.name": "on_server", "key.converter.schemas.enable": "false", "value.converter.schemas.enable": "false",
    "key.converter": "org.apache.kafka.connect.json.JsonConverter", "value.converter": "org.apache.kafka.connect.json.JsonConverter",
    "slot.retry.delay.ms": "200", "retriable.restart.connector.wait.ms": "300",
}


@pytest.fixture
def database(postgres):
    postgres.drop_slots("slot_name = %s", "on_server")
    with postgres.database("on_server") as name:
        postgres.script("create table t (id int primary key, v text); insert into t values (1, 'a');", name)
        yield name
    postgres.drop_slots("slot_name = %s", "on_server")


class Run:
    """The program with a configuration over the one above, in a folder."""

    def __init__(self, folder, postgres, database):
        self.folder, self.records = folder, folder / "records.jsonl"
        self.path = folder / "config.json"
        self.path.write_text(json.dumps(config))
        self.settings = {**postgres.settings(database), **millrace.file_output(folder)}

    def once(self, **settings):
        """To idleness; returns what was said."""
        log = self.folder / "log"
        log.unlink(missing_ok=True)
        millrace.run(self.path, self.merged(settings), "--exit-when-idle", "1", log=log)
        return log.read_text()

    def fails(self, command="run", **settings):
        """(exit code, what was said)"""
        options = ["--exit-when-idle", "1"] if command == "run" else []
        code, out, errors = millrace.call(command, self.path, *millrace.settings_to_arguments(self.merged(settings)), *options)
        return code, out + errors

    def start(self, **settings):
        return millrace.Millrace(self.path, self.merged(settings), log=self.folder / "log")

    def merged(self, settings):
        return {**self.settings, **{key.replace("_", "."): value for key, value in settings.items()}}

    def changes(self):
        """(op, id) of every record that has a value, in order."""
        if not self.records.exists():
            return []
        values = [json.loads(line)["value"] for line in self.records.read_text().splitlines()]
        return [(value["op"], (value["after"] or value["before"] or {}).get("id")) for value in values if value]


@pytest.fixture
def run(tmp_path, postgres, database):
    return Run(tmp_path, postgres, database)


def confirmed(postgres):
    return postgres.query("select confirmed_flush_lsn - '0/0' from pg_replication_slots where slot_name = 'on_server'")[0][0]


# slots


def test_a_slot_in_use_is_waited_for(run, postgres, database):
    run.once()
    other = subprocess.Popen(["pg_recvlogical", "-d", postgres.url(database), "--slot=on_server", "--start", "-o", "proto_version=1",
                              "-o", "publication_names=on_server", "-f", "/dev/null"])
    try:
        wait_until(lambda: postgres.query("select 1 from pg_replication_slots where slot_name = 'on_server' and active"))
        code, said = run.fails("check", slot_max_retries="0")
        assert code == 2 and "pg_terminate_backend" in said, said
        code, said = run.fails("check")
        assert code == 0 and "tries 6 times again" in said, said
        process = run.start(slot_max_retries="1000")
        wait_until(lambda: "is not to be had yet" in process.messages() or not process.running(), what="an attempt")
        assert process.running(), process.messages()
        other.terminate()
        other.wait()
        postgres.query("insert into t values (2, 'b')", database)
        wait_until(lambda: ("c", 2) in run.changes() or not process.running(), what="the insert")
        assert process.stop() == 0, process.messages()
    finally:
        other.kill()
        other.wait()


def test_a_start_that_waits_for_a_transaction_can_be_stopped(run, postgres, database):
    """The creation of a slot waits for every transaction that writes; meanwhile the run ends as soon as it is asked to."""
    holder = postgres.connect(database)
    holder.autocommit = False
    try:
        with holder.cursor() as cursor:
            cursor.execute("insert into t values (100, 'uncommitted')")
        process = run.start()
        wait_until(lambda: postgres.query("select 1 from pg_stat_activity where query like 'CREATE_REPLICATION_SLOT%' and wait_event_type = 'Lock'")
                   or not process.running(), what="the creation to wait")
        assert process.stop(10) == 0, process.messages()
        assert postgres.query("select 1 from pg_replication_slots where slot_name = 'on_server'") == []
        assert postgres.query("select 1 from pg_publication", database) == []
        code, said = run.fails(**{"internal.create.slot.command.timeout": "1", "slot_max_retries": "1"})
        assert code == 1 and "postgres.slot.timeout" in said and "pg_stat_activity" in said, said
        assert said.count("is not to be had yet") == 1, said
    finally:
        holder.rollback()
        holder.close()
    run.once()
    assert run.changes() == [("r", 1)]


def test_a_start_that_waits_for_a_lock_can_be_stopped(run, postgres, database):
    holder = postgres.connect(database)
    holder.autocommit = False
    try:
        with holder.cursor() as cursor:
            cursor.execute("lock table t in access exclusive mode")
        process = run.start(replica_identity_autoset_values=r"public\.t:FULL")
        waits = "select 1 from pg_stat_activity where datname = 'on_server' and wait_event_type = 'Lock'"
        wait_until(lambda: postgres.query(waits) or not process.running(), what="a statement to wait")
        assert process.stop(10) == 0, process.messages()
        assert postgres.query(waits) == []
    finally:
        holder.rollback()
        holder.close()


def test_a_statement_that_takes_too_long_is_called_off(run, postgres, database):
    code, said = run.fails(database_initial_statements="select pg_sleep(60)", database_query_timeout_ms="300", errors_max_retries="0")
    assert code != 0 and "postgres.timeout" in said or "database.query.timeout.ms" in said, said


@pytest.mark.parametrize("strategy,skips", [(None, None), ("no_validation", True), ("trust_offset", None), ("trust_slot", True), ("trust_greater_lsn", True)])
def test_a_slot_that_was_confirmed_beyond_the_offset(run, postgres, database, strategy, skips):
    run.once()
    postgres.query("insert into t values (2, 'lost')", database)
    postgres.query("select pg_replication_slot_advance('on_server', pg_current_wal_lsn())", database)
    settings = {"offset_mismatch_strategy": strategy} if strategy else {}
    if skips is None:
        code, said = run.fails(**settings)
        assert code == 1 and "postgres.slot.ahead" in said and "trust_slot" in said, said
        assert run.changes() == [("r", 1)]
        return
    said = run.once(**settings)
    assert "is skipped" in said, said
    postgres.query("insert into t values (3, 'kept')", database)
    run.once(**settings)
    assert run.changes() == [("r", 1), ("c", 3)]


@pytest.mark.parametrize("strategy", ["no_validation", "trust_offset", "trust_slot", "trust_greater_lsn"])
def test_a_slot_behind_the_offset(run, postgres, database, strategy):
    """With lsn.flush.mode=manual nothing is confirmed, so the slot stays behind; nothing is repeated all the same."""
    run.once()
    before = confirmed(postgres)
    postgres.query("insert into t values (2, 'b')", database)
    said = run.once(lsn_flush_mode="manual")
    assert confirmed(postgres) == before, said
    said = run.once(offset_mismatch_strategy=strategy, lsn_flush_mode="manual")
    assert confirmed(postgres) == before
    said = run.once(offset_mismatch_strategy=strategy)
    assert ("is advanced to the stored offset" in said) == (strategy in ("trust_offset", "trust_greater_lsn")), said
    assert run.changes() == [("r", 1), ("c", 2)]


def test_the_old_name_of_the_flush_mode(run, postgres, database):
    run.once()
    before = confirmed(postgres)
    postgres.query("insert into t values (2, 'b')", database)
    said = run.once(flush_lsn_source="false")
    assert confirmed(postgres) == before and "lsn.flush.mode=manual" in said, said
    postgres.query("insert into t values (3, 'c')", database)
    run.once()
    assert confirmed(postgres) > before


# publications and replica identities


def publication(postgres, database):
    return postgres.query("select pubinsert, pubupdate, pubdelete, pubtruncate, pubviaroot from pg_publication", database), \
        {row[0] for row in postgres.query("select tablename from pg_publication_tables", database)}


def test_a_filtered_publication_follows_the_captured_tables(run, postgres, database):
    postgres.script("create table u (id int primary key); create table w (id int primary key);"
                    "create table parts (id int primary key) partition by range (id);"
                    "create table part partition of parts for values from (0) to (100);", database)
    filtered = {"publication_autocreate_mode": "filtered"}
    run.once(table_include_list=r"public\.(t|u)", skipped_operations="d", **filtered)
    assert publication(postgres, database) == ([(True, True, False, True, False)], {"t", "u"})
    postgres.script("insert into u values (1); insert into w values (1);", database)
    run.once(table_include_list=r"public\.(t|w|parts)", skipped_operations="u,t", publish_via_partition_root="true", **filtered)
    assert publication(postgres, database) == ([(True, False, True, False, True)], {"t", "w", "parts"})
    postgres.script("insert into w values (2); insert into u values (2); insert into parts values (3); delete from t;", database)
    run.once(table_include_list=r"public\.(t|w|parts)", skipped_operations="u,t", publish_via_partition_root="true", **filtered)
    # The first insert into w came before it was published; u had gone from the list when its insert was read.
    assert run.changes() == [("r", 1), ("c", 2), ("c", 3), ("d", 1)]
    code, said = run.fails("check", table_include_list=r"public\.t", publication_autocreate_mode="disabled")
    assert "does not publish update" in said and "SET (publish = 'insert, update, delete')" in said, said


@pytest.mark.parametrize("mode,tables", [("all_tables", {"t"}), ("no_tables", set())])
def test_modes_that_create_once(run, postgres, database, mode, tables):
    run.once(publication_autocreate_mode=mode)
    assert publication(postgres, database)[1] == tables
    code, said = run.fails("check", publication_autocreate_mode=mode)
    assert ("ADD TABLE" in said) == (mode == "no_tables"), said


def test_a_publication_for_all_tables_cannot_be_narrowed(run, postgres, database):
    postgres.query("create publication on_server for all tables", database)
    code, said = run.fails(publication_autocreate_mode="filtered")
    assert code == 2 and "DROP PUBLICATION" in said, said


def test_replica_identities_that_are_set_and_refused(run, postgres, database):
    postgres.script("create table coded (id int primary key, code text not null, maybe text);"
                    "create unique index coded_code on coded (code); create unique index coded_maybe on coded (maybe);", database)
    code, said = run.fails("check", replica_identity_autoset_values="public.*:FULL,public.t:DEFAULT")
    assert code == 2 and "more than one expression" in said and "public.t" in said, said
    code, said = run.fails("check", replica_identity_autoset_values="public.coded:INDEX coded_maybe")
    assert code == 2 and "coded_maybe" in said and "NOT NULL" in said, said
    run.once(replica_identity_autoset_values="public.coded:INDEX coded_code,public.t:nothing", table_include_list=r"public\.(t|coded)")
    identities = "select relname, relreplident::text from pg_class where relname in ('t', 'coded') order by 1"
    assert postgres.query(identities, database) == [("coded", "i"), ("t", "n")]
    assert postgres.query("select c.relname from pg_index i join pg_class c on c.oid = indexrelid where indisreplident", database) == [("coded_code",)]
    # Only captured tables are touched.
    run.once(replica_identity_autoset_values=r"public\..*:FULL", table_include_list=r"public\.t")
    assert postgres.query(identities, database) == [("coded", "i"), ("t", "f")]


# sessions


def test_initial_statements_run_on_every_connection_but_the_stream(run, postgres, database):
    postgres.query("create table seen (id serial, note text)", database)
    run.once(database_initial_statements="insert into seen (note) values ('a;;b');set datestyle to 'SQL, DMY';", table_include_list=r"public\.t")
    assert set(postgres.query("select note from seen", database)) == {("a;b",)}
    code, said = run.fails("check", database_initial_statements="select nothing from nowhere")
    assert code == 2 and "database.initial.statements" in said and "nowhere" in said, said


def test_several_hosts_are_tried_in_turn(run, postgres, database):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        hosts = f"127.0.0.1:{unused.getsockname()[1]},{postgres.host}"
        run.once(database_hostname=hosts)
    assert run.changes() == [("r", 1)]


def test_a_lock_in_the_way_of_a_look_at_the_catalog_is_not_waited_for_without_end(run, postgres, database):
    """A table is altered, and locked by somebody else before the stream has come to the change."""
    process = run.start()
    altering, locking = postgres.connect(database), postgres.connect(database)
    altering.autocommit = locking.autocommit = False
    try:
        wait_until(lambda: postgres.query("select 1 from pg_replication_slots where slot_name = 'on_server' and active") or not process.running())
        altering.cursor().execute("alter table t add column more int default 7; insert into t values (2, 'b')")
        waiting = threading.Thread(target=lambda: locking.cursor().execute("lock table t in access exclusive mode"))
        waiting.start()
        wait_until(lambda: postgres.query("select 1 from pg_stat_activity where query like 'lock table t%' and wait_event_type = 'Lock'"))
        altering.commit()
        waiting.join()
        wait_until(lambda: "postgres.lock" in process.messages() or not process.running(), 60, "the look to be given up")
        locking.rollback()
        wait_until(lambda: ("c", 2) in run.changes() or not process.running(), 60, "the change")
        assert process.stop() == 0, process.messages()
        assert run.changes() == [("r", 1), ("c", 2)]
    finally:
        process.kill()
        altering.close()
        locking.close()


# origins


def test_what_was_replicated_from_elsewhere_can_be_left_out(tmp_path):
    other = server.start("postgres-17-origins")
    try:
        other.drop_slots("slot_name = %s", "on_server")
        with other.database("on_server") as name:
            other.script("create table t (id int primary key);", name)
            run = Run(tmp_path, other, name)
            run.once(slot_stream_params="origin=none")
            other.script("select pg_replication_origin_create('elsewhere'); select pg_replication_origin_session_setup('elsewhere');"
                         "insert into t values (1); select pg_replication_origin_session_reset();"
                         "select pg_replication_origin_drop('elsewhere'); insert into t values (2);", name)
            run.once(slot_stream_params="origin=none")
            assert run.changes() == [("c", 2)]
    finally:
        server.stop("postgres-17-origins")


def test_origin_on_a_server_that_does_not_know_it(run, postgres):
    if int(postgres.query("show server_version_num")[0][0]) >= 160000:
        pytest.skip("this server knows it")
    code, said = run.fails("check", slot_stream_params="origin=none")
    assert code == 2 and "PostgreSQL 16" in said, said


# failover


def test_a_failover_slot_is_copied_to_the_standby(tmp_path):
    primary, name = server.start("postgres-17-primary"), "on_server"
    try:
        primary.drop_slots("slot_name = %s", "on_server")
        primary.create_database(name)
        primary.script("create table t (id int primary key); insert into t values (1);", name)
        primary.query("select pg_create_physical_replication_slot('standby') where not exists (select 1 from pg_replication_slots where slot_name = 'standby')")
        standby = server.start_standby("postgres-17-standby", "postgres-17-primary", slot="standby", database=name)
        run = Run(tmp_path, primary, name)
        said = run.once(slot_failover="true")
        assert primary.query("select failover from pg_replication_slots where slot_name = 'on_server'") == [(True,)], said
        # The copy is good as soon as the slot has moved beyond where the standby began to copy it.
        process, last = run.start(slot_failover="true", status_update_interval_ms="100"), 1

        def copied():
            nonlocal last
            last += 1
            primary.query(f"insert into t values ({last}); select pg_log_standby_snapshot()", name)
            time.sleep(0.2)
            return standby.query("select 1 from pg_replication_slots where slot_name = 'on_server' and synced and not temporary")
        try:
            wait_until(copied, 60, "the slot on the standby")
        finally:
            assert process.stop() == 0, process.messages()
        # The primary dies, and the standby takes its place: nothing is lost, nothing repeated.
        last += 1
        primary.query(f"insert into t values ({last})", name)
        at = primary.query("select pg_current_wal_lsn()")[0][0]
        wait_until(lambda: standby.query(f"select pg_last_wal_replay_lsn() >= '{at}'") == [(True,)], what="the standby to catch up")
        server.stop("postgres-17-primary")
        standby.query("select pg_promote()")
        run.settings.update(standby.settings(name))
        run.once(slot_failover="true")
        assert run.changes() == [("r", 1)] + [("c", key) for key in range(2, last + 1)]
    finally:
        server.stop("postgres-17-standby")
        server.stop("postgres-17-primary")


def test_failover_that_cannot_be_is_said(run, postgres):
    if int(postgres.query("show server_version_num")[0][0]) >= 170000:
        pytest.skip("this server can")
    code, said = run.fails("check", slot_failover="true")
    assert code == 0 and "slot.failover" in said and "PostgreSQL 17" in said, said
    said = run.once(slot_failover="true")
    assert "without failover" in said, said


# what a start proves


def test_other_findings_about_the_server(tmp_path):
    other = server.start("postgres-kept", max_slot_wal_keep_size="512MB")
    try:
        other.script("drop table if exists t; create table t (id int primary key);")
        code, said = Run(tmp_path, other, other.home).fails("check")
        assert code == 0 and "max_slot_wal_keep_size is 512 MB" in said and "ALTER SYSTEM SET max_slot_wal_keep_size" in said, said
    finally:
        server.stop("postgres-kept")


def test_a_database_that_is_not_utf8(postgres, tmp_path):
    postgres.query("drop database if exists on_server_ascii")
    postgres.query("create database on_server_ascii template template0 encoding sql_ascii lc_collate 'C' lc_ctype 'C'")
    try:
        code, said = Run(tmp_path, postgres, "on_server_ascii").fails("check")
        assert "database encoding is SQL_ASCII" in said and "ENCODING 'UTF8'" in said, said
    finally:
        postgres.query("drop database on_server_ascii")


# memory


def test_a_large_transaction_streams_in_little_memory(run, postgres, database):
    """MILLRACE_TRANSACTION_MB: how much text one transaction inserts (1024, with a debug build 100); within 256 MB of memory."""
    size = int(os.environ.get("MILLRACE_TRANSACTION_MB") or (1024 if millrace.is_optimised() else 100))
    run.settings.update({"sink.type": "file", "sink.file.path": "/dev/null"})
    run.once(snapshot_mode="no_data")
    postgres.query(f"insert into t select i, repeat(md5(i::text), 32) from generate_series(10, {size * 1024 + 9}) i", database)
    process = run.start(snapshot_mode="no_data")
    peak = 0
    try:
        end = postgres.query("select pg_current_wal_lsn() - '0/0'")[0][0]
        def read():
            nonlocal peak
            found = re.search(r"VmHWM:\s+(\d+)", open(f"/proc/{process.process.pid}/status").read()) if process.running() else None
            peak = max(peak, int(found[1])) if found else peak
            return confirmed(postgres) >= end or not process.running()
        wait_until(read, 1200, "the transaction to be confirmed")
        assert process.running(), process.messages()
    finally:
        assert process.stop() == 0, process.messages()
    assert f"durable={size * 1024}" in process.messages(1), process.messages()
    print(f"{size} MB in one transaction: peak {peak // 1024} MB")
    assert 0 < peak < 256 * 1024
