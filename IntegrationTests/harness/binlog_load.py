"""A random writer on MySQL or MariaDB: inserts, updates, deletes, key changes, transactions of one to thousands of rows, savepoints,
rollbacks, XA transactions, compressed transactions and events, parts of documents, tables that come and go, and now and then other
columns. Each change writes a number of its own into `stamp`."""

import pymysql

from .writer import Writer

schema = """
create table accounts (id int primary key, owner varchar(60), balance decimal(12,2), note text, stamp bigint);
create table `lines` (account int, n int, amount decimal(12,2), at datetime(6) default now(6), stamp bigint, primary key (account, n));
create table wide (id bigint primary key, a varchar(100) character set latin1, b longtext, c json, stamp bigint);
create table shapes (id int primary key, n bigint, `a ``name``` varchar(100), stamp bigint);
create table sentinel (id int primary key, stamp bigint);
create table numbers (i int primary key);
set session cte_max_recursion_depth = 1000000;
insert into numbers with recursive n (i) as (select 1 union all select i + 1 from n where i < 100000) select i from n;
insert into accounts select i, concat('owner ', i), i, null, -i from numbers where i <= 2000;
insert into `lines` (account, n, amount, stamp) select i % 500, i, i, -i from numbers where i <= 2000;
insert into wide select i, repeat('ü', i % 60), repeat('w', i % 300), concat('{"i":', i, ',"long":"', repeat('l', 200), '"}'), -i from numbers where i <= 2000;
insert into shapes select i, i, concat('shape ', i), -i from numbers where i <= 200;
"""

sources = {
    "accounts": (["id"], "select id, owner, cast(balance as char) balance, note, stamp from accounts"),
    "lines": (["account", "n"], "select account, n, cast(amount as char) amount, timestampdiff(microsecond, '1970-01-01', at) at, stamp from `lines`"),
    "wide": (["id"], "select id, a, b, replace(cast(c as char), ' ', '') c, stamp from wide"),
    "shapes": (["id"], "select * from shapes"),
    "sentinel": (["id"], "select id, stamp from sentinel"),
}

no_such_thing = (1205, 1213, 1054, 1060, 1061, 1091, 1146, 1265, 1406)   # lock timeouts and deadlocks, a column or table that is gone


def schema_of(server):
    """MariaDB needs no limit of recursion, and has none of that name."""
    return schema.replace("set session cte_max_recursion_depth = 1000000;\n", "set session max_recursive_iterations = 1000000;\n") \
        if server.name.startswith("mariadb") else schema


class BinlogLoad(Writer):
    lost = (pymysql.OperationalError, pymysql.InterfaceError, pymysql.InternalError)

    def __init__(self, server, database, seed, pause=0.002, accounts=2000, rows=0, begin=1_000_000):
        """`rows`: those of the table `history`, where there is one. `begin`: behind which the numbers of its changes lie."""
        self.server, self._database, self._accounts, self._rows = server, database, accounts, rows
        self._is_mariadb = server.name.startswith("mariadb")
        self.prepared = self.compressed = 0
        super().__init__(seed, pause, survives=True)
        self._next = begin

    def _connect(self):
        connection = self.server.connect(self._database, connect_timeout=5, read_timeout=30)
        connection.autocommit(False)
        with connection.cursor() as cursor:
            cursor.execute("set session lock_wait_timeout = 1, innodb_lock_wait_timeout = 2")
            if not self._is_mariadb:
                cursor.execute("set session binlog_row_value_options = 'PARTIAL_JSON'")
            # What a crash of the server has left in between is brought to its end.
            cursor.execute("xa recover")
            for *_, name in cursor.fetchall():
                cursor.execute(f"xa commit '{name if isinstance(name, str) else name.decode()}'")
        return connection

    def _transaction(self):
        dice = self._random
        with self._connection.cursor() as cursor:
            try:
                if dice.random() < 0.02:
                    self._alter(cursor)
                if dice.random() < 0.01:
                    self._another_table(cursor)
                if dice.random() < 0.05:
                    self._compress(cursor)
                if dice.random() < 0.03:
                    return self._prepared(cursor)
                for _ in range(dice.choice((1, 1, 1, 2, 5, 20, 100))):
                    if dice.random() < 0.03:
                        self._savepoint(cursor)
                    self._statement(cursor)
                if dice.random() < 0.01:
                    self._large(cursor)
            except pymysql.OperationalError as error:
                if error.args[0] not in no_such_thing:
                    raise
                self._connection.rollback()
                return
        if dice.random() < 0.05:
            self._connection.rollback()
            self.rollbacks += 1
        else:
            self._connection.commit()
            self.transactions += 1

    def _stamp(self):
        self._next += 1
        return self._next

    def _compress(self, cursor):
        self.compressed += 1
        on = self._random.choice(("on", "off"))
        cursor.execute(f"set global log_bin_compress = {on}" if self._is_mariadb else f"set session binlog_transaction_compression = {on}")

    def _prepared(self, cursor):
        name = f"x{self._stamp()}"
        cursor.execute(f"xa start '{name}'")
        try:
            for _ in range(self._random.randrange(1, 20)):
                self._statement(cursor)
        except pymysql.OperationalError as error:
            if error.args[0] not in no_such_thing:
                raise
            cursor.execute(f"xa end '{name}'")
            cursor.execute(f"xa rollback '{name}'")
            return
        cursor.execute(f"xa end '{name}'")
        cursor.execute(f"xa prepare '{name}'")
        cursor.execute(f"xa commit '{name}'")
        self.prepared += 1

    def _savepoint(self, cursor):
        cursor.execute("savepoint s")
        for _ in range(self._random.randrange(1, 6)):
            self._statement(cursor)
        cursor.execute(self._random.choice(("rollback to savepoint s", "release savepoint s")))

    def _large(self, cursor):
        """More changes than one batch holds."""
        place = 600 + self._random.randrange(50)
        self._next += 3000
        cursor.execute("insert into `lines` (account, n, amount, stamp) select %s, i + %s, 0, %s from numbers where i <= 3000", (place, self._next - 3000, self._stamp()))
        cursor.execute("delete from `lines` where account = %s", (600 + self._random.randrange(50),))

    def _another_table(self, cursor):
        name = f"extra_{self._stamp()}"
        cursor.execute(f"create table {name} like shapes")
        cursor.execute(f"insert into {name} (id, stamp) values (1, %s)", (self._stamp(),))
        cursor.execute(self._random.choice((f"truncate table {name}", f"rename table {name} to {name}_b")))
        cursor.execute(f"drop table if exists {name}, {name}_b")

    def _alter(self, cursor):
        """A column more, one less, another name, place or type, between changes of the same table."""
        dice = self._random
        cursor.execute("select column_name, data_type from information_schema.columns where table_schema = %s and table_name = 'shapes' and column_name like 'x%%'", (self._database,))
        extra = cursor.fetchall()
        new = f"x{self._stamp()}"
        place = dice.choice(("", " first", " after n"))
        kinds = [f"alter table shapes add column {new} " + dice.choice(("varchar(40)", "varchar(40) not null default 'é' comment 'it''s; one'", "int default 7", "int unsigned")) + place]
        if extra:
            old, kind = dice.choice(extra)
            other = f"varchar({dice.randrange(40, 90)})" if kind == "varchar" else dice.choice(("bigint", "int"))
            kinds += [f"alter table shapes drop column {old}"] * (len(extra) > 2) + [
                f"alter table shapes rename column {old} to {new}", f"alter table shapes modify {old} {other}{place}",
                f"/*!50000 alter table shapes change {old} {new} {other}, add index ({new}) */", f"alter table shapes modify {old} {other} character set latin1" if kind == "varchar" else f"alter table shapes alter {old} set default 3"]
        cursor.execute("update shapes set n = n + 1, stamp = %s where id %% 7 = 0", (self._stamp(),))
        cursor.execute(dice.choice(kinds))
        cursor.execute("update shapes set n = n + 1, stamp = %s where id %% 5 = 0", (self._stamp(),))
        self.alterations += 1

    def _statement(self, cursor):
        dice, some, stamp = self._random, self._random.randint(1, self._accounts), self._stamp()
        kind = dice.randrange(14 if self._rows else 12)
        if kind < 2:
            cursor.execute("insert into accounts values (%s, %s, %s, %s, %s)", (stamp, f"o {stamp}", dice.randint(0, 10**6) / 100, "n" * dice.randrange(200), stamp))
        elif kind < 4:
            cursor.execute("update accounts set balance = balance + %s, stamp = %s where id = %s", (dice.randint(-9, 9), stamp, some))
        elif kind == 4:
            cursor.execute("delete from accounts where id >= %s order by id limit 1", (some,))
        elif kind == 5:   # a key change, and back to a key that was there before
            cursor.execute("update accounts set id = %s, stamp = %s where id >= %s order by id limit 1", (stamp, stamp, some))
            if dice.random() < 0.3:
                cursor.execute("insert ignore into accounts values (%s, 'again', 0, null, %s)", (some, self._stamp()))
        elif kind == 6:
            cursor.execute("insert into `lines` (account, n, amount, stamp) values (%s, %s, %s, %s)", (dice.randrange(500), stamp, dice.randint(0, 999), stamp))
        elif kind == 7:
            cursor.execute("update `lines` set account = %s, stamp = %s where account = %s order by n limit 2", (dice.randrange(500), stamp, some % 500))
        elif kind == 8:
            cursor.execute("insert into wide values (%s, 'ä', %s, '{\"x\":1}', %s) on duplicate key update b = values(b), stamp = values(stamp)", (some, "b" * dice.randrange(3000), stamp))
        elif kind == 9:
            cursor.execute("update shapes set n = n + 1, stamp = %s where id = %s", (stamp, some % 200))
        elif kind == 10:
            cursor.execute("update wide set c = json_set(c, '$.i', %s), stamp = %s where id between %s and %s", (dice.randrange(100), stamp, some, some + 2))
        elif kind == 12:
            cursor.execute("update history set n = n + 1, id = case when id %% 3 = 0 then %s else id end, stamp = %s where id = %s", (10**9 + stamp, stamp, dice.randrange(self._rows)))
        elif kind == 13:
            cursor.execute("delete from history where id = %s", (dice.randrange(self._rows),))
        else:
            cursor.execute("delete from wide where id between %s and %s", (some, some + dice.randrange(3)))
