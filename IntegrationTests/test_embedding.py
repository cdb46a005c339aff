"""Programs that embed the library (Examples/embed, a package of its own), and an executable with components of its own
(Examples/custom)."""

import json
import random
import re
import shutil
import subprocess
import time

import pytest

from harness import millrace
from harness.server import wait_until

package = millrace.root / "Examples/embed"
slot = "embedding"


def build(folder, *arguments):
    done = subprocess.run(["swift", "build", *arguments], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


@pytest.fixture(scope="module")
def hidden(tmp_path_factory):
    """Compiler flags under which whoever includes librdkafka's headers does not compile."""
    folder = tmp_path_factory.mktemp("hidden")
    (folder / "librdkafka").mkdir()
    for header in ("rdkafka.h", "rdkafka_mock.h"):
        (folder / "librdkafka" / header).write_text('#error "librdkafka is not there"\n')
    return ["-Xcc", f"-I{folder}"]


@pytest.fixture(scope="module")
def programs(hidden):
    shutil.rmtree(package / ".build/debug/ModuleCache", ignore_errors=True)
    code, said = build(package, *(word for flag in hidden for word in ("-Xswiftc", flag)))
    assert code == 0, said
    return package / ".build/debug"


@pytest.fixture
def database(postgres):
    postgres.drop_slots("slot_name = %s", slot)
    with postgres.database("embedding") as name:
        postgres.script("""create table orders (id int primary key, customer text not null, price numeric(10,2), placed timestamp);
            insert into orders values (1, 'Ada', 12.50, '2024-02-29 12:00:00'), (2, 'Bob', null, null);""", name)
        yield name


def settings(postgres, database):
    return {"topic.prefix": "shop", **postgres.settings(database), "slot.name": slot, "publication.name": slot,
            "table.include.list": "public.orders", "offset.flush.interval.ms": "50"}


def call(program, *arguments, cwd, seconds=60):
    done = subprocess.run([program, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=seconds, cwd=cwd)
    return done.returncode, done.stdout, done.stderr


def test_the_headers_are_really_hidden(hidden, tmp_path):
    """Without this the next test would prove nothing."""
    (tmp_path / "probe.swift").write_text("import CRdKafka\nprint(rd_kafka_version())\n")
    command = ["swiftc", "-typecheck", "-I", str(millrace.root / "Sinks/Kafka/CRdKafka"), str(tmp_path / "probe.swift"), "-module-cache-path"]

    def outcome(*words):
        done = subprocess.run([*command, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return done.returncode, done.stdout
    code, said = outcome(tmp_path / "plain")
    assert code == 0, said
    code, said = outcome(tmp_path / "hidden", *hidden)   # modules are cached without regard to where their headers were
    assert code != 0 and "librdkafka is not there" in said, said


def test_an_embedder_of_one_connector_builds_and_links_nothing_of_the_others(programs):
    linked = subprocess.run(["ldd", programs / "orders"], capture_output=True, text=True, check=True).stdout
    assert "libpq.so" in linked
    assert not re.search(r"rdkafka|mariadb|mysql|mongo|bson|sqlite|odbc", linked), linked
    plan = (package / ".build/debug.yaml").read_text()
    assert "MillracePostgres" in plan
    assert not re.search(r"Kafka|MillraceServer|ArgumentParser|Yams", plan), "the build plan has more than one connector"
    assert not any((package / ".build/checkouts").glob("*")), "other packages were resolved"


def test_rows_and_changes_come_typed_and_only_once_over_two_runs(programs, postgres, database, tmp_path):
    arguments = millrace.settings_to_arguments(settings(postgres, database))
    code, out, errors = call(programs / "orders", 2, *arguments, cwd=tmp_path)
    assert (code, out) == (0, "r 1 Ada 12.50 1709208000000000\nr 2 Bob - -\n"), errors
    postgres.script("""insert into orders values (3, 'Eve', 99999999.99, null); update orders set price = 0.10 where id = 2;
        delete from orders where id = 1;""", database)
    code, out, errors = call(programs / "orders", 3, *arguments, cwd=tmp_path)
    assert (code, out) == (0, "c 3 Eve 99999999.99 -\nu 2 Bob 0.10 -\nd 1\n"), errors


def test_all_mistakes_are_found_before_the_start(programs, postgres, database, tmp_path):
    wrong = {**settings(postgres, database), "tabel.include.list": "x", "snapshot.mode": "sometimes", "offset.storage": "file"}
    code, out, errors = call(programs / "orders", 1, *millrace.settings_to_arguments(wrong), cwd=tmp_path)
    assert code == 0, errors
    assert "table.include.list" in out and "sometimes" in out and "offset.storage has no effect" in out, out
    assert not postgres.query("select 1 from pg_replication_slots where slot_name = %s", parameters=[slot])


def test_a_consumer_that_stores_the_position_with_its_content_counts_each_row_once(programs, postgres, database, tmp_path):
    """Killed at random points, in the snapshot and in the stream; every row is counted, none twice."""
    dice = random.Random(7)
    rows = 60000
    postgres.query("insert into orders select i, 'c' || i, i, null from generate_series(3, 30000) i", database)
    command = [str(programs / "replica"), "state.json", str(rows), *millrace.settings_to_arguments(settings(postgres, database))]
    written = 30000
    for kill in range(8):
        with open(tmp_path / "log", "ab") as log:
            process = subprocess.Popen(command, cwd=tmp_path, stdout=log, stderr=log)
        if kill >= 3:   # so that there is a stream to interrupt
            for n in range(20):
                postgres.query("insert into orders select i, 'c', i, null from generate_series(%s, %s) i", database, [written + 1, written + 200])
                written += 200
        time.sleep(dice.uniform(0.05, 0.6))
        process.kill()
        process.wait()
        # An idle position must not have been confirmed beyond what the consumer has stored.
        wait_until(lambda: not postgres.query("select 1 from pg_replication_slots where slot_name = %s and active", parameters=[slot]))
    if written < rows:
        postgres.query("insert into orders select i, 'c', i, null from generate_series(%s, %s) i", database, [written + 1, rows])
    code, out, errors = call(*command, cwd=tmp_path, seconds=120)
    assert code == 0, errors + (tmp_path / "log").read_text()
    assert out.split() == [str(rows), str(rows * (rows + 1) // 2)]


@pytest.fixture(scope="module")
def custom():
    code, said = build(millrace.root, "--product", "millrace-custom")
    assert code == 0, said
    return millrace.root / ".build/debug/millrace-custom"


def test_a_transform_and_a_sink_of_ones_own_are_named_in_a_configuration(custom, postgres, database, tmp_path):
    config = tmp_path / "config.json"
    config.write_text(json.dumps({
        "connector.class": "io.debezium.connector.postgresql.PostgresConnector", **settings(postgres, database),
        "offset.storage": "memory", "snapshot.mode": "initial_only", "value.converter.schemas.enable": "false",
        "transforms": "mask", "transforms.mask.type": "org.example.MaskColumn", "transforms.mask.column": "customer"}))
    code, out, errors = call(custom, "run", config, cwd=tmp_path)
    assert code == 0, errors
    values = [json.loads(line)["value"]["after"] for line in out.splitlines()]
    assert [(value["id"], value["customer"]) for value in values] == [(1, "***"), (2, "***")]
    code, out, errors = call(custom, "run", config, "sink.type=counting", cwd=tmp_path)
    assert code == 0, errors
    assert out.splitlines()[-1] == "shop.public.orders=2"
    code, out, errors = call(custom, "check", config, "transforms.mask.colum=x", cwd=tmp_path)
    assert code == 2 and "write transforms.mask.column" in out + errors
    assert "counting" in call(custom, "sinks", cwd=tmp_path)[1]
