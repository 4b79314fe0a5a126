"""What Slack takes in one message.  Counted in UTF-16 units of escaped text, the strictest reading."""

from __future__ import annotations

HEADER = 150
FIELD = 2000
FIELDS = 10
BUTTON_URL = 3000
ALL_BLOCKS = 13_200
"""Of the blocks as a whole, counted on their JSON."""
TEXT = 3000
"""Of a section or context."""
BLOCK_ID = 255
BUTTON_VALUE = 2000
