"""What must stop a run: the status of the contract, one message in the language asked for, nothing touched."""

from __future__ import annotations

import re

import pytest

from tests.bad.place import digest
from tests.bad.stops import STOPS

# Signs that only a Chinese sentence has; the texts of the data are all in names the tests give.
CHINESE = re.compile(r"[，。；：（）]")


@pytest.mark.parametrize("name", STOPS)
def test_a_bad_day_stops_with_its_status_and_one_message(place, census, name):
    stop = STOPS[name]
    stop.spoil(place)
    before = digest(place.folder)
    for language, said, remedy in (("en", stop.en, "fix:"), ("zh", stop.zh, "处理:")):
        words = ("run", place.project, "--until", "plan", "--workers", 1, "--quiet", *stop.words)
        status, out, err = census(*words, "--lang", language)
        assert (status, out) == (stop.status, ""), err
        assert said in err
        assert [one for one in stop.names if one not in err] == []
        assert err.count(remedy) == 1
        assert "Traceback" not in err
        assert bool(CHINESE.search(err)) == (language == "zh")
    assert digest(place.folder) == before
