"""What the integration tests and the benchmarks have in common: servers, the program under test, the oracle, records."""
