"""Tables that change while they are captured: what a record says does not depend on when the log is read.

One script is played three times: with the program running, with it away until the end (so that it reads the log of tables which
are altered, renamed, gone or made anew by then), and with kills in between. The records are the same."""

import json
import os
import random
import time

from harness import millrace, records
from harness.server import wait_until

seed = int(os.environ.get("MILLRACE_SEED", str(random.randrange(10**6))))
config = {
    "connector.class": "io.debezium.connector.postgresql.PostgresConnector", "topic.prefix": "change", "slot.name": "changes",
    "publication.name": "changes", "key.converter.schemas.enable": "false", "value.converter.schemas.enable": "false",
    "key.converter": "org.apache.kafka.connect.json.JsonConverter", "value.converter": "org.apache.kafka.connect.json.JsonConverter",
}
setup = """create table mark (id int primary key); create table a (id int primary key, v text); insert into a values (1, 'first');
create table wide (id int primary key, %s);""" % ", ".join(f"c{n} int" for n in range(1, 1599))

steps = [
    "insert into a values (2, 'two')",
    "alter table a add column w int; insert into a values (3, 'three', 33)",
    "begin; insert into a values (4, 'four', 44); alter table a add column x text not null default 'xé'; insert into a values (5, 'five'); "
    "alter table a drop column v; update a set w = 0 where id = 4; commit",
    "alter table a rename column w to \"w \"\"quoted\"\" é\n;drop table mark--\"; insert into a values (6, 66)",
    "alter table a alter \"w \"\"quoted\"\" é\n;drop table mark--\" type text; insert into a values (7, 'seven')",
    "begin; alter table a rename to \"B.\"\"b\"; insert into \"B.\"\"b\" values (8, 'eight'); alter table \"B.\"\"b\" rename to c; "
    "insert into c values (9, 'nine'); commit",
    "begin; savepoint s; alter table c add column gone int; insert into c values (90, 'x', 'y', 9); rollback to s; insert into c values (10, 'ten'); commit",
    # Made anew under the same name, with other columns, within a transaction and without.
    "drop table c; create table c (id bigint primary key, n numeric(8, 2)); insert into c values (1, 1.25)",
    "begin; drop table c; create table c (k text primary key, j jsonb); insert into c values ('k', '{\"a\": 1}'); commit; update c set j = 'null'",
    # Another primary key, and none. Of a key of several columns the log does not tell the order, only the catalog does: here it is
    # that of the columns.
    "alter table c drop constraint c_pkey; alter table c add column id int not null default 7; "
    "alter table c alter id drop default, alter k drop not null, add primary key (id); update c set j = '{}'",
    "insert into c values (null, '[]', 8); update c set id = 9 where id = 8",
    "begin; alter table c drop constraint c_pkey; alter table c add primary key (j, id); update c set j = '1' where id = 7; commit",
    "delete from c where id = 7",
    # Every replica identity.
    "create table r (id int primary key, u int not null, v text); insert into r values (1, 1, 'v')",
    "alter table r replica identity full; update r set v = 'full'",
    "create unique index r_u on r (u); alter table r replica identity using index r_u; update r set v = 'index'; update r set u = 2",
    "begin; alter table r replica identity default; update r set v = 'default'; alter table r replica identity full; update r set v = 'full again'; commit",
    "alter table r replica identity nothing; insert into r values (3, 3, 'nothing')",
    # As many columns as a table can have; a hundred megabytes would be the same code with more memory: test_large_values.
    "insert into wide values (1, %s)" % ", ".join(map(str, range(1, 1599))),
    "alter table wide drop column c7; insert into wide (id, c1598) values (2, -1)",
    "truncate c, r; insert into c values ('again', '2', 1)",
    "create schema \"s.s\"; alter table c set schema \"s.s\"; insert into \"s.s\".c values ('moved', '3', 2)",
    # `r` stays: under other replica identities than the default one only the catalog knows the key.
    "drop table \"s.s\".c, wide",
]


class Play:
    def __init__(self, postgres, folder):
        self.postgres, self.folder, self.database = postgres, folder, "changes"
        self.records, self.process, self.marks = folder / "records.jsonl", None, 0
        postgres.drop_slots("slot_name = %s", "changes")
        postgres.create_database(self.database)
        postgres.script(setup, self.database)
        (folder / "config.json").write_text(json.dumps({**config, "skipped.operations": "none"}))

    def start(self):
        settings = {**self.postgres.settings(self.database), **millrace.file_output(self.folder), "offset.flush.interval.ms": "50"}
        self.process = millrace.Millrace(self.folder / "config.json", settings, log=self.folder / "log")

    def catch_up(self):
        self.marks += 1
        self.postgres.query("insert into mark values (%s)", self.database, [self.marks])
        mark = b'"after":{"id":%d}' % self.marks

        def arrived():
            assert self.process.running(), self.process.messages()
            return self.records.exists() and any(mark in line and b'"change.public.mark"' in line for line in self.records.read_bytes().split(b"\n"))

        wait_until(arrived, 120, "the mark")
        # Killed before the snapshot is stored as whole, it would read rows as they are by then.
        wait_until(self.is_streamed, 30, "a position behind the snapshot")

    def is_streamed(self):
        offsets = self.folder / "offsets"
        return offsets.exists() and any(mark in offsets.read_text() for mark in ('"snapshot_completed": true', '"messageType"'))

    def end(self):
        """The records but for marks, repetitions and what differs from run to run."""
        assert self.process.stop() == 0, self.process.messages()
        self.postgres.drop_database(self.database)
        seen, kept = set(), []
        for line in self.records.read_text().split("\n")[:-1]:
            record = json.loads(line)
            source = (record["value"] or {}).get("source", {})
            place = (source.get("lsn"), record["topic"], json.dumps(record["key"]), (record["value"] or {}).get("op"))
            if record["topic"] == "change.public.mark" or record["value"] is None or place in seen:
                continue
            seen.add(place)
            kept.append(records.mask(line))
        return kept


def test_records_do_not_depend_on_when_the_log_is_read(postgres, tmp_path):
    folders = [millrace.fresh(tmp_path / name) for name in ("live", "away", "killed")]
    live = Play(postgres, folders[0])
    live.start()
    live.catch_up()
    for step in steps:
        postgres.script(step + ";", live.database)
        live.catch_up()
    expected = live.end()
    assert len(expected) > 30

    away = Play(postgres, folders[1])
    away.start()
    away.catch_up()
    away.process.kill()
    for step in steps:
        postgres.script(step + ";", away.database)
    away.start()
    away.catch_up()
    compare(expected, away.end())

    dice = random.Random(seed)
    print(f"MILLRACE_SEED={seed}")
    killed = Play(postgres, folders[2])
    killed.start()
    killed.catch_up()
    for step in steps:
        if not killed.process.running():
            killed.start()
        time.sleep(dice.choice((0, 0.05, 0.3)))
        postgres.script(step + ";", killed.database)
        time.sleep(dice.choice((0, 0.05, 0.3)))
        if dice.random() < 0.7:
            killed.process.kill()
    if not killed.process.running():
        killed.start()
    killed.catch_up()
    compare(expected, killed.end())


def compare(expected, seen):
    for number, (one, other) in enumerate(zip(expected, seen)):
        assert one == other, f"record {number}:\n{one[:1500]}\n{other[:1500]}"
    assert len(expected) == len(seen)


def test_large_values(postgres, tmp_path):
    """A text and bytes of 100 MB each, in the snapshot and in the stream."""
    postgres.drop_slots("slot_name = %s", "changes")
    (tmp_path / "config.json").write_text(json.dumps(config))
    with postgres.database("changes") as database:
        postgres.script("create table large (id int primary key, t text, b bytea);"
                        "insert into large values (1, repeat('é\"', 33000000), null);", database)
        settings = {**postgres.settings(database), **millrace.file_output(tmp_path)}
        millrace.run(tmp_path / "config.json", settings, "--exit-when-idle", "1", log=tmp_path / "log")
        postgres.script("insert into large values (2, null, decode(repeat('00ff10', 33000000), 'hex')); insert into large values (3, 'after', null);", database)
        millrace.run(tmp_path / "config.json", settings, "--exit-after", "2", log=tmp_path / "log")
        seen = [json.loads(line)["value"]["after"] for line in open(tmp_path / "records.jsonl")]
    assert [row["id"] for row in seen] == [1, 2, 3]
    assert seen[0]["t"] == 'é"' * 33_000_000
    assert seen[1]["b"] == "AP8Q" * 33_000_000
    assert seen[2]["t"] == "after"
