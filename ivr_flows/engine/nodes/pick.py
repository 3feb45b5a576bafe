from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Literal

from pydantic import Field

from ivr_flows.engine.lines import Line
from ivr_flows.engine.nodes.choice import option_lines
from ivr_flows.engine.nodes.node import Way
from ivr_flows.engine.nodes.paged import PagedQuestion
from ivr_flows.engine.session import Json
from ivr_flows.engine.steps import Utterance

if TYPE_CHECKING:
    from ivr_flows.engine.draft import Draft

WHOLE_ITEM: Final = "*"


class PickNode(PagedQuestion):
    """Offers the items of a list, page by page, and keeps what was picked.

    item: the prompt for each; `symptom.*` takes the prompt that the item itself names, and an item
    of named fields gives its values to the prompt. audio: the item's field that may hold a
    recording's id; it is played before the prompt. store: variable → field of the item, `*` for
    the whole item. empty: where an empty list leads.
    """

    kind: Literal["pick"]
    item: str
    audio: str = ""
    store: dict[str, str] = Field(min_length=1)
    empty: str

    def without_items(self) -> str:
        return self.empty

    def picked(self, item: Json) -> dict[str, Json]:
        return {name: _field(item, field) for name, field in self.store.items()}

    def utter_item(self, draft: Draft, key: str, item: Json) -> tuple[Utterance, ...]:
        prompt = self.item.replace(WHOLE_ITEM, str(item))
        values = item if isinstance(item, Mapping) else {"item": item}
        said = draft.utter(option_lines(Line(prompt=prompt), key), item=values)
        recording_id = values.get(self.audio)
        if not isinstance(recording_id, str) or not recording_id:
            return said
        voice = Utterance("", draft.session.language, "", recording_id=recording_id)
        return (voice, *said)

    def ways(self) -> tuple[Way, ...]:
        empty = Way("empty", self.empty)
        return (*self.item_ways(frozenset(self.store)), empty, *super().ways())


def _field(item: Json, field: str) -> Json:
    if field == WHOLE_ITEM or not isinstance(item, Mapping):
        return item
    return item[field]
