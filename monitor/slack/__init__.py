"""Telling people on Slack: messages, the queue they wait in, and the way they are sent."""

from monitor.slack.draw import draw, svg
from monitor.slack.message import Message, render, render_reply

__all__ = ["Message", "draw", "render", "render_reply", "svg"]
