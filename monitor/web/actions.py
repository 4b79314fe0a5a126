"""What operators do over the API: retry, drop, mute, merge, split."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel, Field

from monitor.web import site as acts
from monitor.web.access import User
from monitor.web.answers import faults
from monitor.web.data.page import Row
from monitor.web.site import Site


class Ids(BaseModel):
    """Which dead letters."""

    ids: list[str] = Field(min_length=1, max_length=10_000)


class Silence(BaseModel):
    """What is silenced, and for how long."""

    scope: acts.Scope
    target: str = Field(min_length=1, max_length=300)
    days: float = Field(default=7.0, gt=0, le=3650)
    why: str = Field(default="", max_length=1000)


class Merge(BaseModel):
    """The dossier that is absorbed."""

    other_id: str = Field(min_length=1, max_length=200)
    why: str = Field(default="", max_length=1000)


class Split(BaseModel):
    """The articles that leave."""

    article_ids: list[str] = Field(min_length=1, max_length=1000)
    why: str = Field(default="", max_length=1000)


def user_of(request: Request) -> User:
    """Return who asks; the guard has put him there."""
    user = request.scope.get("state", {}).get("user")
    if not isinstance(user, User):
        raise HTTPException(401, "not logged in")
    return user


Somebody = Annotated[User, Depends(user_of)]


def add(routes: APIRouter, site: Site) -> None:
    """Add the routes."""

    @routes.post("/dead-letters/retry", tags=["actions"], responses=faults(400, 403))
    async def post_retry(wanted: Ids, user: Somebody) -> Row:
        """Put records back where they came from."""
        done, refused = await site.retry(user, wanted.ids)
        return {"retried": done, "refused": refused}

    @routes.post("/dead-letters/drop", tags=["actions"], responses=faults(400, 403))
    async def post_drop(wanted: Ids, user: Somebody) -> Row:
        """Mark dead letters as done with."""
        return {"dropped": await site.drop(user, wanted.ids)}

    @routes.post("/mutes", tags=["actions"], status_code=201, responses=faults(400, 403))
    async def post_mute(wanted: Silence, user: Somebody) -> Row:
        """Begin a silence; what would have been told meanwhile is not told later."""
        mute = acts.mute(user, wanted.scope, wanted.target, wanted.days, wanted.why)
        await site.mute(user, mute)
        return {"id": mute.id, "until": mute.until.isoformat()}

    @routes.delete("/mutes/{number}", tags=["actions"], responses=faults(400, 403))
    async def delete_mute(number: str, user: Somebody) -> Row:
        """End a silence before its time."""
        await site.end_mute(user, number)
        return {"ended": number}

    @routes.post("/agreements/{agreement_id}/merge", tags=["actions"], status_code=202, responses=faults(400, 403))
    async def post_merge(agreement_id: str, wanted: Merge, user: Somebody) -> Row:
        """Let this dossier absorb another; the tracker does it in a moment."""
        await site.correct(user, acts.merge(user, agreement_id, wanted.other_id, wanted.why))
        return {"accepted": "merge"}

    @routes.post("/agreements/{agreement_id}/split", tags=["actions"], status_code=202, responses=faults(400, 403))
    async def post_split(agreement_id: str, wanted: Split, user: Somebody) -> Row:
        """Take articles out of this dossier; the tracker does it in a moment."""
        await site.correct(user, acts.split(user, agreement_id, wanted.article_ids, wanted.why))
        return {"accepted": "split"}
