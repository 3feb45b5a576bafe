"""Which of the symptoms found in a sentence are said to be absent.

Hindi denies after the word ("बुखार नहीं है") or before it in pairs ("न बुखार है न खांसी"); English
before it ("no fever or cough"). A negation that belongs to a symptom ("दूध नहीं पी रहा") was taken
by its form and denies nothing; one that belongs to another verb ("दर्द से सो नहीं पाता", "बुखार उतर
नहीं रहा") denies that verb. In doubt the symptom stands: a missed red flag costs more than a
question too many.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from speech.matching import Match, Sentence

# How far from a negation the verb stands that it belongs to.
_NEAR = 2


def find_negated(
    sentence: Sentence, matches: Sequence[Match], events: Collection[str]
) -> frozenset[Match]:
    """Return the matches that the sentence denies; events: the codes of what befalls somebody."""
    taken = {at for match in matches for at in match.tokens}
    clause_of = _clauses(sentence, taken, matches)
    denied: set[Match] = set()
    since = 0
    for at, clause in enumerate(clause_of):
        if at in taken or not _may_deny(sentence, at):
            continue
        before = [
            m for m in matches if since <= m.tokens[0] < at and clause_of[m.tokens[0]] == clause
        ]
        after = [m for m in matches if m.tokens[0] > at and clause_of[m.tokens[0]] == clause]
        if sentence.has(at - 1, "now"):
            # "पहले बुखार था, अब नहीं है" speaks of the clause before.
            before = [m for m in matches if m.tokens[-1] < at][-1:]
        elif _is_collective(sentence, at):
            before = [m for m in matches if _listed_before(sentence, m, at, taken)]
        elif sentence.has(at, "not"):
            before = _reached(sentence, before, events)
        denied.update(_denied(sentence, at, before=before, after=after))
        since = at
    return frozenset(denied)


def _may_deny(sentence: Sentence, at: int) -> bool:
    roles = ("not", "neither", "without", "without_after", "not_english", "recovered")
    return any(sentence.has(at, role) for role in roles)


def _denied(
    sentence: Sentence, at: int, *, before: Sequence[Match], after: Sequence[Match]
) -> Sequence[Match]:
    if sentence.has(at, "recovered"):
        return before[-1:] if _is_over(sentence, at) else ()
    if _denies_another_verb(sentence, at):
        return ()
    if sentence.has(at, "not"):
        return () if _means_nothing_else(sentence, at) else before
    if sentence.has(at, "neither"):
        return _neither(sentence, at, before=before, after=after)
    if sentence.has(at, "without_after"):
        return before[-1:]
    if sentence.has(at, "without"):
        return before[-1:] if sentence.has(at - 1, "genitive") else after[:1]
    return _up_to_and(sentence, after) or before[-1:]


def _neither(
    sentence: Sentence, at: int, *, before: Sequence[Match], after: Sequence[Match]
) -> Sequence[Match]:
    """न before the word denies it; after it, only between the word and its verb; at the end it
    merely asks for assent ("बुखार है ना")."""
    if any(sentence.has(at + 1, role) for role in ("end", "and", "but")):
        return ()
    if before and before[-1].tokens[-1] == at - 1:
        # "ना बुखार ना उल्टी": the fever is the first one's.
        paired = sentence.has(before[-1].tokens[0] - 1, "neither")
        return after[:1] if paired else before[-1:]
    return after[:1]


def _reached(sentence: Sentence, before: Sequence[Match], events: Collection[str]) -> list[Match]:
    """Which of the matches before it a "not" speaks of: the nearest, and the list it ends.

    What befell somebody is told by itself and not listed: "सांप ने काटा बुखार नहीं है" denies the
    fever. Neither does a form that denies something ("दूध नहीं पीता") wait for a second "not".
    """
    return [
        match
        for match in before
        if (match is before[-1] or match.code not in events)
        and not any(_may_deny(sentence, at) for at in match.tokens)
    ]


def _clauses(sentence: Sentence, taken: set[int], matches: Sequence[Match]) -> list[int]:
    """Return the number of the clause in which each word stands.

    The verb that ends a match ("दौरा पड़ गया") ends a clause as any other does.
    """
    inner = taken - {match.tokens[-1] for match in matches}
    numbers, clause = [], 0
    for at in range(len(sentence.tokens)):
        if at and at not in taken and _opens(sentence, at):
            clause += 1
        numbers.append(clause)
        if at not in inner and _closes(sentence, at):
            clause += 1
    return numbers


def _opens(sentence: Sentence, at: int) -> bool:
    """A "but" opens a clause, and so does "has", unless "does not" stands before it."""
    return sentence.has(at, "but") or (
        sentence.has(at, "assert") and not sentence.has(at - 1, "not_english")
    )


def _closes(sentence: Sentence, at: int) -> bool:
    """A stop closes a clause, unless it parts a list; so does the last word of the verb."""
    if sentence.has(at, "end"):
        return not _parts_list(sentence, at)
    ends = sentence.has(at, "copula") or sentence.has(at, "verb_end")
    after = at + 2 if sentence.has(at + 1, "emphatic") else at + 1
    return ends and not any(
        sentence.has(after, role) for role in ("copula", "verb_end", "not", "not_english")
    )


def _parts_list(sentence: Sentence, at: int) -> bool:
    """Tell whether a comma stands in a list that ends with "or": "no fever, cough or cold"."""
    if sentence.tokens[at].plain != ",":
        return False
    for later in range(at + 1, len(sentence.tokens)):
        if sentence.has(later, "or"):
            return True
        if sentence.has(later, "end") and sentence.tokens[later].plain != ",":
            return False
        if any(sentence.has(later, role) for role in ("copula", "assert", "but")):
            return False
    return False


def _is_collective(sentence: Sentence, at: int) -> bool:
    """Tell whether all that was named is meant: "बुखार, खांसी, कुछ नहीं"."""
    collective = sentence.has(at, "not") and sentence.has(at - 1, "collective")
    return collective and not _means_nothing_else(sentence, at)


def _listed_before(sentence: Sentence, match: Match, at: int, taken: Collection[int]) -> bool:
    """Tell whether only a list stands between the match and the negation."""
    return match.tokens[-1] < at and all(
        between in taken
        or sentence.tokens[between].plain == ","
        or any(sentence.has(between, role) for role in ("light", "and", "or", "collective"))
        for between in range(match.tokens[-1] + 1, at)
    )


def _means_nothing_else(sentence: Sentence, at: int) -> bool:
    """ "और कुछ नहीं": what was named before stands."""
    return any(
        sentence.has(near, "collective") and sentence.has(near - 1, "and")
        for near in range(at - 3, at)
    )


def _denies_another_verb(sentence: Sentence, at: int) -> bool:
    near = range(at - _NEAR, at + _NEAR + 1)
    return any(sentence.has(n, "blocker") for n in near if n != at)


def _is_over(sentence: Sentence, at: int) -> bool:
    """ "बुखार उतर गया": it was there, and is no longer."""
    gone = [n for n in range(at + 1, at + 1 + _NEAR) if sentence.has(n, "gone")]
    return bool(gone) and not any(sentence.has(n, "not") for n in range(at - 1, gone[0] + 2))


def _up_to_and(sentence: Sentence, after: Sequence[Match]) -> Sequence[Match]:
    """ "no fever and cough": what follows an "and" is told as present; an "or" goes on denying."""
    for count in range(1, len(after)):
        between = range(after[count - 1].tokens[-1] + 1, after[count].tokens[0])
        if any(sentence.has(at, "and") for at in between):
            return after[:count]
    return after
