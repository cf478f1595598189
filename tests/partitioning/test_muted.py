"""Nothing that native code prints reaches a result on stdout."""

import os
import subprocess
import sys

from census_gis.partitioning.muted import muted


def test_native_output_goes_nowhere_and_python_output_comes_back(capfd):
    sys.stdout.write("before\n")
    with muted():
        os.write(1, b"HighsMipSolverData::run")
    sys.stdout.write("after\n")
    assert capfd.readouterr().out == "before\nafter\n"


def test_a_process_without_stdout_goes_on():
    code = "import os; os.close(1)\nfrom census_gis.partitioning.muted import muted\nwith muted(): pass"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
