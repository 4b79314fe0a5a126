"""Tests of what brings articles in."""
