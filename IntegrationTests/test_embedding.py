"""Programs that embed the library (Examples/embed, a package of its own), and an executable with components of its own
(Examples/custom)."""

import json
import pathlib
import random
import re
import shutil
import subprocess
import time

import pytest

from harness import millrace, mysql
from harness.server import wait_until

package = millrace.root / "Examples/embed"
slot = "embedding"
others = re.compile(r"rdkafka|mariadb|mysql|mongo|bson|sqlite|odbc")


def build(folder, *arguments, before=()):
    done = subprocess.run([*before, "swift", "build", *arguments], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


def without_headers(folder):
    """The beginning of a command that sees no header of a database or broker but libpq's, or nothing where mounting is not allowed."""
    empty = folder / "empty"
    empty.mkdir()
    names = ("librdkafka", "mariadb", "mysql", "libmongoc-1.0", "libbson-1.0")
    hidden = [include / name for include in (pathlib.Path("/usr/include"), pathlib.Path("/usr/local/include")) for name in names]
    mounts = " && ".join(f"mount --bind '{empty}' '{path}'" for path in hidden if path.is_dir())
    command = ["unshare", "--mount", "sh", "-c", f"{mounts} && exec \"$@\"", "sh"]
    return command if mounts and subprocess.run([*command, "true"], capture_output=True).returncode == 0 else []


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    """Built from nothing, where no other headers are if they can be hidden."""
    folder = tmp_path_factory.mktemp("headers")
    before = without_headers(folder)
    if before:   # the control: who includes librdkafka does not compile there, but does here
        (folder / "probe.c").write_text("#include <librdkafka/rdkafka.h>\n")
        probe = [shutil.which("clang") or "cc", "-fsyntax-only", folder / "probe.c"]
        subprocess.run(probe, check=True)
        done = subprocess.run([*before, *probe], stderr=subprocess.PIPE, text=True)
        assert done.returncode != 0 and "rdkafka.h" in done.stderr, done.stderr
    shutil.rmtree(package / ".build", ignore_errors=True)
    code, said = build(package, before=before)
    assert code == 0, said
    return package / ".build/debug"


@pytest.fixture(scope="module")
def custom():
    code, said = build(millrace.root, "--product", "millrace-custom")
    assert code == 0, said
    return millrace.root / ".build/debug/millrace-custom"


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


def compiled(products):
    return {path.stem for path in (products / "Modules").glob("*.swiftmodule")}


def test_an_embedder_of_one_connector_builds_and_links_nothing_of_the_others(programs, custom):
    linked = subprocess.run(["ldd", programs / "orders"], capture_output=True, text=True, check=True).stdout
    assert "libpq.so" in linked
    assert not others.search(linked), linked
    linked = subprocess.run(["ldd", custom], capture_output=True, text=True, check=True).stdout
    assert others.search(linked), "this check finds nothing"
    assert compiled(programs) == {"MillraceCore", "MillracePostgres", "orders", "replica"}
    assert {"MillraceKafka", "ArgumentParser"} <= compiled(custom.parent), "this check finds nothing"
    assert not any((package / ".build/checkouts").glob("*")), "other packages were resolved"


def test_an_embedder_of_mongodb_links_no_other_database_and_gets_documents(mongo, tmp_path):
    folder = millrace.root / "Examples/embed-mongodb"
    shutil.rmtree(folder / ".build", ignore_errors=True)
    code, said = build(folder)
    assert code == 0, said
    program = folder / ".build/debug/documents"
    linked = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    assert "libmongoc" in linked
    assert not re.search(r"libpq|rdkafka|mariadb|mysql|sqlite|odbc", linked), linked
    assert compiled(program.parent) == {"MillraceCore", "MillraceMongoDB", "documents"}
    with mongo.database("embedding") as name:
        client = mongo.client()
        client[name].orders.insert_one({"_id": 1, "customer": "Ada"})
        arguments = millrace.settings_to_arguments({"topic.prefix": "shop", **mongo.settings(), "database.include.list": name})
        code, out, errors = call(program, 1, *arguments, cwd=tmp_path)
        assert (code, out) == (0, 'r 1 {"_id": 1,"customer": "Ada"}\n'), errors
        client[name].orders.insert_one({"_id": 2})
        client[name].orders.delete_one({"_id": 1})
        client.close()
        code, out, errors = call(program, 2, *arguments, cwd=tmp_path)
        assert (code, out) == (0, 'c 2 {"_id": 2}\nd 1 -\n'), errors


def test_an_embedder_of_mysql_links_no_other_database_and_gets_rows(tmp_path):
    folder = millrace.root / "Examples/embed-mysql"
    shutil.rmtree(folder / ".build", ignore_errors=True)
    code, said = build(folder)
    assert code == 0, said
    program = folder / ".build/debug/rows"
    linked = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    assert "libmariadb" in linked
    assert not re.search(r"libpq|rdkafka|mongoc|bson|sqlite|odbc", linked), linked
    assert compiled(program.parent) == {"MillraceCore", "MillraceMySQL", "rows"}
    for kind, connector in (("mysql", "mysql.MySqlConnector"), ("mariadb", "mariadb.MariaDbConnector")):
        server, work = mysql.start(kind), tmp_path / kind
        work.mkdir()
        with server.database("embedding") as name:
            server.script("""create table orders (id int primary key, customer text not null, price decimal(10,2));
                insert into orders values (1, 'Ada', 12.50), (2, 'Bob', null);""", name)
            arguments = millrace.settings_to_arguments({
                "connector.class": f"io.debezium.connector.{connector}", "topic.prefix": "shop", **server.settings(), "database.include.list": name})
            code, out, errors = call(program, 2, *arguments, cwd=work)
            assert (code, out) == (0, "r 1 Ada 12.50\nr 2 Bob -\n"), errors
            server.script("insert into orders values (3, 'Eve', 99999999.99); update orders set price = 0.10 where id = 2; delete from orders where id = 1;", name)
            code, out, errors = call(program, 3, *arguments, cwd=work)
            assert (code, out) == (0, "c 3 Eve 99999999.99\nu 2 Bob 0.10\nd 1\n"), errors


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


def test_a_consumer_that_stores_the_position_with_its_content_counts_each_record_once(programs, postgres, database, tmp_path):
    """Killed at random points, first in the snapshot, then in the stream under load; every row is counted, none twice. (What is
    inserted while a snapshot is interrupted comes as a row and as a change, so there is no load before the stream.)"""
    dice = random.Random(7)
    # A row a block, so that the table is read in five ranges.
    written = 20000
    postgres.script(f"""alter table orders set (fillfactor = 10);
        insert into orders select i, repeat('c', 600), i, null from generate_series(3, {written}) i""", database)
    log, state = tmp_path / "log", tmp_path / "state.json"

    def start(rows):
        with open(log, "ab") as file:
            return subprocess.Popen([programs / "replica", state, str(rows), *millrace.settings_to_arguments(settings(postgres, database))],
                                    cwd=tmp_path, stdout=file, stderr=file)

    def write(rows):
        nonlocal written
        postgres.query("insert into orders select i, 'c', i, null from generate_series(%s, %s) i", database, [written + 1, written + rows])
        written += rows

    def is_streaming():
        return bool(postgres.query("select 1 from pg_replication_slots where slot_name = %s and active", parameters=[slot]))

    def counted():
        return json.loads(state.read_text())["rows"] if state.exists() else 0

    def kill(process):
        process.kill()
        process.wait()
        wait_until(lambda: not is_streaming())

    met = set()
    for turn in range(40):
        process = start(written + 1)
        before, end = counted(), time.monotonic() + 30
        while turn % 3 < 2 and counted() == before < written and time.monotonic() < end:
            time.sleep(0.001)
        time.sleep(0 if turn % 3 == 0 else dice.uniform(0, 0.05))
        kill(process)
        met.add(counted())
        if len(met - {0, written}) > 1:
            break
        if counted() == written:   # too late: from the beginning
            state.unlink()
            postgres.drop_slots("slot_name = %s", slot)
    assert len(met - {0, written}) > 1, f"the kills have not met the snapshot: {met}"
    process = start(written + 1)
    wait_until(lambda: is_streaming() and counted() == written)
    write(1)
    assert process.wait(60) == 0, log.read_text()
    met = []
    for _ in range(8):
        process = start(1 << 40)
        until = time.monotonic() + dice.uniform(0.2, 0.6)
        while time.monotonic() < until:
            write(dice.randrange(1, 400))
        write(3000)
        time.sleep(dice.choice([0, 0.01, 0.03]))
        kill(process)
        met.append((counted(), written))
    assert any(rows < most for rows, most in met) and met[0][0] < met[-1][0], f"no kill has met the stream: {met}"
    process = start(written)
    assert process.wait(60) == 0, log.read_text()
    assert log.read_text().split()[-2:] == [str(written), str(written * (written + 1) // 2)]


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


def test_the_digits_transform_and_the_one_that_the_program_brings_agree(custom, postgres, database, tmp_path):
    postgres.script(r"""create table digits (id int primary key, label smallint, pixels bytea);
        insert into digits values (1, 7, '\x0009ff10'), (2, 0, '\x');""", database)
    config = tmp_path / "config.json"
    config.write_text(json.dumps({
        "connector.class": "io.debezium.connector.postgresql.PostgresConnector", **settings(postgres, database),
        "table.include.list": "public.digits", "offset.storage": "memory", "snapshot.mode": "initial_only",
        "key.converter": "simplestring", "value.converter": "simplestring", "transforms": "unwrap,csv",
        "transforms.unwrap.type": "io.debezium.transforms.ExtractNewRecordState"}))
    expected = [("7", "0,9,255,16"), ("0", "")]
    for csv in (["transforms.csv.type=DigitToCsv"], ["transforms.csv.type=CsvValue", "transforms.csv.columns=pixels", "transforms.csv.key.column=label"]):
        code, out, errors = call(custom, "run", config, *csv, cwd=tmp_path)
        assert code == 0, errors
        assert [(record["key"], record["value"]) for record in map(json.loads, out.splitlines())] == expected
