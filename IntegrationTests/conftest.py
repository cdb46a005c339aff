import os
import pathlib
import sys

import pytest

sys.path.insert(0, os.path.dirname(__file__))

from harness import millrace, mongodb, mysql, server  # noqa: E402


@pytest.fixture(scope="session")
def postgres():
    return server.start()


@pytest.fixture(scope="session")
def rough():
    """A server that the tests may restart, and that soon gives up who does not answer."""
    name = "postgres-rough"
    started = server.start(name, wal_sender_timeout="2s", max_wal_size="1GB", checkpoint_timeout="1min")
    started.name = name
    yield started
    server.stop(name)


@pytest.fixture(scope="session", params=["mysql", "mariadb"])
def mysql_server(request):
    """Each test that asks for it is run on both."""
    return mysql.start(request.param)


@pytest.fixture(scope="session")
def mongo():
    return mongodb.start()


@pytest.fixture(scope="session", autouse=True)
def program():
    return millrace.binary()


without_broker = []


def pytest_collection_modifyitems(config, items):
    """Tests of a real Kafka broker are left out where none is given, and it is said at the end."""
    if os.environ.get("KAFKA_BOOTSTRAP_SERVERS"):
        return
    without_broker[:] = [item for item in items if item.get_closest_marker("real_broker")]
    if without_broker:
        config.hook.pytest_deselected(items=without_broker)
        items[:] = [item for item in items if not item.get_closest_marker("real_broker")]


def pytest_terminal_summary(terminalreporter):
    for item in without_broker:
        terminalreporter.write_line(f"NOT RUN: {item.nodeid}: it needs a real Kafka broker in KAFKA_BOOTSTRAP_SERVERS")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """In CI a test that is skipped has failed."""
    outcome = yield
    report = outcome.get_result()
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome, report.longrepr = "failed", f"skipped in CI: {report.longrepr}"
