"""Apache Flink reads a folder of JSON lines as a changelog table (debezium-json), file after file as they appear, until it has seen so
many changes. It looks every half second; files that appear between two looks come in no fixed order.
usage: changelog.py FOLDER FIRST CHANGES     (run by Flink's Python; prints a line after the first so many, then {"kinds": …, "rows": …})
"""

import json
import sys

from pyflink.table import EnvironmentSettings, TableEnvironment

folder, first, changes = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
table = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
table.get_config().set("parallelism.default", "1")
table.execute_sql(f"""create table iris (id int, petal_length double, species string) with (
    'connector' = 'filesystem', 'path' = '{folder}', 'source.monitor-interval' = '500ms', 'format' = 'debezium-json')""")
kinds, rows = {}, {}
with table.execute_sql("select * from iris").collect() as results:
    for row in results:
        kind = str(row.get_row_kind())
        kinds[kind] = kinds.get(kind, 0) + 1
        if kind in ("RowKind.DELETE", "RowKind.UPDATE_BEFORE", "-D", "-U"):
            del rows[row[0]]
        else:
            rows[row[0]] = [row[1], row[2]]
        if sum(kinds.values()) == first:
            print("the first are here", flush=True)
        if sum(kinds.values()) == changes:
            break
print(json.dumps({"kinds": kinds, "rows": rows}), flush=True)
