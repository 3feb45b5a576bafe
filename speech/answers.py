"""Answers that are no symptoms: yes and no, and the part of the body where the trouble is.

They are read by the lexicon's own matching, with config/answers.yaml in the place of its symptoms.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

import yaml
from pydantic import BaseModel, ConfigDict

from speech.forms import Forms
from speech.lexicon import (
    Entry,
    Lexicon,
    LexiconFile,
    RedFlag,
    Seeds,
    compile_lexicon,
    read_lexicon,
    without_hindi,
)
from speech.matching import find_matches, read

ANSWERS_PATH: Final = Path(__file__).parents[1] / "config" / "answers.yaml"
_SOURCE: Final = "answers"


class AnswerForms(BaseModel):
    """open: any trouble answers the question as well."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    forms: Forms
    open: bool = False


class AnswersFile(BaseModel):
    """answers.yaml, whose head explains it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int
    review: str
    answers: dict[str, AnswerForms]
    seeds: dict[str, dict[str, tuple[str, ...]]]


class Answers(Mapping[str, AnswerForms]):
    """The answers by their code; a language's words are compiled when it is first asked for."""

    def __init__(self, file: AnswersFile) -> None:
        self._file = file
        self._lexicons: dict[str, Lexicon] = {}

    def __getitem__(self, code: str) -> AnswerForms:
        return self._file.answers[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._file.answers)

    def __len__(self) -> int:
        return len(self._file.answers)

    def find(self, text: str, *, language: str) -> str | None:
        """Return the code of the one answer that the text is; None where it is none or several.

        Words of grammar may stand beside it, nothing else.
        """
        lexicon = self._lexicon(language)
        sentence = read(text, language=language, lexicon=lexicon)
        matches = find_matches(sentence, lexicon)
        codes = {match.code for match in matches}
        taken = {at for match in matches for at in match.tokens}
        # The last token is the stop that `read` adds.
        others = (at for at in range(len(sentence.tokens) - 1) if at not in taken)
        if len(codes) != 1 or not all(sentence.has(at, "light") for at in others):
            return None
        return codes.pop()

    @property
    def seeds(self) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
        """The words of other languages, by language and answer."""
        return self._file.seeds

    def _lexicon(self, language: str) -> Lexicon:
        if language not in self._lexicons:
            self._lexicons[language] = compile_lexicon(self._of(language))
        return self._lexicons[language]

    def _of(self, language: str) -> LexiconFile:
        """Return the lexicon of the language with the answers for its symptoms."""
        every = read_lexicon()
        file = every.model_copy(update={"symptoms": self._entries(), "sources": {_SOURCE: ""}})
        words = self._file.seeds.get(language)
        if words is None:
            return file
        entries = tuple(
            entry.model_copy(update={"hi": entry.hi + words.get(entry.code, ())})
            for entry in without_hindi(file).symptoms
        )
        of_language = Seeds(without_hindi(every)).file(language)
        return of_language.model_copy(update={"symptoms": entries, "sources": file.sources})

    def _entries(self) -> tuple[Entry, ...]:
        return tuple(
            Entry(
                code=code,
                english=code,
                group=_SOURCE,
                red_flag=RedFlag.NEVER,
                source=_SOURCE,
                **answer.forms.model_dump(),
            )
            for code, answer in self._file.answers.items()
        )


@cache
def load_answers(path: Path = ANSWERS_PATH) -> Answers:
    """Return the answers. Errors: ValueError (pydantic's) for a file that is broken."""
    return Answers(AnswersFile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8"))))
