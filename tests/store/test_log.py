"""The log can be added to, never changed unseen."""

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from census_gis.store.log import Entry, append, create, read, read_tally, verify

words = st.text(max_size=12)


def _log(entries):
    connection = sqlite3.connect(":memory:")
    connection.execute(
        "CREATE TABLE gpkg_contents (table_name PRIMARY KEY, data_type, identifier, description)"
    )
    create(connection)
    for entry in entries:
        append(connection, entry)
    return connection


@given(
    st.lists(st.builds(Entry, time=words, actor=words, operation=words, reason=words), max_size=6)
)
def test_a_log_as_written_is_whole(entries):
    assert verify(read(_log(entries))) is None


@pytest.mark.parametrize("column", ["actor", "reason", "after", "time"])
def test_a_changed_entry_is_named(column):
    log = _log([Entry("t", "a", "run"), Entry("t", "b", "sign"), Entry("t", "c", "run")])
    log.execute(f"UPDATE audit_log SET {column} = 'other' WHERE seq = 2")
    assert verify(read(log)) == 2


def test_a_removed_entry_is_noticed():
    log = _log([Entry("t", "a", "run"), Entry("t", "b", "sign"), Entry("t", "c", "run")])
    log.execute("DELETE FROM audit_log WHERE seq = 2")
    assert verify(read(log)) == 2


def test_an_entry_forged_with_a_seal_of_its_own_breaks_the_next():
    log = _log([Entry("t", "a", "run"), Entry("t", "b", "sign"), Entry("t", "c", "run")])
    other = _log([Entry("t", "x", "run"), Entry("t", "forged", "sign")])
    forged = read(other)[1]
    log.execute("UPDATE audit_log SET actor = ?, hash = ? WHERE seq = 2", (forged[2], forged[-1]))
    assert verify(read(log)) is not None


def test_a_seal_rests_on_the_entry_before():
    one = read(_log([Entry("t", "a", "run"), Entry("t", "b", "sign")]))
    two = read(_log([Entry("t", "x", "run"), Entry("t", "b", "sign")]))
    assert one[1][:-1] == two[1][:-1] and one[1][-1] != two[1][-1]


def test_beside_the_log_stands_how_many_entries_it_has():
    log = _log([Entry("t", "a", "run"), Entry("t", "b", "sign")])
    assert read_tally(log) == (2, read(log)[-1][-1])


def test_entries_that_were_cut_off_stay_missing():
    log = _log([Entry("t", "a", "run"), Entry("t", "b", "sign"), Entry("t", "c", "run")])
    log.execute("DELETE FROM audit_log WHERE seq > 1")
    assert verify(read(log)) is None
    append(log, Entry("t", "d", "run"))
    assert read_tally(log).entries == 4 and len(read(log)) == 2


def test_a_log_of_an_earlier_version_promises_nothing():
    assert read_tally(_log([])) is None
