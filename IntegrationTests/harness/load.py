"""A random writer: inserts, updates, deletes, key changes, multi-row transactions on three tables."""

import random
import threading
import time

import psycopg2

schema = """
create table accounts (id int primary key, owner text, balance numeric(12,2), note text);
create table lines (account int, n int, amount numeric(12,2), at timestamp default clock_timestamp(), primary key (account, n));
create table wide (id bigint primary key, a text, b text, c jsonb);
alter table wide replica identity full;
insert into accounts select i, 'owner ' || i, i, null from generate_series(1, 2000) i;
insert into lines select i % 500, i, i from generate_series(1, 2000) i;
insert into wide select i, md5(i::text), repeat('w', i % 300), jsonb_build_object('i', i) from generate_series(1, 2000) i;
"""


class Load:
    def __init__(self, url, seed, pause=0.002, accounts=2000):
        self._connection = psycopg2.connect(url)
        self._random = random.Random(seed)
        self._pause, self._accounts = pause, accounts
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._next = 1_000_000
        self.transactions = 0
        self.failure = None

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self._stop.set()
        self._thread.join()
        self._connection.close()
        assert self.failure is None, self.failure

    def _run(self):
        try:
            while not self._stop.is_set():
                with self._connection, self._connection.cursor() as cursor:
                    for _ in range(self._random.choice((1, 1, 1, 2, 5, 20, 100))):
                        self._statement(cursor)
                self.transactions += 1
                time.sleep(self._pause)
        except Exception as error:   # a writer that has died must fail the test, not hang it
            self.failure = error

    def _statement(self, cursor):
        dice, some = self._random, self._random.randint(1, self._accounts)
        self._next += 1
        kind = dice.randrange(10)
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
        else:
            cursor.execute("delete from wide where id between %s and %s", (some, some + dice.randrange(3)))
