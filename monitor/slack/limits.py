"""What Slack takes in one message.  Counted in UTF-16 units of escaped text, the strictest reading."""

from __future__ import annotations

BLOCKS = 50
HEADER = 150
SECTION = 3000
FIELD = 2000
FIELDS = 10
CONTEXT_ELEMENTS = 10
CONTEXT_TEXT = 3000
BUTTON_TEXT = 75
BUTTON_URL = 3000
ALL_BLOCKS = 13_200
"""Of the blocks as a whole, counted on their JSON."""
TEXT = 4000
"""Of the text beside the blocks; Slack takes more, no notification shows it."""
METADATA_BYTES = 8000
