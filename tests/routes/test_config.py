"""Mistakes in the routes of a settings file, and what is said of them."""

from __future__ import annotations

from pathlib import Path

import pycountry
import pytest

from monitor.errors import ConfigurationError
from monitor.routes.vocabulary import is_state, known_actor, organisations, regions
from monitor.settings import load

ROUTE = '[[routes]]\nname = "asia"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            'match = { parties = ["IND", "Germany"] }',
            "line 3: routes[asia].match.parties = 'Germany': there is no party",
        ),
        ('match = { parties = "Germany" }', "did you mean DEU?"),
        ('match = { all_parties = "NATOO" }', "did you mean NATO?"),
        ('match = { regions = "indo_pacifik" }', "there is no region indo_pacifik; did you mean indo_pacific?"),
        ('match = { subjects = "martime" }', "; did you mean maritime?"),
        ('match = { stage = "signed" }', "there is no setting routes[asia].match.stage; did you mean stages?"),
        ('match = { actors = "IND" }', "did you mean country:IND?"),
        ('match = { actors = "organisation:Quad" }', "did you mean forum:Quad?"),
        ('match = { actors = "pair:IND" }', "two parties and a plus, such as pair:IND+USA"),
        ('match = { actors = "person:hegseth" }', "country and surname, such as person:USA/hegseth"),
        ('match = { actors = "planet:mars" }', "there is no kind of actor planet"),
        ("match = { score = { at_least = 2 } }", "match.score.at_least = 2: input should be less than or equal to 1"),
        ('channel = "asia"', "should be a channel, as #name or as its id (C012AB3CD); did you mean #asia?"),
        ('mention = "@anna"', "should be here, channel, a person's member id (U012AB3CD)"),
        ('time_zone = "Europe/Berln"', "did you mean Europe/Berlin?"),
        ('digest = "daily"', 'should be "off", or a table such as { at = "08:00" }'),
        ('digest = { at = "25:00" }', 'digest.at = \'25:00\': should be a time of day from "00:00" to "24:00"'),
        ('digest = { at = "08:00", day = "mon" }', "there is no setting routes[asia].digest.day; did you mean days?"),
        ('digest = { at = "08:00", days = "monday" }', "did you mean mon?"),
        ("storm = { more_than = 3 }", "routes[asia].storm.within_minutes is missing"),
        ('quiet_hours = { from = "07:00", to = "07:00" }', 'a whole day is from = "00:00", to = "24:00"'),
        ('quiet_hours = { from = "00:00", to = "24:00" }', "cover the whole week: nobody would ever be told"),
        ('drop = true\nchannel = "#a"', "drop = true tells nobody: it goes with neither channel nor routes"),
        ('[[routes]]\nname = "b"', "the routes after asia are never reached, for it takes every alert"),
        ('continue = true\n[[routes]]\nname = "asia"', "two routes have the name asia"),
        (
            "[[routes.routes]]\n[routes.routes.match]\nyears = 3",
            "line 5: there is no setting routes[asia].routes[1].match",
        ),
    ],
)
def test_a_mistake_says_where_it_is_and_what_is_allowed(tmp_path: Path, text: str, message: str) -> None:
    """File, line, key, and the word that was meant."""
    file = tmp_path / "pactwatch.toml"
    file.write_text(ROUTE + text + "\n", encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load(file)
    assert message in caught.value.message
    assert str(file) in caught.value.message


def test_times_may_be_written_as_toml_has_them(tmp_path: Path) -> None:
    """A local time without quotes is one too."""
    file = tmp_path / "pactwatch.toml"
    file.write_text("[[routes]]\ndigest = { at = 08:30:00 }\n", encoding="utf-8")
    (route,) = load(file).routes
    assert route.digest not in (None, "off")
    assert route.digest.at == 510  # type: ignore[union-attr]  # the line above says so


def test_the_regions_hold_all_states_and_no_word_nobody_knows() -> None:
    """Every member is a state or an organisation; every state that is a member of the United Nations has a region."""
    members = frozenset[str]().union(*regions().values())
    assert {one for one in members if not is_state(one) and one not in organisations()} == set()
    continents = frozenset[str]().union(
        *(regions()[name] for name in ("africa", "americas", "asia", "europe", "oceania"))
    )
    territories = {country.alpha_3 for country in pycountry.countries} - continents
    assert {"IND", "USA", "FRA", "BRA", "KEN", "AUS", "XKX", "TUR", "ISR"} <= continents
    assert all(code not in territories for code in ("SGP", "MUS", "KIR", "MCO", "CPV", "BRN", "SMR"))


def test_organisations_of_ones_own_rules_are_parties_too(tmp_path: Path) -> None:
    """Who adds an organisation to the gazetteers can route by it; without the folder it is a mistake."""
    own = tmp_path / "mine" / "gazetteer"
    own.mkdir(parents=True)
    (own / "organisation_kinds.tsv").write_text("# mine\nNSA\torganisation\n", encoding="utf-8")
    file = tmp_path / "pactwatch.toml"
    route = '[[routes]]\nmatch = { parties = "NSA", actors = "organisation:NSA" }\n'
    file.write_text(f"rules = '{tmp_path / 'mine'}'\n{route}", encoding="utf-8")
    assert load(file).routes[0].match.parties == ("NSA",)
    file.write_text(route, encoding="utf-8")
    with pytest.raises(ConfigurationError, match="there is no party NSA"):
        load(file)


def test_an_actor_key_has_one_form() -> None:
    """A pair is sorted, so that a matcher and a mute mean the actor that is counted."""
    assert known_actor("pair:USA+IND") == "pair:IND+USA"
    assert known_actor("person:USA/hegseth") == "person:USA/hegseth"
