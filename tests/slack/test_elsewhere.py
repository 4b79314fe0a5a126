"""Merged and split dossiers: their messages on Slack lead to each other."""

from __future__ import annotations

from typing import Any

import pytest

from monitor.models.agreement import Agreement, AgreementState
from monitor.models.delivery import Delivery
from monitor.models.vocabulary import DeliveryState
from monitor.slack.dossiers import Card
from monitor.slack.heard import Said
from tests.slack import samples
from tests.slack.conftest import Desk, MakeDesk, Server, until
from tests.slack.plans import another

pytestmark = pytest.mark.kafka


async def put(desk: Desk, agreement_id: str, **changes: Any) -> None:
    """Write a dossier."""
    shown = None if "merged_into" in changes else samples.snapshot(agreement_id=agreement_id)
    state = AgreementState.MERGED if "merged_into" in changes else AgreementState.LIVE
    record = Agreement(id=agreement_id, state=state, snapshot=shown, **changes)
    await desk.put("agreements", agreement_id, record.encode())


def said(message: dict[str, Any]) -> str:
    """Return what a message says beside the news."""
    return str([block for block in message["blocks"] if block["type"] == "context"])


async def test_an_absorbed_message_links_to_the_survivor(make_desk: MakeDesk, server: Server) -> None:
    """By its permalink, through a chain of merges, whichever record comes first."""
    desk = await make_desk(server)
    async with desk.delivering(answered=True) as deliverer:
        await desk.write(another(1), another(3))
        await until(lambda: len(server.messages("pacts")) == 2)
        await put(desk, "agreement-3")
        await until(lambda: deliverer.heard.dossiers.get("agreement-3"))
        await put(desk, "agreement-1", merged_into="agreement-2")
        await put(desk, "agreement-2", merged_into="agreement-3")
        await until(lambda: "Merged" in said(server.messages("pacts")[0]))

        def linked() -> bool:
            absorbed, survivor = server.messages("pacts")
            return f"p{survivor['ts'].replace('.', '')}|India – United States: defence framework>" in said(absorbed)

        await until(linked)
        absorbed, survivor = server.messages("pacts")
    assert not any(block["type"] == "actions" for block in absorbed["blocks"])  # who acts does so on the survivor
    assert "Merged" not in said(survivor)


async def test_split_dossiers_name_each_other(make_desk: MakeDesk, server: Server) -> None:
    """Each says that it is not the other; without a message there the dashboard is linked, or nothing."""
    desk = await make_desk(server)
    async with desk.delivering():
        await desk.write(another(1), another(2))
        await until(lambda: len(server.messages("pacts")) == 2)
        await put(desk, "agreement-1", apart=("agreement-2",))
        await put(desk, "agreement-2", apart=("agreement-1", "agreement-4"))
        await until(lambda: all("Split" in said(message) for message in server.messages("pacts")))
        first, second = server.messages("pacts")
    assert f"/p{second['ts'].replace('.', '')}|" in said(first)
    assert f"/p{first['ts'].replace('.', '')}|" in said(second)
    assert "not the same as agreement-4" in said(second)


def test_a_circle_of_merges_leads_nowhere() -> None:
    """Records that contradict each other stop no drawing."""
    cards = {"a": Card("a", "A", merged_into="b"), "b": Card("b", "B", merged_into="a")}
    delivery = Delivery(
        alert_id="x", channel="#pacts", agreement_id="a", state=DeliveryState.SENT, updated_at=samples.AT
    )
    notes = Said([], [], cards.get).notes(delivery, lambda _: None, samples.AT)
    assert notes.merged_into is None
