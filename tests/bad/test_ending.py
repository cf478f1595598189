"""Being asked to end is heard wherever it falls, ends the run in order and shows no traceback."""

import os
import signal
import sys
import time

import pytest

from census_gis import cli


@pytest.fixture(autouse=True)
def _heard():
    """A suite started in the background of a shell has SIGINT ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class Unlucky:
    """Ctrl-C falls into its destructor, where Python can only drop it."""

    def __del__(self):
        raise KeyboardInterrupt


def work():
    end = time.monotonic() + 20
    while time.monotonic() < end:
        time.sleep(0.01)


def unlucky(**_):
    Unlucky()
    work()


def told_to_end(**_):
    os.kill(os.getpid(), signal.SIGTERM)
    work()


@pytest.mark.skipif(os.name != "posix", reason="SIGTERM of POSIX")
@pytest.mark.parametrize("app", [unlucky, told_to_end])
@pytest.mark.parametrize(("language", "said"), [("en", "interrupted"), ("zh", "已中断")])
def test_a_request_to_end_is_heard(monkeypatch, capsys, app, language, said):
    monkeypatch.setattr(cli, "app", app)
    monkeypatch.setattr(sys, "argv", ["census-gis", "run", "--lang", language])
    before = signal.getsignal(signal.SIGTERM), sys.unraisablehook
    began = time.monotonic()
    with pytest.raises(SystemExit) as ended:
        cli.main()
    shown = capsys.readouterr().err
    assert ended.value.code == 130
    assert time.monotonic() - began < 5
    assert said in shown
    assert "Traceback" not in shown
    assert (signal.getsignal(signal.SIGTERM), sys.unraisablehook) == before
