"""MySQL and MariaDB with many tables: how long a start takes that goes on from a stored offset. MILLRACE_TABLES is their number (200; the
promise is that 10000 start in under a second, with an optimised build on a machine that does nothing else)."""

import os
import re
import time
from datetime import datetime

from harness import millrace
from harness.server import wait_until
from test_mysql import Job, database, job   # noqa: F401  (fixtures)

count = int(os.environ.get("MILLRACE_TABLES", "200"))
columns = "id bigint unsigned auto_increment primary key, " + ", ".join(
    f"c{n} {kind}" for n, kind in enumerate(["varchar(100) not null default 'x'", "int", "decimal(12,2)", "datetime(6)", "text"] * 4))


def moment(log, words):
    """When the last line with those words was written, s."""
    line = [line for line in log.read_text().splitlines() if words in line][-1]
    return datetime.fromisoformat(line.split()[0].replace("Z", "+00:00")).timestamp()


def test_a_start_with_many_tables_is_quick(job, mysql_server, database):
    for first in range(0, count, 500):
        mysql_server.script("".join(f"create table t{n} ({columns}); " for n in range(first, min(count, first + 500))), database)
    job.run("--exit-when-idle", "1.5", **{"snapshot.mode": "no_data"})
    took = []
    for attempt in range(3):
        begin = time.time()
        process = job.start()
        try:
            wait_until(lambda: (job.folder / "log").read_text().count("streaming from") == attempt + 2 or not process.running(), 60, "the stream")
            assert process.running(), process.messages()
            took.append(moment(job.folder / "log", "streaming from") - begin)
            mysql_server.query(f"insert into t{count - 1 - attempt} (c1) values (7)", database)
            wait_until(lambda: len(job.lines()) == attempt + 1 or not process.running(), what="a row")
        finally:
            assert process.stop() == 0, process.messages()
    restored = re.findall(r"table definitions restored tables=(\d+)", (job.folder / "log").read_text())
    assert len(restored) == 3 and all(int(tables) > count for tables in restored)
    assert [record["value"]["after"]["c1"] for record in job.lines()] == [7] * 3
    print(f"{mysql_server.name}: {count} tables: the stream begins after {', '.join(f'{seconds:.2f}' for seconds in took)} s")
    if count >= 10_000 and millrace.is_optimised():
        assert min(took) < 1
