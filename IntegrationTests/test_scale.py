"""A thousand captured tables: what that costs in memory and in time to the first record."""

import json
import subprocess
import time

from harness import millrace
from harness.server import wait_until

tables = 1000
config = {
    "connector.class": "io.debezium.connector.postgresql.PostgresConnector", "topic.prefix": "many", "slot.name": "many",
    "publication.name": "many", "key.converter": "org.apache.kafka.connect.json.JsonConverter",
    "value.converter": "org.apache.kafka.connect.json.JsonConverter",
}
columns = "id int primary key, a text not null default 'x', b numeric(10, 2), c timestamp, d jsonb, e bigint, f uuid, g bool, h text[], i date"


def test_a_thousand_tables(postgres, tmp_path):
    """The default converters, so each record has its schema with it, and each table plans of its own."""
    postgres.drop_slots("slot_name = %s", "many")
    (tmp_path / "config.json").write_text(json.dumps(config))
    with postgres.database("many") as database:
        postgres.script("".join(f"create table t{n} ({columns}); insert into t{n} (id) values (1);\n" for n in range(tables)), database)
        settings = {**postgres.settings(database), **millrace.file_output(tmp_path)}
        millrace.run(tmp_path / "config.json", settings, "--exit-when-idle", "1", log=tmp_path / "log")
        begin = time.monotonic()
        process = millrace.Millrace(tmp_path / "config.json", settings, log=tmp_path / "log")
        try:
            wait_until(lambda: postgres.query("select 1 from pg_replication_slots where slot_name = 'many' and active") or not process.running(), 60)
            start = time.monotonic() - begin
            # A change of every table, one after the other, in one transaction and in many.
            postgres.script("begin;" + "".join(f"insert into t{n} (id) values (2);\n" for n in range(tables)) + "commit;", database)
            postgres.script("".join(f"update t{n} set a = 'y' where id = 2;\n" for n in reversed(range(tables))), database)
            records = tmp_path / "records.jsonl"
            wait_until(lambda: not process.running() or b'"after":{"id":2,"a":"y"' in tail(records) and b'"table":"t0"' in tail(records), 120, "the last table")
            peak = int(open(f"/proc/{process.process.pid}/status").read().split("VmHWM:")[1].split()[0]) / 1024
            print(f"{tables} tables: streaming after {start:.2f} s, peak memory {peak:.0f} MB")
            assert process.stop() == 0, process.messages()
        finally:
            if process.running():
                process.kill()
        written = subprocess.run(["grep", "-c", "", records], stdout=subprocess.PIPE, text=True).stdout
        assert int(written) == 3 * tables
        assert start < (1 if millrace.is_optimised() else 5)
        assert peak < 96


def tail(path):
    with open(path, "rb") as file:
        file.seek(max(0, path.stat().st_size - 20_000))
        return file.read()
