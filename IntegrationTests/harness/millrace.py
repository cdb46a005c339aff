"""The program under test."""

import os
import pathlib
import shutil
import signal
import subprocess

root = pathlib.Path(__file__).resolve().parent.parent.parent


def binary():
    """MILLRACE, or the newest of what `swift build` made."""
    given = os.environ.get("MILLRACE")
    if given:
        return given
    built = [path for path in (root / ".build" / kind / "millrace" for kind in ("release", "debug")) if path.exists()]
    if not built:
        raise FileNotFoundError("no millrace: run swift build -c release, or set MILLRACE")
    return str(max(built, key=lambda path: path.stat().st_mtime))


def is_optimised():
    """Whether promises of speed can be held against the program: a debug build keeps none."""
    return "/release/" in binary()


def settings_to_arguments(settings):
    return [f"{key}={value}" for key, value in settings.items()]


def file_output(folder):
    """Settings that send the records to folder/records.jsonl and keep the offsets beside it."""
    return {"sink.type": "file", "sink.file.path": f"{folder}/records.jsonl",
            "offset.storage.file.filename": f"{folder}/offsets"}


class Millrace:
    """One running process; its standard error is kept in a file, and shown by what fails."""

    def __init__(self, config, settings, *options, log="/dev/null", stdout=subprocess.DEVNULL, command="run"):
        self.log = pathlib.Path(log)
        with open(self.log, "ab") as errors:
            self.process = subprocess.Popen([binary(), command, str(config), *settings_to_arguments(settings), *map(str, options)],
                                            stdout=stdout, stderr=errors, stdin=subprocess.DEVNULL)

    def running(self):
        return self.process.poll() is None

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self, seconds=30):
        """Asks it to end gracefully; returns the exit code."""
        if self.running():
            self.process.send_signal(signal.SIGTERM)
        return self.wait(seconds)

    def wait(self, seconds=120):
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise TimeoutError(f"millrace did not end within {seconds} s\n{self.messages()}") from None

    def messages(self, lines=30):
        text = self.log.read_text(errors="replace") if self.log.is_file() else ""
        return "\n".join(text.splitlines()[-lines:])


def run(config, settings, *options, log, seconds=120):
    """Runs it to its end, which has to be a graceful one."""
    process = Millrace(config, settings, *options, log=log)
    code = process.wait(seconds)
    assert code == 0, f"millrace ended with {code}\n{process.messages()}"


def call(*arguments, seconds=60, stdin=None, environment=None):
    """Runs it to its end: (exit code, standard output, standard error)."""
    done = subprocess.run([binary(), *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          timeout=seconds, input=stdin or "", env={**os.environ, **(environment or {})})
    return done.returncode, done.stdout, done.stderr


def fresh(folder):
    shutil.rmtree(folder, ignore_errors=True)
    pathlib.Path(folder).mkdir(parents=True)
    return pathlib.Path(folder)
