"""What an article says of defence agreements: detection, fields, evidence, score. Knows nothing of Kafka."""

from monitor.classify.classifier import Classifier
from monitor.classify.result import ActorMention, Classification, Trace, article_reports, sightings

__all__ = ["ActorMention", "Classification", "Classifier", "Trace", "article_reports", "sightings"]
