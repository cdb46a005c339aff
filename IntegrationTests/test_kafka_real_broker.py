"""What neither librdkafka's mock broker nor Tansu can show: needs a real one, in KAFKA_BOOTSTRAP_SERVERS."""

import time

import pytest

from harness import millrace
from harness.server import wait_until
from test_exactly_once import pipeline   # noqa: F401

pytestmark = pytest.mark.real_broker


def test_a_transaction_that_was_open_for_too_long_comes_again(postgres, pipeline):   # noqa: F811
    late = {"transaction.boundary": "interval", "transaction.boundary.interval.ms": "20000", "sink.kafka.producer.transaction.timeout.ms": "1500"}
    process = pipeline.start(**late)
    wait_until(lambda: postgres.query("select 1 from pg_replication_slots where slot_name = 'once' and active") or not process.running(), 60, "the stream")
    time.sleep(1)
    postgres.query("insert into sentinel values (1)", pipeline.database)
    wait_until(lambda: "kafka.transaction.timeout" in process.messages() or not process.running(), 90, "the end of the transaction")
    process.kill()
    millrace.run(pipeline.config, postgres.settings(pipeline.database), "--exit-when-idle", "2", log=pipeline.folder / "log")
    assert [value["after"]["id"] for _, value in pipeline.records("sentinel")] == [0, 1]
