import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(__file__))

from harness import millrace, server  # noqa: E402


@pytest.fixture(scope="session")
def postgres():
    return server.start()


@pytest.fixture(scope="session")
def rough():
    """A server that the tests may restart, and that soon gives up who does not answer."""
    name = "postgres-rough"
    started = server.start(name, wal_sender_timeout="2s", max_wal_size="8GB")
    started.name = name
    yield started
    server.stop(name)


@pytest.fixture(scope="session", autouse=True)
def program():
    return millrace.binary()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """In CI a test that is skipped has failed."""
    outcome = yield
    report = outcome.get_result()
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome, report.longrepr = "failed", f"skipped in CI: {report.longrepr}"
