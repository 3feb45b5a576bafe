from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from gateway.commands.rx import rx
from tests.domain.test_prescription import METFORMIN, PUBLIC

ALLOWED = json.dumps(PUBLIC)
REFUSED = json.dumps({**PUBLIC, "medicines": [METFORMIN]})


def test_an_allowed_draft_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "draft.json"
    file.write_text(ALLOWED, encoding="utf-8")
    result = CliRunner().invoke(rx, ["check", "--json", str(file)])
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {"allowed": True, "refusals": []}


def test_a_refused_draft_is_an_answer_and_no_error() -> None:
    result = CliRunner().invoke(rx, ["check", "--json", "-"], input=REFUSED)
    answer = json.loads(result.stdout)
    assert result.exit_code == 0
    assert answer["allowed"] is False
    assert answer["refusals"][0]["medicine"] == "metformin"
    assert answer["refusals"][0]["rule"] == "list_a_first"
    assert answer["refusals"][0]["source"]


def test_the_day_of_issue_can_be_named() -> None:
    consultation = {**PUBLIC["consultation"], "visit": "follow_up"}
    claimed = json.dumps({**PUBLIC, "consultation": consultation, "medicines": [METFORMIN]})
    verdicts = [
        CliRunner().invoke(rx, ["check", "--json", "-", "--on", day], input=claimed).stdout
        for day in ("2027-04-01", "2027-04-02")
    ]
    assert [json.loads(verdict)["allowed"] for verdict in verdicts] == [True, False]


def test_one_draft_a_line_gives_one_answer_a_line() -> None:
    lines = f"{ALLOWED}\nnot json\n{REFUSED}\n"
    result = CliRunner().invoke(rx, ["check", "--stdin", "--json"], input=lines)
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [answer.get("allowed") for answer in answers] == [True, None, False]
    assert "Invalid JSON" in answers[1]["error"]
    assert result.exit_code == 2


def test_bad_json_is_said_precisely_on_stderr_and_in_the_answer(tmp_path: Path) -> None:
    file = tmp_path / "draft.json"
    file.write_text('{"consultation": {"mode": "letter", "visit": "first"}, "patient": {}}')
    result = CliRunner().invoke(rx, ["check", "--json", str(file)])
    assert result.exit_code == 2
    assert "consultation.mode" in result.stderr
    assert "consultation.mode" in json.loads(result.stdout)["error"]


def test_bad_json_without_json_leaves_stdout_empty(tmp_path: Path) -> None:
    result = CliRunner().invoke(rx, ["check", str(tmp_path / "absent.json")])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "No such file" in result.stderr


def test_people_get_words() -> None:
    result = CliRunner().invoke(rx, ["check", "-"], input=REFUSED)
    assert result.stdout.startswith("refused\n- metformin: list_a_first")


def test_a_file_or_standard_input_not_both() -> None:
    assert CliRunner().invoke(rx, ["check"]).exit_code == 2
    assert CliRunner().invoke(rx, ["check", "x", "--stdin"]).exit_code == 2
