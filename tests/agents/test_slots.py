"""Slots: each worker of a machine has its own, and a freed one is taken again."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from agents.slots import acquire
from monitor.errors import ConfigurationError


def test_workers_take_the_first_free_slot(tmp_path: Path) -> None:
    """0, 1, then 0 again when its worker has ended; the host id stays."""
    first, second = acquire(tmp_path), acquire(tmp_path)
    assert (first.number, second.number) == (0, 1)
    assert first.host_id == second.host_id
    assert first.instance_id == f"{first.host_id}-worker-0"
    first.release()
    third = acquire(tmp_path)
    assert third.instance_id == first.instance_id
    assert third.folder == tmp_path / "worker-0"
    second.release()
    third.release()


def test_a_killed_worker_frees_its_slot(tmp_path: Path) -> None:
    """The lock ends with the process, however it ends: no file has to be tidied up."""
    code = f"import os, pathlib; from agents.slots import acquire; acquire(pathlib.Path({str(tmp_path)!r})); os.abort()"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -signal.SIGABRT
    slot = acquire(tmp_path)
    assert slot.number == 0
    slot.release()


def test_two_machines_that_share_a_name_have_different_ids(tmp_path: Path) -> None:
    """The id is drawn for each data folder."""
    slots = [acquire(tmp_path / name) for name in ("a", "b")]
    assert slots[0].instance_id != slots[1].instance_id
    for slot in slots:
        slot.release()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """The error says which folder and which setting."""
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(ConfigurationError, match="data_dir") as error:
        acquire(file / "below")
    assert str(file / "below") in error.value.message
