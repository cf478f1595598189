"""The log tells everything that was done, and notices what was done behind its back."""

import csv

import pytest

from census_gis.errors import ConfigError
from census_gis.runner.audit_log import audit_log, write_csv
from census_gis.runner.sign import Act, sign
from census_gis.store.geopackage import revise
from census_gis.store.log import Entry
from tests.runner.small_plan import CODES, write
from tests.runner.test_sign import NOW, change

ZHANG = Act(by="张三", now=NOW, role="supervisor")


@pytest.fixture
def plan(tmp_path):
    path = write(tmp_path)
    sign(path, "checked", act=ZHANG)
    return path


def codes(plan, **options):
    return [case["code"] for case in audit_log(plan, **options).found]


def test_a_log_in_order_is_told_in_words(plan):
    audited = audit_log(plan)
    assert audited.exit_code == 0 and not audited.found and audited.promised == 2
    last = audited.lines[-1]
    assert "draft -> checked" in last.words.en and "普查指导员" in last.words.zh
    assert "#" not in last.words.en and CODES[0] in last.words.zh


def test_an_act_without_words_of_ours_is_named_as_it_was_written(plan):
    with revise(plan, entries=[Entry(NOW, "李四", "polish", "all", "rough", "smooth")]):
        pass
    assert audit_log(plan).lines[-1].words.en == "polish (all, rough -> smooth)"


@pytest.mark.parametrize("column", ["actor", "before", "after", "reason", "time"])
def test_a_changed_entry_breaks_the_chain(plan, column):
    change(plan, f"UPDATE audit_log SET {column} = 'x' WHERE seq = 1")
    assert "A902" in codes(plan) and audit_log(plan).exit_code == 1


@pytest.mark.parametrize("cut", [1, 2])
def test_cut_off_entries_are_counted(plan, cut):
    change(plan, f"DELETE FROM audit_log WHERE seq > {2 - cut}")
    audited = audit_log(plan)
    case = next(case for case in audited.found if case["code"] == "A903")
    assert f"{cut} were cut off" in case["message_en"] and audited.exit_code == 1


def test_cut_off_entries_are_missed_after_the_next_act_too(plan):
    change(plan, "DELETE FROM audit_log WHERE seq = 2")
    change(plan, "UPDATE districts SET state = 'draft'")
    sign(plan, "checked", act=ZHANG)
    assert codes(plan) == ["A903"]


def test_a_log_without_its_count_says_so(plan):
    change(plan, "UPDATE gpkg_contents SET description = '' WHERE table_name = 'audit_log'")
    audited = audit_log(plan)
    assert audited.promised is None and audited.exit_code == 0


def test_a_change_behind_the_signature_is_noticed(plan):
    change(plan, f"UPDATE dwelling_parts SET persons = 149 WHERE part_id = '{CODES[0]}001-1'")
    assert codes(plan) == ["A905"]
    assert codes(plan, districts=CODES[1:]) == []


def test_a_change_the_log_knows_is_no_error(plan):
    entry = Entry(NOW, "李四", "apply", f"edits of {CODES[0]}", reason="漏登")
    with revise(plan, entries=[entry]) as draft:
        draft.connection.execute(
            f"UPDATE dwelling_parts SET persons = 149 WHERE part_id = '{CODES[0]}001-1'"
        )
    assert codes(plan) == ["A906"] and audit_log(plan).exit_code == 0


def test_a_state_set_behind_the_log_is_noticed(plan):
    change(plan, f"UPDATE districts SET state = 'approved' WHERE district_code = '{CODES[0]}'")
    assert codes(plan) == ["A907"]


def test_entries_of_some_districts(plan):
    sign(plan, "approved", act=ZHANG, districts=CODES[:1])
    assert [line.seq for line in audit_log(plan, districts=CODES[1:]).lines] == [1, 2]
    with pytest.raises(ConfigError, match="nearest"):
        audit_log(plan, districts=["31011800100"])


def test_a_spreadsheet_gets_no_formula(plan, tmp_path):
    with revise(plan, entries=[Entry(NOW, "=1+1", "polish", reason='-cmd|"x"')]):
        pass
    file = tmp_path / "log.csv"
    write_csv(audit_log(plan).lines, file, language="zh")
    rows = list(csv.DictReader(file.open(encoding="utf-8-sig", newline="")))
    assert len(rows) == 3 and rows[-1]["actor"] == "'=1+1" and rows[-1]["reason"].startswith("'-")
    assert not any(value.startswith(("=", "+", "-", "@")) for row in rows for value in row.values())


def test_an_entry_about_a_code_that_holds_another_does_not_answer_for_it(plan):
    change(plan, f"UPDATE dwelling_parts SET persons = 149 WHERE part_id = '{CODES[0]}001-1'")
    other = Entry(NOW, "李四", "apply", f"edits of 9{CODES[0]}", after=f"9{CODES[0]}001=3")
    with revise(plan, entries=[other]):
        pass
    assert codes(plan) == ["A905"]
    mine = Entry(NOW, "李四", "apply", "edits", after=f"{CODES[0]}001=149")
    with revise(plan, entries=[mine]):
        pass
    assert codes(plan) == ["A906"]
