"""An alert in full, fetched from its topic, with where it was delivered."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.models.alert import Alert
from monitor.models.verdict import Verdict
from monitor.web.data import alerts, browse
from monitor.web.data.live import Live
from monitor.web.data.page import Row
from monitor.web.data.rows import AlertRow, DeliveryRow, dump


@dataclass(frozen=True, slots=True)
class WholeAlert:
    """An alert, its row and its deliveries."""

    row: AlertRow
    alert: Alert
    deliveries: tuple[DeliveryRow, ...]
    verdicts: tuple[Verdict, ...] = ()
    """What readers said, the newest first."""

    def as_json(self) -> Row:
        """Return it as the API gives it."""
        return {
            **alerts.as_row(self.row, self.deliveries),
            "record": dump(self.alert),
            "verdicts": [dump(one) for one in self.verdicts],
            "deliveries": [
                {
                    "channel": one.channel,
                    "state": one.state.value,
                    "attempts": one.attempts,
                    "due": one.due.isoformat() if one.due else None,
                    "error": one.error,
                    "ts": one.ts,
                    "updated_at": one.updated_at.isoformat(),
                }
                for one in self.deliveries
            ],
        }


async def whole(live: Live, alert_id: str) -> WholeAlert | None:
    """Return an alert's newest revision; None when there is none, or the topic no longer has it.

    Raises:
        BrokerError: Kafka is not there.

    """
    row = alerts.newest(live).get(alert_id)
    if row is None:
        return None
    record = await browse.fetch(live.settings, live.alerts.topic, row.place.partition, row.place.offset)
    if record is None:
        return None
    said = (verdict for verdict in live.verdicts.items().values() if verdict.alert_id == alert_id)
    return WholeAlert(
        row,
        Alert.decode(record.value),
        tuple(alerts.deliveries(live, alert_id)),
        tuple(sorted(said, key=lambda verdict: verdict.at, reverse=True)),
    )
