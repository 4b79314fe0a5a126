"""Work in threads that the end of the program does not wait for: a read from a pipe may never return."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import Any, TypeVar, cast

T = TypeVar("T")


class Apart:
    """Runs one piece of work at a time, until ``stop`` is set."""

    def __init__(self, stop: asyncio.Event) -> None:
        self.busy = False
        """A piece of work was left behind and still runs."""
        self._stop = stop

    async def run(self, work: Callable[[], T]) -> T | None:
        """Return what the work gives, or None when told to stop before; what it raises is raised here."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()

        def finish(result: T | None, error: BaseException | None) -> None:
            if done.done():
                return
            if error is not None:
                done.set_exception(error)
            else:
                done.set_result(cast("T", result))

        def run() -> None:
            result: T | None = None
            failed: BaseException | None = None
            try:
                result = work()
            except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
                failed = error
            with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits
                loop.call_soon_threadsafe(finish, result, failed)

        stop = asyncio.ensure_future(self._stop.wait())
        self.busy = True
        threading.Thread(target=run, daemon=True).start()
        either: set[asyncio.Future[Any]] = {done, stop}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if not done.done():
            done.cancel()
            return None
        self.busy = False
        return done.result()
