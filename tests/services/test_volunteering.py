"""Volunteers' words: sealed, given by consent, read by `speech evaluate`, taken back by key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from gateway.commands import speech_collect
from gateway.db.models import Recording, Ticket
from gateway.services.ports import Fetched
from gateway.services.volunteering import spoken
from speech.evaluation import read_samples
from speech.lexicon import load_lexicon
from speech.synthesis import synthesise
from tests.services.data import VOLUNTEERS, flow_book
from tests.services.desk import Desk
from tests.services.line import Line

Collect = Callable[..., Result]
AUDIO = synthesise("बुखार", "hi")
OTHER = "+919800000055"


def volunteer(desk: Desk, sid: str = "CA1", number: str = OTHER) -> Line:
    """Somebody who has agreed, and hears her first word."""
    desk.carrier.recording = Fetched(AUDIO, "audio/wav")
    line = Line(desk, sid, number=number, to=VOLUNTEERS).dial()
    line.choose_language("hi")
    line.press("consent.agree")
    return line


def says_all(desk: Desk, line: Line) -> list[str]:
    """Say every word that is asked for; return the words."""
    asked = []
    while "Record" in line.answer:
        asked.append(line.session["variables"]["word"])
        line.say()
    desk.work_off()
    return asked


@pytest.fixture
def collect(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Collect:
    """Runs the command beside this desk's database."""

    @contextmanager
    def container() -> Iterator[SimpleNamespace]:
        yield SimpleNamespace(work=desk.work, book=flow_book())

    monkeypatch.setattr(speech_collect, "container", container)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(speech_collect.collect, list(arguments))

    return run


def emptied(desk: Desk) -> list[tuple[str, bool]]:
    """Each recording's outcome, and whether nothing of it is left."""
    with desk.engine.connect() as connection:
        rows = connection.execute(text("SELECT outcome, audio, asked FROM recordings")).all()
    return [(row.outcome, row.audio is None and row.asked is None) for row in rows]


def test_her_words_are_fetched_sealed_and_heard_by_no_machine(desk: Desk) -> None:
    asked = says_all(desk, volunteer(desk))
    assert sorted(asked) == ["cough", "fever", "headache"]
    for row in desk.all(Recording):
        assert (row.outcome, row.heard) == ("fetched", {})
    with desk.engine.connect() as connection:
        raw = connection.execute(text("SELECT audio, asked FROM recordings")).all()
    assert not any(AUDIO[:64] in bytes(r.audio) or b"fever" in bytes(r.asked) for r in raw)
    assert not desk.all(Ticket)


def test_the_next_call_asks_for_what_she_has_not_said(desk: Desk) -> None:
    line = volunteer(desk)
    first = line.session["variables"]["word"]
    line.say()
    line.ends()
    again = says_all(desk, volunteer(desk, "CA2"))
    assert sorted([first, *again]) == ["cough", "fever", "headache"]
    assert "<Record" not in volunteer(desk, "CA3").answer


def test_who_keys_nothing_has_not_agreed(desk: Desk) -> None:
    line = Line(desk, "CA1", number=OTHER, to=VOLUNTEERS).dial()
    line.choose_language("hi")
    for _ in range(3):
        assert "<Record" not in line.wait()
    assert "<Hangup" in line.answer
    assert not desk.all(Recording)


def test_of_a_withheld_number_nothing_is_taken(desk: Desk) -> None:
    line = volunteer(desk, number="anonymous")
    assert "<Record" not in line.answer
    assert "नंबर छिपा" in line.answer


def test_what_she_takes_back_is_gone_and_others_stay(desk: Desk) -> None:
    says_all(desk, volunteer(desk))
    says_all(desk, volunteer(desk, "CA2", "+919800000066"))
    line = Line(desk, "CA3", number=OTHER, to=VOLUNTEERS).dial()
    line.choose_language("hi")
    line.press("volunteer.take_back")
    with desk.work.begin() as unit:
        left = list(spoken(unit, language="hi"))
    assert {said.speaker for said in left} == {1}
    assert len(left) == 3
    assert sorted(emptied(desk)) == [("fetched", False)] * 3 + [("taken_back", True)] * 3


def test_what_is_taken_back_while_it_is_fetched_does_not_come_again(desk: Desk) -> None:
    volunteer(desk).say()
    fetched = desk.carrier.fetch_recording

    def slowly(url: str) -> object:
        line = Line(desk, "CA2", number=OTHER, to=VOLUNTEERS).dial()
        line.choose_language("hi")
        line.press("volunteer.take_back")
        return fetched(url)

    desk.carrier.fetch_recording = slowly  # type: ignore[method-assign, assignment]
    desk.work_off()
    assert emptied(desk) == [("taken_back", True)]


def test_export_is_read_by_evaluate_and_names_nobody(
    desk: Desk, collect: Collect, tmp_path: Path
) -> None:
    says_all(desk, volunteer(desk))
    folder = tmp_path / "voices"
    result = collect("export", "--lang", "hi", str(folder))
    assert result.exit_code == 0, result.output
    samples = read_samples(folder, language="hi", lexicon=load_lexicon())
    assert {code for sample in samples for code in sample.codes} == {"fever", "cough", "headache"}
    assert all(sample.path.read_bytes() == AUDIO for sample in samples)
    written = " ".join(path.name for path in folder.iterdir())
    assert OTHER.strip("+") not in written
    assert not any(path.stat().st_mode & 0o077 for path in folder.iterdir())
    again = collect("export", "--lang", "hi", str(folder))
    assert again.exit_code == 1
    assert "is not empty" in again.output


def test_export_of_no_language_of_ours_is_refused(collect: Collect, tmp_path: Path) -> None:
    result = collect("export", "--lang", "xx", str(tmp_path / "voices"))
    assert result.exit_code == 1
    assert "no language 'xx'" in result.output


def test_status_counts_by_language(desk: Desk, collect: Collect) -> None:
    assert "Nobody has said anything yet" in collect("status").output
    says_all(desk, volunteer(desk))
    told = collect("status").output
    assert told == "hi: 3 recordings of 3 words by 1 volunteers\n"
