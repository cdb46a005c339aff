"""A pipeline that is killed and started again, always on the same offsets and the same file, and what else goes wrong meanwhile."""

import json
import time

from . import millrace, server
from .server import wait_until


class Pipeline:
    absent = ()   # what it says where it finds no server when it begins; whoever runs it starts it again

    def __init__(self, place, folder, config):
        self.place, self.folder, self.process, self.starts = place, folder, None, []
        self.records, self.config = folder / "records.jsonl", folder / "config.json"
        self.config.write_text(json.dumps(config))

    def settings(self, **more):
        return {**self.place.settings(), **millrace.file_output(self.folder), **more}

    def start(self, **more):
        self.starts.append(self.whole_lines())
        self.process = millrace.Millrace(self.config, self.settings(**more), log=self.folder / "log")

    def checkpoint(self):
        """The stored one, with its state as JSON, or None."""
        path = self.folder / "offsets"
        if not path.exists():
            return None
        checkpoint = json.loads(path.read_text())["checkpoints"][0]
        return {**checkpoint, "state": json.loads(checkpoint["state"])}

    def size(self):
        return self.records.stat().st_size if self.records.exists() else 0

    def whole_lines(self):
        """The size without a torn last line, which the next start cuts off."""
        if not self.records.exists():
            return 0
        with open(self.records, "rb") as file:
            begin = file.seek(max(0, self.size() - 10**6))
            return begin + file.read().rfind(b"\n") + 1

    def wait_for(self, growth, seconds):
        begin, end = self.size(), time.monotonic() + seconds
        while self.size() - begin < growth and time.monotonic() < end and self.process.running():
            time.sleep(0.001)

    def kill_after(self, growth, seconds):
        """Kills it once the file has grown by so many bytes, or after that time; it must not have ended by itself."""
        self.wait_for(growth, seconds)
        if not self.process.running():
            text = self.process.messages(4)
            assert any(words in text for words in self.absent), f"it ended by itself\n{self.process.messages()}"
        self.process.kill()

    def expect_running(self):
        assert self.process.running(), f"it ended by itself\n{self.process.messages()}"

    def run_until(self, *marks):
        """Runs until a line with all these texts has come, behind what is there now, then ends gracefully."""
        begin = max(0, self.size() - 10**6)
        if not self.process or not self.process.running():
            self.start()

        def arrived():
            self.expect_running()
            if not self.records.exists():
                return False
            with open(self.records, "rb") as file:
                file.seek(begin)
                return any(all(mark in line for mark in marks) for line in file)

        try:
            wait_until(arrived, 120, "what was written last")
        except TimeoutError as error:
            raise TimeoutError(f"{error}\n{self.process.messages()}") from None
        code = self.process.stop()
        assert code == 0, f"the graceful end gave {code}\n{self.process.messages()}"


class Faults:
    """What goes wrong beside the kills: each is over when its method returns, but for what it has broken."""

    def __init__(self, line, proxy, dice):
        self.line, self.proxy, self.dice, self.counts = line, proxy, dice, {}

    def strike(self, kind):
        self.counts[kind] = self.counts.get(kind, 0) + 1
        getattr(self, kind)()

    def cut(self):
        self.proxy.cut()
        time.sleep(self.dice.uniform(0, 0.4))

    def hold(self):
        """A black hole; where it is not released here, the pipeline is killed while it waits."""
        self.proxy.hold(*self.dice.choice((("up",), ("down",), ("up", "down"))))
        time.sleep(self.dice.uniform(0.05, 0.6))
        if self.dice.random() < 0.7:
            self.proxy.release()
            time.sleep(0.1)

    def refuse(self):
        self.proxy.refuses = True
        self.proxy.cut()
        time.sleep(self.dice.uniform(0.1, 0.8))
        self.proxy.refuses = False

    def restart(self):
        server.restart(self.line.place.name, self.dice.choice(("fast", "immediate")))
