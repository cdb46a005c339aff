"""A thread that writes into a database, transaction by transaction."""

import random
import threading
import time


class Writer:
    """Subclasses write one transaction in `_transaction` and name in `lost` what a lost connection raises. `survives`: it is made
    again; the transaction that was under way may be there or not."""

    lost = ()

    def __init__(self, seed, pause, survives):
        self._random, self._pause, self._survives = random.Random(seed), pause, survives
        self._connection = self._connect()
        self._stop, self._turn = threading.Event(), threading.Lock()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._next = 1_000_000
        self.transactions = self.rollbacks = self.alterations = 0
        self.failure = None

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def held(self):
        """A context in which nothing is under way and nothing is written."""
        return self._turn

    def stop(self):
        self._stop.set()
        self._thread.join()
        self._connection.close()
        assert self.failure is None, self.failure

    def _run(self):
        try:
            while not self._stop.is_set():
                try:
                    with self._turn:
                        self._transaction()
                except self.lost:
                    if not self._survives:
                        raise
                    self._connect_again()
                time.sleep(self._pause)
        except Exception as error:   # a writer that has died must fail the test, not hang it
            self.failure = error

    def _connect_again(self):
        while not self._stop.is_set():
            try:
                self._connection = self._connect()
                return
            except self.lost:
                time.sleep(0.05)
