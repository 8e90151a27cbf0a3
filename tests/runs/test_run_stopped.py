"""Stopped at any moment, a run leaves whole files, a manifest, and no process behind."""

import re
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import fake
import pytest

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/environ").exists(), reason="looks for processes in /proc"
)


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_signal_stops_everything(tmp_path, signum, code):
    root = fake.project(tmp_path, "AA", "nap", "zz")
    mark = uuid.uuid4().hex
    process = fake.start("run", "--jobs", "1", cwd=root, mark=mark)
    fake.wait_for((root / "data" / "demo" / "napping").exists)
    assert len(fake.processes(mark)) >= 4  # command, worker, kernel, and what the cell has started
    assert fake.send(process, signum) == code
    fake.wait_for(lambda: not fake.processes(mark), 5)
    assert fake.manifest(root)["status"] == "interrupted"
    assert fake.manifest(root)["exit_code"] == code
    assert fake.statuses(root) == {"AA": "published", "nap": "interrupted", "zz": "interrupted"}
    assert set(fake.published(root)) == {"index.html", "estimates.csv", "effectiveness/AA.html"}


WRITER = """
import itertools, sys
from pathlib import Path
from tne.runs.publish import publish
for i in itertools.count():
    page = "<p>" + str(i % 7) * 200_000 + "</p>"
    rows = [{"measure": str(i % 7)}]
    publish(Path(sys.argv[1]), "r/AA.html", page, rows, run_id=str(i), report="r", market="AA", period="", facts={})
    print(i, flush=True)
"""


def test_killed_writer_leaves_a_whole_page_with_its_own_rows(tmp_path, rng):
    from tne.runs.publish import current, locked

    for _ in range(10):
        process = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE)
        process.stdout.readline()
        time.sleep(rng.uniform(0, 0.05))
        fake.send(process, signal.SIGKILL)
        process.stdout.close()
        page = (tmp_path / "r" / "AA.html").read_text(encoding="utf-8")
        digit = re.fullmatch(r"<p>(\d)\1{199999}</p>", page)[1]
        assert current(tmp_path, "r/AA.html").rows == [{"measure": digit}]
    with locked(tmp_path):
        assert not list(tmp_path.rglob(".*.tmp"))
