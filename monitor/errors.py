"""Every error Pactwatch raises on purpose.

    PactwatchError
    ├── ConfigurationError     a setting, file or variable is wrong
    ├── InputError             an article, line or file cannot be read
    │   └── RecordError        a record of a topic cannot be decoded: it becomes a dead letter
    ├── BrokerError            Kafka is absent, or will not start
    │   └── TopicsError        topics are missing or of the wrong shape
    ├── RulesError             a rule or gazetteer file is wrong
    └── DeliveryError          Slack did not take a message

The message says what is wrong and where; ``hint`` says what to do about it.  ``exit_code`` is what
the command line returns when the error ends a command.
"""

from __future__ import annotations


class PactwatchError(Exception):
    """The root: anything a person can be told about in a sentence."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class ConfigurationError(PactwatchError):
    """A setting, a file of settings or an environment variable is wrong."""

    exit_code = 2


class InputError(PactwatchError):
    """An article, a line or a file that was given cannot be read."""

    exit_code = 3


class RecordError(InputError):
    """A record of a topic cannot be decoded; ``reason`` is a word for counting, such as ``not_json``."""

    def __init__(self, message: str, *, reason: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.reason = reason


class BrokerError(PactwatchError):
    """Kafka cannot be reached or started."""

    exit_code = 4


class TopicsError(BrokerError):
    """Topics are missing, or have another number of partitions than the settings say."""


class RulesError(PactwatchError):
    """A file of rules or of a gazetteer is wrong."""

    exit_code = 5


class DeliveryError(PactwatchError):
    """Slack did not take a message; ``code`` is Slack's own word for why, where it gave one."""

    exit_code = 6

    def __init__(self, message: str, *, code: str | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.code = code
