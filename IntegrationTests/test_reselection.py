"""ReselectColumnsPostProcessor, where the golden case `reselect` does not reach: the failure mode, masked columns."""

import json

import pytest

from harness import millrace

config = {
    "connector.class": "io.debezium.connector.postgresql.PostgresConnector", "topic.prefix": "again", "slot.name": "again",
    "publication.name": "again", "publication.autocreate.mode": "all_tables", "name": "again",
    "key.converter.schemas.enable": "false", "value.converter.schemas.enable": "false",
    "post.processors": "again", "again.type": "io.debezium.processors.reselect.ReselectColumnsPostProcessor",
}


@pytest.fixture
def database(postgres):
    postgres.drop_slots("slot_name = %s", "again")
    with postgres.database("again") as name:
        postgres.script("create table t (id int primary key, v text, secret text); insert into t values (1, 'x', 'y');", name)
        yield name


def run(postgres, database, folder, **settings):
    path = folder / "config.json"
    path.write_text(json.dumps(config))
    settings = {**postgres.settings(database), **millrace.file_output(folder), **settings}
    code, _, said = millrace.call("run", path, *millrace.settings_to_arguments(settings), "--exit-when-idle", "1.5")
    return code, said, [json.loads(line)["value"] for line in (folder / "records.jsonl").read_text().splitlines()]


def test_a_row_that_is_gone_is_a_warning_or_the_end_of_the_run(postgres, database, tmp_path):
    assert run(postgres, database, tmp_path)[0] == 0
    postgres.script("insert into t values (2, null, 'z'); delete from t where id = 2; insert into t values (3, 'v', 'w');", database)
    fail = {"again.reselect.error.handling.mode": "fail"}
    code, said, records = run(postgres, database, tmp_path, **fail)
    assert code == 1 and "postgres.reselect.missing" in said and "public.t" in said and len(records) == 1, said
    code, said, records = run(postgres, database, tmp_path)
    assert code == 0 and "not selected again" in said, said
    assert [(value["op"], value["after"]) for value in records[1:] if value] == [
        ("c", {"id": 2, "v": None, "secret": "z"}), ("d", None), ("c", {"id": 3, "v": "v", "secret": "w"})]


def test_a_masked_column_is_not_unmasked(postgres, database, tmp_path):
    mask = {"column.mask.with.3.chars": "public.t.secret"}
    assert run(postgres, database, tmp_path, **mask)[0] == 0
    postgres.script("insert into t values (2, null, null); update t set v = 'late', secret = 'open' where id = 2;", database)
    code, said, records = run(postgres, database, tmp_path, **mask)
    assert code == 0 and [value["after"] for value in records[1:]] == [{"id": 2, "v": "late", "secret": "***"}] * 2, (said, records)
