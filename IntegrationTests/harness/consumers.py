"""The libraries that read what the sinks write, from PyPI in private folders: pyarrow and DuckDB for Arrow files, river and Flink for JSON."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from . import millrace

packages = ["pyarrow==26.0.1", "duckdb==2.0.1", "numpy==2.4.6", "river==0.26.1"]


def load():
    """Installs them if need be (half a minute, 470 MB) and makes them known to `import`."""
    base = pathlib.Path(os.environ.get("MILLRACE_SERVICES_DIR") or pathlib.Path(tempfile.gettempdir()) / "millrace-services")
    home = base / f"consumers-{sys.version_info[0]}.{sys.version_info[1]}-{abs(hash_of(packages)):08x}"
    if not home.exists():
        new = pathlib.Path(f"{home}.new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        subprocess.run([sys.executable, "-m", "pip", "-q", "install", "--only-binary=:all:", "--target", new, *packages], check=True)
        new.rename(home)
    if str(home) not in sys.path:
        sys.path.insert(0, str(home))


def flink():
    """The Python that has Apache Flink, installed if need be (a minute, 900 MB); the example's own."""
    script = """set -e; source IntegrationTests/prepare.sh; command -v java >/dev/null || need_packages default-jre-headless
        need_python flink $(<Examples/flink-iris/requirements.txt); echo "$python" """
    return subprocess.run(["bash", "-c", script], cwd=millrace.root, stdout=subprocess.PIPE, text=True, check=True).stdout.split()[-1]


def hash_of(names):
    value = 0
    for character in " ".join(names):
        value = (value * 31 + ord(character)) & 0xFFFFFFFF
    return value
