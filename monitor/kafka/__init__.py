"""Kafka: the embedded broker, the topics, and how to reach both."""
