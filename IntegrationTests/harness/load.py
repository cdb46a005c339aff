"""A random writer: inserts, updates, deletes, key changes, transactions of one to thousands of rows, savepoints, rollbacks, and
now and then another column, on four tables."""

import psycopg2

from .writer import Writer

schema = '''
create table accounts (id int primary key, owner text, balance numeric(12,2), note text);
create table lines (account int, n int, amount numeric(12,2), at timestamp default clock_timestamp(), primary key (account, n));
create table wide (id bigint primary key, a text, b text, c jsonb);
alter table wide replica identity full;
create table shapes (id int primary key, n bigint, "a ""name""" text);
insert into accounts select i, 'owner ' || i, i, null from generate_series(1, 2000) i;
insert into lines select i % 500, i, i from generate_series(1, 2000) i;
insert into wide select i, md5(i::text), repeat('w', i % 300), jsonb_build_object('i', i) from generate_series(1, 2000) i;
insert into shapes select i, i, 'shape ' || i from generate_series(1, 200) i;
'''


class Load(Writer):
    lost = (psycopg2.OperationalError, psycopg2.InterfaceError)

    def __init__(self, url, seed, pause=0.002, accounts=2000, survives=False, parted=0):
        """`parted`: the rows of a partitioned table of that name, where there is one."""
        self._url, self._accounts, self._parted = url, accounts, parted
        super().__init__(seed, pause, survives)

    def _connect(self):
        return psycopg2.connect(self._url)

    def _transaction(self):
        dice = self._random
        with self._connection.cursor() as cursor:
            for _ in range(dice.choice((1, 1, 1, 2, 5, 20, 100))):
                if dice.random() < 0.03:
                    self._savepoint(cursor)
                self._statement(cursor)
            if dice.random() < 0.005:
                self._large(cursor)
            if dice.random() < 0.01:
                self._alter(cursor)
        if dice.random() < 0.05:
            self._connection.rollback()
            self.rollbacks += 1
        else:
            self._connection.commit()
            self.transactions += 1

    def _savepoint(self, cursor):
        cursor.execute("savepoint s")
        for _ in range(self._random.randrange(1, 6)):
            self._statement(cursor)
        cursor.execute(self._random.choice(("rollback to savepoint s", "release savepoint s")))

    def _large(self, cursor):
        """More changes than one batch holds."""
        self._next += 3000
        cursor.execute("insert into lines select %s, i, 0 from generate_series(%s, %s) i", (600 + self._random.randrange(50), self._next - 2999, self._next))
        cursor.execute("delete from lines where account = %s", (600 + self._random.randrange(50),))

    def _alter(self, cursor):
        """A column more, one less, another name or type, between changes of the same table and in their transaction."""
        dice = self._random
        cursor.execute("select attname from pg_attribute where attrelid = 'shapes'::regclass and attnum > 3 and not attisdropped")
        extra = [name for name, in cursor.fetchall()]
        self._next += 1
        new = f"x{self._next}"
        kinds = [f"alter table shapes add column {new} text" + dice.choice(("", " default 'é'", " not null default ''"))]
        if extra:
            old = dice.choice(extra)
            kinds += [f"alter table shapes drop column {old}"] * (len(extra) > 2) + [
                f"alter table shapes rename column {old} to {new}", f"alter table shapes alter {old} type varchar({dice.randrange(40, 90)})"]
        cursor.execute("savepoint alteration")
        try:
            cursor.execute("set local lock_timeout = '100ms'")   # a snapshot that is under way holds the table
            cursor.execute("update shapes set n = n + 1 where id % 7 = 0")
            cursor.execute(dice.choice(kinds))
            cursor.execute("update shapes set n = n + 1 where id % 5 = 0")
            self.alterations += 1
        except (psycopg2.errors.LockNotAvailable, psycopg2.errors.UndefinedColumn):
            cursor.execute("rollback to savepoint alteration")
        cursor.execute("set local lock_timeout = 0")

    def _statement(self, cursor):
        dice, some = self._random, self._random.randint(1, self._accounts)
        self._next += 1
        kind = dice.randrange(13 if self._parted else 11)
        if kind < 2:
            cursor.execute("insert into accounts values (%s, %s, %s, %s)", (self._next, f"o {self._next}", dice.randint(0, 10**6) / 100, "n" * dice.randrange(200)))
        elif kind < 4:
            cursor.execute("update accounts set balance = balance + %s where id = %s", (dice.randint(-9, 9), some))
        elif kind == 4:
            cursor.execute("delete from accounts where id = (select id from accounts where id >= %s order by id limit 1)", (some,))
        elif kind == 5:   # a key change, and back to a key that was there before
            cursor.execute("update accounts set id = %s where id = (select min(id) from accounts where id >= %s)", (self._next, some))
            if dice.random() < 0.3:
                cursor.execute("insert into accounts values (%s, 'again', 0, null) on conflict do nothing", (some,))
        elif kind == 6:
            cursor.execute("insert into lines values (%s, %s, %s)", (dice.randrange(500), self._next, dice.randint(0, 999)))
        elif kind == 7:
            cursor.execute("update lines set account = %s where account = %s and n in (select n from lines where account = %s limit 2)", (dice.randrange(500), some % 500, some % 500))
        elif kind == 8:
            cursor.execute("insert into wide values (%s, 'a', %s, '{\"x\": 1}') on conflict (id) do update set b = excluded.b", (some, "b" * dice.randrange(3000)))
        elif kind == 9:
            cursor.execute("update shapes set n = n + 1 where id = %s", (some % 200,))
        elif kind == 11:   # another partition, for every third of them
            place = dice.randrange(self._parted)
            cursor.execute("update parted set n = n + 1, id = case when id %% 3 = 0 then %s else id end where id = %s", (10**9 + self._next, place))
        elif kind == 12:
            cursor.execute("delete from parted where id = %s", (dice.randrange(self._parted),))
        else:
            cursor.execute("delete from wide where id between %s and %s", (some, some + dice.randrange(3)))
