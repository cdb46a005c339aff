"""Libraries that learn and analyse read what the sinks write, as it is: pyarrow and DuckDB the Arrow files, river and Flink the JSON lines. No
record is lost by kills under load, and a published file is always whole."""

import json
import os
import pathlib
import random
import signal
import subprocess
import threading
import time

import pytest

from harness import consumers, millrace
from harness.load import Load, schema
from harness.server import wait_until

slot = "consumers"
config = {
    "connector.class": "io.debezium.connector.postgresql.PostgresConnector", "topic.prefix": "c", "slot.name": slot, "publication.name": slot,
    "value.converter.schemas.enable": "false", "key.converter.schemas.enable": "false", "offset.flush.interval.ms": "100",
}


@pytest.fixture(scope="module", autouse=True)
def libraries():
    consumers.load()


@pytest.fixture
def database(postgres):
    postgres.drop_slots("slot_name = %s", slot)
    with postgres.database("consumers") as name:
        yield name


class Run:
    """One pipeline into Arrow files."""

    def __init__(self, postgres, database, folder, **settings):
        self.folder, self.config = folder, folder / "config.json"
        self.config.write_text(json.dumps(config))
        self.settings = {**postgres.settings(database), "sink.type": "arrow", "sink.arrow.path": f"{folder}/arrow",
                         "offset.storage.file.filename": f"{folder}/offsets", **settings}

    def once(self):
        millrace.run(self.config, self.settings, "--exit-when-idle", "1", log=self.folder / "log")

    def start(self, **more):
        return millrace.Millrace(self.config, {**self.settings, **more}, log=self.folder / "log")

    def files(self, table):
        """The published files of a table; each has to be whole."""
        import pyarrow as pa
        tables = []
        for path in sorted((self.folder / "arrow" / f"c.public.{table}").glob("*.arrow")):
            with pa.ipc.open_file(path) as file:
                tables.append(file.read_all())
            tables[-1].validate(full=True)
        return tables


def test_each_type_is_a_typed_column(postgres, database, tmp_path):
    postgres.script("""create type mood as enum ('sad', 'ok');
        create table types (id int primary key, small smallint, big bigint, r real, d double precision, n numeric(20,4), huge numeric(60,2), free numeric,
          b boolean, t text, v varchar(5), raw bytea, day date, at time(3), at6 time, stamp timestamp, stamp3 timestamp(3), zoned timestamptz, span interval,
          u uuid, j jsonb, m mood, ints int[], texts text[], p point);
        insert into types values (1, -5, 9007199254740993, 1.5, -0.1, -12345.6789, 12345678901234567890123456789012345678901234567890.25, 1e-3,
          true, 'grüße', 'a', '\\x00ff', '2024-02-29', '13:14:15.678', '13:14:15.123456', '2024-02-29 13:14:15.123456', '1969-12-31 23:59:59.999',
          '2024-02-29 13:14:15.123456+02', '1 day', '11111111-2222-3333-4444-555555555555', '{"a": [1]}', 'ok', '{1,null,3}', '{x,"y z"}', '(1,2)'),
          (2, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null),
          (3, 1, 1, 'NaN', 'Infinity', 0, 0, 100, false, '', '', '', '0001-01-01', '00:00', '23:59:59.999999', '0001-01-01', '9999-12-31', '1970-01-01 00:00Z',
          '-1 hour', '00000000-0000-0000-0000-000000000000', 'null', 'sad', '{}', '{}', '(0,0)');""", database)
    run = Run(postgres, database, tmp_path)
    run.once()
    (table,) = run.files("types")
    types = {field.name: str(field.type) for field in table.schema}
    assert types == {
        "id": "int32", "small": "int16", "big": "int64", "r": "float", "d": "double", "n": "decimal128(20, 4)", "huge": "string", "free": "string",
        "b": "bool", "t": "string", "v": "string", "raw": "binary", "day": "date32[day]", "at": "time32[ms]", "at6": "time64[us]",
        "stamp": "timestamp[us]", "stamp3": "timestamp[ms]", "zoned": "timestamp[us, tz=UTC]", "span": "duration[us]", "u": "string", "j": "string",
        "m": "string", "ints": "list<item: int32>", "texts": "list<item: string>", "p": types["p"], "__op": "string", "__commit": "uint64",
        "__ordinal": "uint64", "__source_ts": "timestamp[ms]", "__unavailable": "list<item: string>"}
    assert types["p"].startswith("struct<x: double, y: double")
    rows = {row["id"]: {name: value for name, value in row.items() if not name.startswith("__")} for row in table.to_pylist()}
    # The server says the same in its own words.
    text = postgres.query("""select n::text, huge::text, free::text, encode(raw, 'hex'), day::text, at::text, at6::text, stamp::text, stamp3::text,
        (zoned at time zone 'UTC')::text, extract(epoch from span)::int, j::text from types where id = 1""", database)[0]
    one = rows[1]
    assert [str(one["n"]), one["huge"], one["free"], one["raw"].hex(), str(one["day"]), str(one["at"])[:-3], str(one["at6"]), str(one["stamp"]),
            str(one["stamp3"])[:-3], str(one["zoned"]).replace("+00:00", ""), int(one["span"].total_seconds()), one["j"]] == list(text)
    assert (one["small"], one["big"], one["r"], one["d"], one["b"], one["t"], one["v"]) == (-5, 9007199254740993, 1.5, -0.1, True, "grüße", "a")
    assert (one["u"], one["m"], one["ints"], one["texts"]) == ("11111111-2222-3333-4444-555555555555", "ok", [1, None, 3], ["x", "y z"])
    assert (one["p"]["x"], one["p"]["y"]) == (1, 2)
    assert all(value is None for name, value in rows[2].items() if name != "id")
    three = rows[3]
    assert three["r"] != three["r"] and three["d"] == float("inf") and (three["t"], three["ints"], three["raw"]) == ("", [], b"")
    assert (str(three["day"]), str(three["stamp3"]), str(three["zoned"])) == ("0001-01-01", "9999-12-31 00:00:00", "1970-01-01 00:00:00+00:00")
    assert table.column("__op").to_pylist() == ["r"] * 3


def test_wide_decimals_maps_lists_and_other_units(postgres, database, tmp_path):
    """Numbers that no 64 bits hold, with either sign; hstore as a map; Connect's own times; times that Arrow cannot have."""
    import decimal
    postgres.script("""create extension if not exists hstore;
        create table more (id int primary key, wide numeric(38,10), wides numeric(38,10)[], h hstore, day date, at time, stamp timestamp, stamps timestamp[]);
        insert into more values
          (1, 1234567890123456789012345678.0123456789, '{-0.0000000001,NULL,9999999999999999999999999999.9999999999}', 'a=>1,b=>NULL', '2024-02-29', '13:14:15.123',
            '2024-02-29 13:14:15.123', '{1969-12-31 23:59:59.999}'),
          (2, -1234567890123456789012345678.0123456789, '{}', '', null, '24:00', null, null),
          (3, -9999999999999999999999999999.9999999999, null, null, null, null, null, null), (4, -0.5, null, null, null, null, null, null);""", database)
    settings = {"hstore.handling.mode": "map", "time.precision.mode": "connect"}
    run = Run(postgres, database, tmp_path, **settings)
    code, _, errors = millrace.call("run", run.config, *millrace.settings_to_arguments(run.settings), "--exit-when-idle", "1")
    assert code == 1 and "sink.arrow.times=duration" in errors, errors
    run.settings["sink.arrow.times"] = "duration"
    run.once()
    (table,) = run.files("more")
    types = {field.name: str(field.type) for field in table.schema if not field.name.startswith("__")}
    assert types == {"id": "int32", "wide": "decimal128(38, 10)", "wides": "list<item: decimal128(38, 10)>", "h": "map<string, string>", "day": "date32[day]",
                     "at": "duration[ms]", "stamp": "timestamp[ms]", "stamps": "list<item: timestamp[ms]>"}
    rows = table.to_pylist()
    source = postgres.query("select wide, wides from more order by id", database)
    assert [(row["wide"], row["wides"]) for row in rows] == source and all(isinstance(row["wide"], decimal.Decimal) for row in rows)
    assert [row["h"] for row in rows] == [[("a", "1"), ("b", None)], [], None, None]
    assert (str(rows[0]["day"]), rows[0]["at"].total_seconds(), str(rows[0]["stamp"])) == ("2024-02-29", 47655.123, "2024-02-29 13:14:15.123000")
    assert rows[1]["at"].total_seconds() == 86400 and str(rows[0]["stamps"][0]) == "1969-12-31 23:59:59.999000"


def changes_of(tables):
    return sorted((row for table in tables for row in table.to_pylist()), key=lambda row: (row["__commit"], row["__ordinal"]))


def test_a_changelog_has_operation_position_and_old_row(postgres, database, tmp_path):
    postgres.script("""create table goods (id int primary key, name text, price numeric(8,2), picture bytea);
        alter table goods alter picture set storage external;
        insert into goods values (1, 'a', 1.50, decode(repeat('00ff', 5000), 'hex')), (2, 'b', 2, null);""", database)
    run = Run(postgres, database, tmp_path, **{"sink.arrow.before": "true", "sink.arrow.vector.columns": "picture", "skipped.operations": "none"})
    run.once()
    postgres.script("""update goods set price = 3.25 where id = 1; insert into goods values (3, 'c', 9, '\\x0102'); delete from goods where id = 2;
        alter table goods replica identity full; update goods set name = 'cc' where id = 3; truncate goods;""", database)
    run.once()
    files = run.files("goods")
    assert [table.num_rows for table in files] == [2, 5]
    changes = changes_of(files)
    assert [(row["__op"], row["id"], row["name"], row["__unavailable"]) for row in changes] == [
        ("r", 1, "a", None), ("r", 2, "b", None), ("u", 1, "a", ["picture"]), ("c", 3, "c", None), ("d", 2, None, None), ("u", 3, "cc", None), ("t", None, None, None)]
    assert changes[0]["picture"] == [0.0, 255.0] * 5000 and changes[2]["picture"] is None and changes[3]["picture"] == [1.0, 2.0]
    assert [row["__before"] and row["__before"]["name"] for row in changes] == [None] * 4 + [None, "c", None]
    assert changes[4]["__before"]["id"] == 2 and str(changes[5]["__before"]["price"]) == "9.00"
    assert all(row["__source_ts"] is not None and row["__commit"] > 0 for row in changes)


def test_duckdb_makes_the_table_of_its_newest_states(postgres, database, tmp_path):
    import duckdb
    import pyarrow.dataset
    postgres.script("create table goods (id int primary key, v text); insert into goods select i, 'v' || i from generate_series(1, 1000) i;", database)
    run = Run(postgres, database, tmp_path, **{"sink.arrow.layout": "latest"})
    run.once()
    postgres.script("""update goods set v = 'w' || id where id <= 500; update goods set v = 'x' || id where id <= 300; delete from goods where id % 7 = 0;
        insert into goods values (7, 'again');""", database)
    run.once()
    first, second = run.files("goods")
    # Of each key one state in a file; the delete and the insert of 7 are one.
    assert (first.num_rows, second.num_rows) == (1000, 500 + len([n for n in range(501, 1001) if n % 7 == 0]))
    goods = pyarrow.dataset.dataset(tmp_path / "arrow/c.public.goods", format="arrow")   # noqa: F841, DuckDB finds it by its name
    newest = duckdb.sql("""select id, v from (select * from goods qualify row_number() over (partition by id order by __commit desc, __ordinal desc) = 1)
        where __op <> 'd' order by id""").fetchall()
    assert newest == postgres.query("select id, v from goods order by id", database)
    assert len(newest) == 859


def test_unwrapped_rows_lists_and_other_columns(postgres, database, tmp_path):
    """A schema change ends the file; a delete without a row has its key."""
    postgres.script("create table flat (id int primary key, v double precision[]); insert into flat values (1, '{0.5,1.5}');", database)
    unwrap = {"transforms": "unwrap", "transforms.unwrap.type": "io.debezium.transforms.ExtractNewRecordState", "sink.arrow.format": "stream"}
    run = Run(postgres, database, tmp_path, **unwrap)
    run.once()
    postgres.script("insert into flat values (2, null); alter table flat add name text; insert into flat values (3, '{}', 'c'); delete from flat where id = 1;", database)
    run.once()
    import pyarrow as pa
    files = []
    for path in sorted((tmp_path / "arrow/c.public.flat").glob("*.arrows")):
        with open(path, "rb") as file:
            files.append(pa.ipc.open_stream(file).read_all())
    rows = [[{name: row[name] for name in row if name not in ("__commit", "__ordinal", "__unavailable")} for row in table.to_pylist()] for table in files]
    assert rows == [[{"id": 1, "v": [0.5, 1.5], "__op": None}], [{"id": 2, "v": None, "__op": None}],
                    [{"id": 3, "v": [], "name": "c", "__op": None}, {"id": 1, "v": None, "name": None, "__op": "d"}]]


def test_kills_under_load_lose_nothing_and_published_files_are_whole(postgres, database, tmp_path):
    dice = random.Random(5)
    postgres.script(schema, database)
    run = Run(postgres, database, tmp_path, **{"sink.arrow.roll.interval.ms": "300", "sink.arrow.roll.rows": "3000", "sink.arrow.batch.rows": "500"})
    tables = {"accounts": ["id"], "lines": ["account", "n"], "wide": ["id"], "shapes": ["id"]}
    removed = 0
    with Load(postgres.url(database), 5, pause=0.003) as load:
        for _ in range(15):
            process = run.start(**{"offset.flush.interval.ms": dice.choice(("20", "200"))})
            time.sleep(dice.uniform(0.2, 1.5))
            assert process.running(), process.messages()
            process.kill()
            removed += len(list((tmp_path / "arrow").glob("*/.*.part")))
            for table in tables:
                run.files(table)
        wait_until(lambda: load.transactions > 200 or load.failure, 60, "the load")
    run.once()
    assert removed > 0 and not list((tmp_path / "arrow").glob("*/.*.part"))
    for table, key in tables.items():
        newest, seen, repeated = {}, set(), 0
        for row in changes_of(run.files(table)):
            position = (row["__commit"], row["__ordinal"], row["__op"])
            repeated += row["__op"] != "r" and position in seen
            seen.add(position)
            newest[tuple(row[name] for name in key)] = row
        live = {key: row for key, row in newest.items() if row["__op"] != "d"}
        names = ", ".join(key)
        assert sorted(live) == sorted(postgres.query(f"select {names} from {table}", database)), table
        print(f"{table}: {len(live)} rows, {repeated} changes twice")
    assert {k: str(row["balance"]) for k, row in newest_of(run, "accounts").items()} == dict(
        ((i,), balance) for i, balance in postgres.query("select id, balance::text from accounts", database))


def newest_of(run, table):
    rows = {(row["id"],): row for row in changes_of(run.files(table))}
    return {key: row for key, row in rows.items() if row["__op"] != "d"}


def test_an_online_learner_follows_the_changes(postgres, database, tmp_path):
    """river: a classifier learns row by row from the JSON lines; what is updated or deleted is taken back out of its statistics."""
    from river import linear_model, metrics, multiclass, preprocessing, stats
    postgres.script(millrace.root / "Examples/iris/iris.sql", database)
    postgres.script("alter table iris_train replica identity full;", database)
    run = Run(postgres, database, tmp_path, **{**millrace.file_output(tmp_path), "table.include.list": "public.iris_train"})
    run.once()
    postgres.script("update iris_train set petal_length = petal_length + 1 where iris_class = 2; delete from iris_train where iris_class = 1;", database)
    run.once()
    features = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
    model = preprocessing.StandardScaler() | multiclass.OneVsRestClassifier(linear_model.LogisticRegression())
    accuracy, means = metrics.Accuracy(), {}
    rows = [json.loads(line)["value"] for line in (tmp_path / "records.jsonl").read_text().splitlines()]
    snapshot = [row["after"] for row in rows if row and row["op"] == "r"]
    random.Random(1).shuffle(snapshot)
    for row in snapshot:
        x = {name: row[name] for name in features}
        accuracy.update(row["iris_class"], model.predict_one(x))
        model.learn_one(x, row["iris_class"])
    for row in filter(None, rows):
        for state, learn in ((row["before"], "revert"), (row["after"], "update")):
            if state:
                getattr(means.setdefault(state["iris_class"], stats.Mean()), learn)(state["petal_length"])
    assert accuracy.get() > 0.7, accuracy
    for number, mean in postgres.query("select iris_class, avg(petal_length) from iris_train group by 1", database):
        assert means[number].get() == pytest.approx(mean)
    assert means[1].n == 0


def test_flink_follows_a_folder_as_a_changelog(postgres, database, tmp_path):
    """Files of values are complete when they are seen: Flink never reads what is appended to one that it knows."""
    python = consumers.flink()
    postgres.script(millrace.root / "Examples/iris/iris.sql", database)
    postgres.script("alter table iris_train replica identity full;", database)
    folder = millrace.fresh(tmp_path / "iris")
    run = Run(postgres, database, tmp_path, **{
        "sink.type": "file", "sink.file.path": f"{folder}/.changes.jsonl", "sink.file.lines": "value", "sink.file.rotate.interval.ms": "300",
        "table.include.list": "public.iris_train"})
    process = run.start()
    with open(tmp_path / "flink.log", "wb") as log:
        job = subprocess.Popen([python, pathlib.Path(__file__).parent / "flink/changelog.py", folder, "120", str(120 + 2 * 40 + 40 + 5)],
                               stdout=subprocess.PIPE, stderr=log, text=True, cwd=tmp_path, start_new_session=True)
    end = threading.Timer(180, os.killpg, (job.pid, signal.SIGKILL))
    end.start()
    try:
        assert "first" in job.stdout.readline(), (tmp_path / "flink.log").read_text()[-2000:]
        # Changes of different rows in small pieces, so that Flink sees many files come, in whatever order.
        for number in range(5):
            postgres.script(f"""update iris_train set petal_length = petal_length + 1 where iris_class = 2 and id % 5 = {number};
                delete from iris_train where iris_class = 1 and id % 5 = {number};
                insert into iris_train (sepal_length, sepal_width, petal_length, petal_width, species, iris_class)
                values (1, 1, {number} + 0.5, 1, 'new', 3);""", database)
            time.sleep(0.5)
        out, _ = job.communicate()
        assert job.returncode == 0, (tmp_path / "flink.log").read_text()[-2000:]
    finally:
        end.cancel()
        if job.poll() is None:
            os.killpg(job.pid, signal.SIGKILL)
        assert process.stop() == 0, process.messages()
    result = json.loads(out)
    assert sorted(result["kinds"].values()) == [40, 40, 40, 125]
    assert {int(number): tuple(row) for number, row in result["rows"].items()} == {
        number: (length, species) for number, length, species in postgres.query("select id, petal_length, species from iris_train", database)}
