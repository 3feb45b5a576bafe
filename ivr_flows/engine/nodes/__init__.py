"""The kinds of node, one file each."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ivr_flows.engine.nodes.bridge import BridgeNode
from ivr_flows.engine.nodes.confer import ConferNode
from ivr_flows.engine.nodes.connect import ConnectNode
from ivr_flows.engine.nodes.dial import DialNode
from ivr_flows.engine.nodes.digits import DigitsNode
from ivr_flows.engine.nodes.do import DoNode
from ivr_flows.engine.nodes.each import EachNode
from ivr_flows.engine.nodes.enter import EnterNode
from ivr_flows.engine.nodes.hangup import HangupNode
from ivr_flows.engine.nodes.hold import HoldNode
from ivr_flows.engine.nodes.keys import KeysNode
from ivr_flows.engine.nodes.languages import LanguagesNode
from ivr_flows.engine.nodes.menu import MenuNode
from ivr_flows.engine.nodes.pick import PickNode
from ivr_flows.engine.nodes.press import PressNode
from ivr_flows.engine.nodes.record import RecordNode
from ivr_flows.engine.nodes.reject import RejectNode
from ivr_flows.engine.nodes.say import SayNode
from ivr_flows.engine.nodes.switch import SwitchNode

AnyNode = Annotated[
    BridgeNode
    | ConferNode
    | ConnectNode
    | DialNode
    | DigitsNode
    | DoNode
    | EachNode
    | EnterNode
    | HangupNode
    | HoldNode
    | KeysNode
    | LanguagesNode
    | MenuNode
    | PickNode
    | PressNode
    | RecordNode
    | RejectNode
    | SayNode
    | SwitchNode,
    Field(discriminator="kind"),
]

__all__ = [
    "AnyNode",
    "BridgeNode",
    "ConferNode",
    "ConnectNode",
    "DialNode",
    "DigitsNode",
    "DoNode",
    "EachNode",
    "EnterNode",
    "HangupNode",
    "HoldNode",
    "KeysNode",
    "LanguagesNode",
    "MenuNode",
    "PickNode",
    "PressNode",
    "RecordNode",
    "RejectNode",
    "SayNode",
    "SwitchNode",
]
