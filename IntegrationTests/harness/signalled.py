"""A database of any kind with two tables and one for signals, and a connector that streams them."""

import json
import re
from contextlib import contextmanager

from . import millrace, mongodb, mysql, server
from .server import wait_until

json_converter = "org.apache.kafka.connect.json.JsonConverter"
common = {
    "topic.prefix": "sig", "snapshot.mode": "no_data", "offset.flush.interval.ms": "20", "signal.poll.interval.ms": "50",
    "notification.enabled.channels": "sink", "notification.sink.topic.name": "notes", "retriable.restart.connector.wait.ms": "300",
    "key.converter": json_converter, "key.converter.schemas.enable": "false", "value.converter": json_converter, "value.converter.schemas.enable": "false",
}


class Tables:
    """rows_a with 500 rows, rows_b with 20: id and v."""

    def __init__(self, place, database):
        self.place, self.database = place, database

    def name(self, table):
        return f"{self.database}.{table}"

    def connection(self):
        return self.place.settings(self.database)


class PostgresTables(Tables):
    connector, list = "postgresql.PostgresConnector", "table.include.list"
    own = {"slot.name": "sig", "publication.name": "sig"}

    def name(self, table):
        return f"public.{table}"

    def create(self):
        self.run("create table signals (id varchar(42) primary key, type varchar(32) not null, data varchar(2048))")
        for table, count in (("rows_a", 500), ("rows_b", 20)):
            self.run(f"create table {table} (id int primary key, v text)")
            self.run(f"insert into {table} select i, 'v' || i from generate_series(1, {count}) i")

    def run(self, sql):
        return self.place.query(sql, self.database)

    def insert(self, table, id):
        self.run(f"insert into {table} values ({id}, 'v')")

    def change(self, table, times):
        for n in range(times):
            self.run(f"update {table} set v = 'w{n}'")

    def condition(self, table, least):
        return f"id >= {least}"

    def statement(self, table, least):
        return f"SELECT * FROM {self.name(table)} WHERE id >= {least}"

    def signals(self):
        return self.run("select count(*) from signals")[0][0]

    @contextmanager
    def reader(self):
        """The settings of a role that may read the tables and the log, and no more."""
        self.run("create role sig_reader login replication password 'sig'")
        self.run("grant select on all tables in schema public to sig_reader")
        self.run("create publication sig for table rows_a, rows_b")
        try:
            yield {"database.user": "sig_reader", "database.password": "sig", "publication.autocreate.mode": "disabled"}
        finally:
            self.run("drop owned by sig_reader")
            self.run("drop role sig_reader")


class MySQLTables(PostgresTables):
    own = {"include.schema.changes": "false"}

    def __init__(self, place, database):
        super().__init__(place, database)
        self.connector = {"mysql": "mysql.MySqlConnector", "mariadb": "mariadb.MariaDbConnector"}[place.name]

    def name(self, table):
        return f"{self.database}.{table}"

    def create(self):
        self.run("create table signals (id varchar(42) primary key, type varchar(32) not null, data varchar(2048))")
        for table, count in (("rows_a", 500), ("rows_b", 20)):
            self.run(f"create table {table} (id int primary key, v varchar(100))")
            self.run(f"insert into {table} values " + ", ".join(f"({i}, 'v{i}')" for i in range(1, count + 1)))

    @contextmanager
    def reader(self):
        self.run("drop user if exists sig_reader")
        self.run("create user sig_reader identified by 'sig'")
        try:
            self.run(f"grant select on {self.database}.* to sig_reader")
            self.run("grant replication slave, replication client on *.* to sig_reader")
            yield {"database.user": "sig_reader", "database.password": "sig"}
        finally:
            self.run("drop user sig_reader")


class MongoTables(Tables):
    connector, list = "mongodb.MongoDbConnector", "collection.include.list"
    own = {}

    def create(self):
        self.client = self.place.client()
        self.db = self.client[self.database]
        self.db.create_collection("signals")
        for table, count in (("rows_a", 500), ("rows_b", 20)):
            self.db[table].insert_many([{"_id": i, "v": f"v{i}"} for i in range(1, count + 1)])

    def insert(self, table, id):
        self.db[table].insert_one({"_id": id, "v": "v"})

    def change(self, table, times):
        for n in range(times):
            self.db[table].update_many({}, {"$set": {"v": f"w{n}"}})

    def condition(self, table, least):
        return json.dumps({"_id": {"$gte": least}})

    statement = condition

    def signals(self):
        return self.db.signals.count_documents({})


class Line:
    """The connector with its records, offsets and log."""

    def __init__(self, tables, folder):
        self.tables, self.folder, self.more, self.process = tables, folder, {}, None
        self.config, self.log = folder / "config.json", folder / "log"
        self.config.write_text(json.dumps({
            **common, **tables.own, "connector.class": f"io.debezium.connector.{tables.connector}", "signal.data.collection": tables.name("signals"),
            tables.list: ",".join(tables.name(table) for table in ("rows_a", "rows_b"))}))

    def settings(self):
        return {**self.tables.connection(), **millrace.file_output(self.folder), **self.more}

    def start(self, **more):
        """Until it streams."""
        before = self.streams()
        self.more = more
        self.process = millrace.Millrace(self.config, self.settings(), log=self.log)
        self.wait_for(lambda: self.streams() > before, "the stream")

    def streams(self):
        return len(re.findall(" streaming (?:from|slot)", self.messages()))

    def messages(self):
        return self.log.read_text() if self.log.exists() else ""

    def signal(self, type, *options):
        return millrace.call("signal", self.config, type, *millrace.settings_to_arguments(self.settings()), *options)

    def lines(self):
        path = self.folder / "records.jsonl"
        return [json.loads(line) for line in path.read_text().split("\n")[:-1]] if path.exists() else []

    def ids(self, table, op, marker=None):
        return [int(line["key"]["id"]) for line in self.lines()
                if line["topic"] == f"sig.{self.tables.name(table)}" and line["value"]["op"] == op and marker in (None, line["value"]["source"]["snapshot"])]

    def rows(self, table, marker=None):
        return self.ids(table, "r", marker)

    def created(self, table):
        return self.ids(table, "c")

    def states(self):
        """Millrace's own part of what is stored."""
        path = self.folder / "offsets"
        return [json.loads(checkpoint["state"]) for checkpoint in json.loads(path.read_text())["checkpoints"] if checkpoint.get("state")] if path.exists() else []

    def notes(self, id=None, about=None):
        return [line["value"]["type"] for line in self.lines()
                if line["topic"] == "notes" and id in (None, line["value"]["id"]) and about in (None, line["value"]["aggregate_type"])]

    def wait_for(self, condition, what):
        def holds():
            assert self.process.running(), f"it ended by itself\n{self.process.messages()}"
            return condition()
        return wait_until(holds, 60, what)


kinds = ["postgres", "mysql", "mariadb", "mongodb"]


def tables(kind, database):
    match kind:
        case "postgres": return PostgresTables(server.start(), database)
        case "mongodb": return MongoTables(mongodb.start(), database)
        case name: return MySQLTables(mysql.start(name), database)
