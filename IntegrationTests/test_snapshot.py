"""Initial snapshots: by several readers, interrupted and gone on with by other settings, with tables that change under them.

MILLRACE_SEED makes a run repeatable, MILLRACE_ROWS is the number of rows in the large table."""

import json
import random

import pytest

from harness import millrace, replica
from harness.load import Load, schema
from harness.server import wait_until
from test_crash import Pipeline, config, history, rows, seed, sources

parts = f"""create table parts (id int, v text, n int, primary key (id)) partition by range (id);
create table parts_b partition of parts for values from ({rows // 4}) to (maxvalue);
create table parts_a partition of parts for values from (minvalue) to ({rows // 4});
insert into parts select i, 'p ' || i, i % 10 from generate_series(1, {rows // 2}) i;
"""
tables = {**{name: sources[name] for name in ("accounts", "lines", "wide", "history", "shapes", "sentinel")},
          "parts": (["id"], "select id, v, n from parts")}


@pytest.fixture
def pipeline(postgres, tmp_path):
    postgres.drop_slots("slot_name = %s", "crash")
    with postgres.database("crash") as database:
        postgres.query("create table sentinel (id int primary key)", database)
        line = Pipeline(postgres, database, tmp_path)
        yield line
        if line.process and line.process.running():
            line.process.kill()


def settings(dice):
    """Any of those that change how a snapshot is read."""
    return {"snapshot.max.threads": dice.choice((1, 2, 3, 5)), "snapshot.max.threads.multiplier": dice.choice((1, 3)),
            "legacy.snapshot.max.threads": dice.choice(("false", "false", "true")), "publish.via.partition.root": "true",
            "snapshot.tables.order.by.row.count": dice.choice(("disabled", "ascending", "descending")),
            "snapshot.locking.mode": dice.choice(("none", "shared")), "snapshot.mode": dice.choice(("initial", "when_needed")),
            "table.exclude.list": "public.parts_.*", "offset.flush.interval.ms": "20"}


def markers(path):
    """(table, source.snapshot) of each record of the snapshot."""
    values = [json.loads(line)["value"] for line in path.read_text().splitlines()]
    return [(v["source"]["table"], v["source"]["snapshot"]) for v in values if v and v["op"] == "r"]


def test_several_readers_under_load_killed_and_begun_with_other_settings(postgres, pipeline):
    dice = random.Random(seed)
    print(f"MILLRACE_SEED={seed}")
    postgres.script(schema + history + parts, pipeline.database)
    chosen = settings(dice)
    with Load(postgres.url(pipeline.database), seed, pause=0.01):
        for n in range(12):
            chosen = settings(dice)
            pipeline.start(**chosen)
            pipeline.kill_after(dice.choice((1, 10**5, 3 * 10**6, 10**7)), 4)
            # Rows move to other blocks and partitions, or go.
            low = dice.randrange(rows // 2)
            postgres.query("update parts set id = id + 10000000 where id between %s and %s", pipeline.database, [low, low + 50])
            postgres.query("update history set v = 'moved', n = n + 1 where id between %s and %s", pipeline.database, [low, low + 300])
            postgres.query("delete from history where id between %s and %s", pipeline.database, [low + 200, low + 250])
    # A column that came or went says nothing of rows that nobody has touched since.
    postgres.query("update shapes set n = n + 1", pipeline.database)
    pipeline.start(**chosen)
    pipeline.compare(pipeline.catch_up(), tables)


@pytest.mark.parametrize("more", [{"snapshot.max.threads": "3", "snapshot.max.threads.multiplier": "4"}, {"snapshot.mode": "when_needed"}],
                         ids=["parallel", "when_needed"])
def test_a_row_deleted_during_an_interrupted_snapshot_does_not_stay(postgres, pipeline, more):
    postgres.script(history, pipeline.database)
    for n in range(4):
        pipeline.start(**more)
        pipeline.kill_after(3 * 10**6, 5)
        postgres.query("delete from history where id between %s and %s", pipeline.database, [n * 1000 + 1, n * 1000 + 500])
        postgres.query("update history set id = id + 1000000 where id between %s and %s", pipeline.database, [n * 1000 + 501, n * 1000 + 600])
        postgres.query("update history set v = 'later' where id between %s and %s", pipeline.database, [n * 1000 + 601, n * 1000 + 700])
    pipeline.start(**more)
    pipeline.compare(pipeline.catch_up(), ["history", "sentinel"])


def test_an_interrupted_snapshot_goes_on_where_it_was(postgres, pipeline):
    postgres.script(history, pipeline.database)
    pipeline.start(**{"snapshot.max.threads": "2", "snapshot.max.threads.multiplier": "8", "offset.flush.interval.ms": "10"})
    stored = pipeline.folder / "offsets"
    wait_until(lambda: stored.exists() and '\\"parts\\":[{' in stored.read_text(), 60, "a checkpoint inside the table")
    pipeline.process.kill()
    before = len(markers_of_whole_lines(pipeline))
    copy = pipeline.catch_up()
    pipeline.compare(copy, ["history", "sentinel"])
    assert before + rows > len(markers(pipeline.records)), "everything was read again"


def markers_of_whole_lines(pipeline):
    data = pipeline.records.read_bytes()[:pipeline.whole_lines()]
    return [line for line in data.split(b"\n")[:-1] if b'"op":"r"' in line]


def run(postgres, pipeline, *options, **more):
    arguments = {**postgres.settings(pipeline.database), **millrace.file_output(pipeline.folder), "errors.max.retries": "0", **more}
    process = millrace.Millrace(pipeline.config, arguments, "--exit-when-idle", "1", *options, log=pipeline.folder / "log")
    return process.wait(120)


def log(pipeline):
    return (pipeline.folder / "log").read_text()


def test_markers_are_those_of_the_order_of_delivery(postgres, pipeline):
    """As Debezium's chunked snapshot has them: other records of the snapshot wait for its first, the last waits for all."""
    postgres.script(f"{history} create table a (id int primary key, v text); insert into a select i, repeat('v', 500) from generate_series(1, 20000) i;"
                    "create table b (id int primary key); insert into b values (1);", pipeline.database)
    assert run(postgres, pipeline, **{"snapshot.max.threads": "4", "snapshot.max.threads.multiplier": "2", "snapshot.mode": "initial_only"}) == 0
    found = markers(pipeline.records)
    assert len(found) == rows + 20001
    assert found[0] == ("a", "first") and found[-1][1] == "last"
    for table in ("a", "b", "history"):
        own = [marker for name, marker in found if name == table]
        assert own[0] in ("first", "first_in_data_collection", "last_in_data_collection", "last")
        assert own[-1] in ("last_in_data_collection", "last")
        assert set(own[1:-1]) <= {"true"}


def test_tables_that_are_dropped_rewritten_or_altered_under_the_snapshot(postgres, pipeline):
    """They change after the snapshot was taken and before they are read; the next attempt takes a later one."""
    postgres.script("".join(f"create table {name} (id int primary key, v text); insert into {name} select i, 'v' from generate_series(1, 1000) i;"
                            for name in "abcde"), pipeline.database)
    for threads in ("1", "3"):
        pipeline.start(**{"snapshot.delay.ms": "2500", "snapshot.max.threads": threads, "slot.drop.on.stop": "true"})
        wait_until(lambda: postgres.query("select 1 from pg_stat_activity where application_name = 'millrace crash' and state = 'idle in transaction'"), 30, "the snapshot")
        postgres.script("drop table if exists b; truncate c; insert into c values (7, 'new'); alter table d drop column v, add w int default 5; vacuum full e;",
                        pipeline.database)
        copy = pipeline.catch_up()
        for name in "acde":
            source = {row[0] for row in postgres.query(f"select id from {name}", pipeline.database)}
            assert {row["id"] for row in copy.tables[f"crash.public.{name}"].values()} == source, name
        assert all(row.get("w") == 5 for row in copy.tables["crash.public.d"].values())
        (pipeline.folder / "offsets").unlink()
        pipeline.records.unlink()
        pipeline.starts, pipeline.process = [], None
        postgres.script("create table b (id int primary key, v text); alter table d drop column w, add v text;", pipeline.database)


def test_limits_of_the_role_do_not_end_a_snapshot(postgres, pipeline):
    postgres.script(history, pipeline.database)
    for name in "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout":
        postgres.query(f"alter database crash set {name} = 20")
    assert run(postgres, pipeline, **{"snapshot.mode": "initial_only", "snapshot.max.threads": "2", "snapshot.delay.ms": "300"}) == 0
    assert len(markers(pipeline.records)) == rows


def test_a_shared_lock_that_cannot_be_had_in_time(postgres, pipeline):
    postgres.script("create table t (id int primary key); insert into t values (1);", pipeline.database)
    # A slot cannot be made while a transaction with such a lock is open.
    assert run(postgres, pipeline, **{"snapshot.mode": "no_data"}) == 0
    (pipeline.folder / "offsets").unlink(missing_ok=True)
    other = postgres.connect(pipeline.database)
    other.autocommit = False
    other.cursor().execute("lock table t in access exclusive mode")
    assert run(postgres, pipeline, **{"snapshot.locking.mode": "shared", "snapshot.lock.timeout.ms": "200"}) == 1
    assert "55P03" in log(pipeline)
    other.rollback()
    other.close()
    assert run(postgres, pipeline, **{"snapshot.locking.mode": "shared", "snapshot.lock.timeout.ms": "200"}) == 0
    assert markers(pipeline.records) == [("t", "last")]


def test_modes_that_follow_each_other(postgres, pipeline):
    postgres.script("create table t (id int primary key); insert into t values (1);", pipeline.database)
    # initial_only ends by itself, and does nothing the second time; what follows it has no slot to go on from.
    assert run(postgres, pipeline, **{"snapshot.mode": "initial_only"}) == 0
    assert run(postgres, pipeline, **{"snapshot.mode": "initial_only"}) == 0
    assert len(markers(pipeline.records)) == 1
    for mode in "no_data", "initial":
        assert run(postgres, pipeline, **{"snapshot.mode": mode}) == 1
    assert log(pipeline).count("postgres.slot.missing") == 2
    postgres.query("insert into t values (2)", pipeline.database)
    assert run(postgres, pipeline, **{"snapshot.mode": "when_needed"}) == 0
    assert len(markers(pipeline.records)) == 3
    postgres.query("insert into t values (3)", pipeline.database)
    assert run(postgres, pipeline, **{"snapshot.mode": "no_data"}) == 0
    assert len(markers(pipeline.records)) == 3
    assert len(replica.read(pipeline.records).tables["crash.public.t"]) == 3


def test_an_unfinished_snapshot_is_not_left_by_a_mode_that_takes_none(postgres, pipeline):
    postgres.script(history, pipeline.database)
    pipeline.start(**{"snapshot.max.threads": "2", "snapshot.max.threads.multiplier": "8", "offset.flush.interval.ms": "10"})
    stored = pipeline.folder / "offsets"
    wait_until(lambda: stored.exists() and '\\"parts\\":[{' in stored.read_text(), 60, "a checkpoint inside the table")
    pipeline.process.kill()
    assert run(postgres, pipeline, **{"snapshot.mode": "no_data"}) == 1
    assert "postgres.snapshot.unfinished" in log(pipeline)
    pipeline.compare(pipeline.catch_up(), ["history", "sentinel"])


def test_a_snapshot_that_began_without_a_stream_begins_again_with_one(postgres, pipeline):
    postgres.script(history, pipeline.database)
    pipeline.start(**{"snapshot.mode": "initial_only", "snapshot.max.threads": "2", "snapshot.max.threads.multiplier": "8", "offset.flush.interval.ms": "10"})
    stored = pipeline.folder / "offsets"
    wait_until(lambda: stored.exists() and '\\"parts\\":[{' in stored.read_text(), 60, "a checkpoint inside the table")
    pipeline.process.kill()
    postgres.query("update history set v = 'later' where id < 100", pipeline.database)
    pipeline.start()   # what is written before the slot is made comes as a row of the snapshot
    wait_until(lambda: postgres.query("select 1 from pg_replication_slots where slot_name = 'crash' and active"), 60, "the stream")
    pipeline.compare(pipeline.catch_up(), ["history", "sentinel"])


def test_statements_that_cannot_work_are_found_before_the_start(postgres, pipeline):
    postgres.script("create table t (id int primary key, v text); create table u (id int primary key, v text);", pipeline.database)
    key = "snapshot.select.statement.overrides"
    code, out, errors = millrace.call("check", pipeline.config, *millrace.settings_to_arguments(
        {**postgres.settings(pipeline.database), **millrace.file_output(pipeline.folder), key: "public.t,public.u",
         f"{key}.public.t": "SELECT * FROM nowhere", f"{key}.public.u": "SELECT v FROM u"}))
    said = out + errors
    assert code != 0 and f'{key}.public.t is refused by the server: relation "nowhere" does not exist' in said
    assert f"{key}.public.u leaves out the key column id" in said


def test_a_class_of_java_is_refused(postgres, pipeline):
    code, out, errors = millrace.call("check", pipeline.config, *millrace.settings_to_arguments(
        {**postgres.settings(pipeline.database), **millrace.file_output(pipeline.folder), "snapshot.mode": "custom", "snapshot.mode.custom.name": "x"}))
    assert code != 0 and "Java class" in out + errors
