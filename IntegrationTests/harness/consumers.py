"""The libraries that read what the sinks write, from PyPI in a private folder: pyarrow and DuckDB for Arrow files, river for JSON."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

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


def hash_of(names):
    value = 0
    for character in " ".join(names):
        value = (value * 31 + ord(character)) & 0xFFFFFFFF
    return value
