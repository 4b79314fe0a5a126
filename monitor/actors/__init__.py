"""Counts who was seen: from sightings to rolling tables of actors."""

from __future__ import annotations

from monitor.actors.counts import Counts
from monitor.actors.draft import CountsDraft

__all__ = ["Counts", "CountsDraft"]
