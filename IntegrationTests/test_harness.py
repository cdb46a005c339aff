"""The harness itself: a comparison that cannot fail would prove nothing."""

import json

import pytest

from harness import kafka, records, replica


def test_only_what_differs_from_run_to_run_is_masked():
    line = ('{"key":{"id":1,"lsn_x":2},"value":{"source":{"version":"3.6.3.Final","connector":"postgresql","ts_ms":1,"sequence":"[null,\\"25\\"]",'
            '"txId":7,"lsn":9,"xmin":null},"op":"r","ts_ns":3,"fields":[{"field":"lsn"}]},"headers":[{"key":"__debezium.context.runId","value":"u"},{"key":"a","value":"1"}]}')
    assert records.mask(line) == (
        '{"key":{"id":1,"lsn_x":2},"value":{"source":{"version":"*","connector":"postgresql","ts_ms":"*","sequence":"[null,\\"*\\"]",'
        '"txId":"*","lsn":"*","xmin":null},"op":"r","ts_ns":"*","fields":[{"field":"lsn"}]},"headers":[{"key":"__debezium.context.runId","value":"*"},{"key":"a","value":"1"}]}')


def test_a_deviation_changes_one_value_and_no_other():
    line = '{"value":{"op":"c","after":{"a":1.10,"b":null,"c":[1,{"d":null}]}}}'
    entry = {"path": "value.after.b", "where": {"value.op": '"c"'}, "debezium": "null", "millrace": '"x"'}
    assert records.deviate(line, [entry]) == ('{"value":{"op":"c","after":{"a":1.10,"b":"x","c":[1,{"d":null}]}}}', [entry])
    assert records.deviate(line, [{**entry, "where": {"value.op": '"r"'}}]) == (line, [])
    assert records.deviate(line, [{**entry, "debezium": "1"}]) == (line, [])
    assert records.at(line, "value.after.c.1.d") == "null"
    assert records.at(line, "value.before.c") is None


def line(op, lsn, id, after, topic="t", commit=None, transaction=None):
    source = {"lsn": lsn, "txId": transaction, "sequence": json.dumps([commit and str(commit), str(lsn)])}
    return json.dumps({"topic": topic, "key": {"id": id}, "value": {"op": op, "after": after, "source": source}})


def made(*lines):
    copy = replica.Replica()
    for text in lines:
        copy.apply(text) if text else copy.next_run()
    return copy


def test_a_replica_is_what_the_records_say():
    copy = made(line("r", 1, 1, {"id": 1}), line("c", 2, 2, {"id": 2}), line("d", 3, 1, None), line("u", 4, 2, {"id": 2, "v": 1}))
    assert copy.tables == {"t": {'{"id": 2}': {"id": 2, "v": 1}}}
    assert not copy.disorder


def test_a_replay_is_in_order_and_a_step_back_is_not():
    a, b, c = line("c", 2, 1, {"v": 1}), line("u", 3, 1, {"v": 2}), line("u", 4, 1, {"v": 3})
    again = None   # where the process was started again
    assert not made(a, b, again, a, b, c).disorder
    assert not made(a, b, c, again, b, c).disorder
    assert made(a, c, b).disorder
    assert made(a, b, again, a, c).disorder   # the replay left out b


def test_a_step_back_within_a_run_is_counted_and_must_repeat_all(tmp_path):
    path = tmp_path / "records"
    lines = [line("c", 2, 1, {"v": 1}), line("u", 3, 1, {"v": 2}), line("c", 2, 1, {"v": 1}), line("u", 3, 1, {"v": 2})]
    path.write_text("".join(text + "\n" for text in lines))
    copy = replica.read(path)
    assert (copy.rewinds, copy.repeated, copy.disorder) == (1, 2, [])
    assert replica.read(path, [0, len(lines[0] + lines[1]) + 2]).rewinds == 0
    assert made(*lines[:3], line("u", 4, 1, {"v": 3})).disorder


def test_what_is_new_lies_behind_what_was_before():
    first, second = ("u", 9, 1, {"v": 1}), ("u", 5, 1, {"v": 2})
    assert not made(line(*first, commit=7, transaction=1), line(*second, commit=7, transaction=2)).disorder
    assert made(line(*first, commit=7, transaction=1), line(*second, commit=7, transaction=1)).disorder
    assert made(line(*first, commit=7, transaction=1), line(*second, commit=6, transaction=2)).disorder


def test_a_torn_line_is_seen(tmp_path):
    path = tmp_path / "records"
    path.write_text(line("c", 1, 1, {}) + '\n{"topic":')
    with pytest.raises(AssertionError, match="torn"):
        replica.read(path)
    path.write_text('{"topic":\n' + line("c", 1, 1, {}) + "\n")
    with pytest.raises(AssertionError, match="line 1 is torn"):
        replica.read(path)


def test_partitions_are_javas():
    # hashes of org.apache.kafka.common.utils.Utils.murmur2, from its own test
    assert [kafka.partition_of(key, 2**31) for key in ("21", "foobar", "a-little-bit-long-string")] == [
        -973932308 & 0x7FFFFFFF, -790332482 & 0x7FFFFFFF, -985981536 & 0x7FFFFFFF]
