"""The API against its own description, asked by schemathesis: what nobody thought of is asked too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seed_of
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.web.conftest import API_TOKEN, namespace, process
from tests.web.seeding import seed

pytestmark = pytest.mark.kafka

BEARER = {"Authorization": f"Bearer {API_TOKEN}"}
# A question may be right in form and name what is not there: 404 or 422 says so, and both are described.
ENDLESS = "/api/v1/alerts/stream"
"""Never ends; `test_api` reads it."""


@pytest.fixture(scope="module")
def address(broker: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run a dashboard over an archive of its own: actions change it."""
    made = namespace(broker, tmp_path_factory.mktemp("schema"))
    seed(made)
    with process(made, PACTWATCH_API_TOKEN=API_TOKEN) as found:
        yield found


def ask(address: str, mode: GenerationMode, examples: int) -> None:
    """Ask every operation so many questions, the same ones each time; fail with all that was wrong."""
    described = schemathesis.openapi.from_url(f"{address}/api/openapi.json").exclude(path=ENDLESS)
    asked, failed = [], []
    for found in described.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()

        @seed_of(operation.label)
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(mode))
        def answers(case: Any) -> None:
            case.call_and_validate(headers=BEARER, excluded_checks=[positive_data_acceptance])

        asked.append(operation.label)
        try:
            answers()
        except Unsatisfiable:  # an operation without parameters cannot be asked wrongly
            assert mode is GenerationMode.NEGATIVE, operation.label
        except (FailureGroup, Failure) as failure:
            failed.append(f"{operation.label}: {failure}")
    assert len(asked) > 20
    assert not failed, "\n".join(failed)


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_the_api_is_as_it_describes_itself(address: str, mode: GenerationMode) -> None:
    """Whatever is asked, the answer is one that is described: no error of ours, no other status, type or form."""
    ask(address, mode, 6)


@pytest.mark.slow
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_the_api_is_as_it_describes_itself_at_length(address: str, mode: GenerationMode) -> None:
    """The same with many more questions."""
    ask(address, mode, 150)
