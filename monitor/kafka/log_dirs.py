"""Asks the brokers how many bytes each partition takes on disk.

aiokafka knows no such request; this is DescribeLogDirs (key 35) in version 1, which every Kafka from 2.0 to 4 answers.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import for_code
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Boolean, Int16, Int32, Int64, Schema, String
from aiokafka.structs import TopicPartition


class _Answer(Response):  # type: ignore[misc] # aiokafka ships no types
    API_KEY = 35
    API_VERSION = 1
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "results",
            Array(
                ("error_code", Int16),
                ("log_dir", String("utf-8")),
                (
                    "topics",
                    Array(
                        ("topic", String("utf-8")),
                        (
                            "partitions",
                            Array(("partition", Int32), ("size", Int64), ("lag", Int64), ("is_future", Boolean)),
                        ),
                    ),
                ),
            ),
        ),
    )


class _Question(RequestStruct):  # type: ignore[misc] # as above
    API_KEY = 35
    API_VERSION = 1
    RESPONSE_TYPE = _Answer
    SCHEMA = Schema(("topics", Array(("topic", String("utf-8")), ("partitions", Array(Int32)))))


class _DescribeLogDirs(Request[_Question]):  # type: ignore[misc] # as above
    API_KEY = 35

    def __init__(self, topics: list[tuple[str, list[int]]]) -> None:
        self._topics = topics

    def build(self, request_struct_class: type[_Question]) -> _Question:
        return request_struct_class(self._topics)


async def sizes(client: AIOKafkaClient, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
    """Return the bytes of each partition, of its largest replica.

    A partition nobody answered for is left out.

    Raises:
        KafkaError: a broker does not answer, or does not let us ask.

    """
    wanted: dict[str, list[int]] = {}
    for topic, number in partitions:
        wanted.setdefault(topic, []).append(number)
    found: dict[TopicPartition, int] = {}
    for broker in client.cluster.brokers():
        answer: Any = await client.send(broker.nodeId, _DescribeLogDirs(list(wanted.items())))
        for error_code, _, topics in answer.results:
            if error_code:
                raise for_code(error_code)(f"broker {broker.nodeId} does not tell the sizes of its partitions")
            for topic, parts in topics:
                for number, size, _, is_future in parts:
                    place = TopicPartition(topic, number)
                    if not is_future:
                        found[place] = max(found.get(place, 0), size)
    return found
