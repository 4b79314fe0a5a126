"""Who is who behind a person's key."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.actors.head import Span
from monitor.actors.identity import identities
from monitor.actors.seen import Form
from monitor.models.actor import Identity


def persons(*seen: tuple[str, str, int], key: str = "person:IND/singh") -> tuple[Identity, ...]:
    """Return the persons behind forms, given as (name, office, articles); each form a day later than the one before."""
    forms = {
        Form(name, office, "IND"): Span(articles, 20_000 + place, 20_000 + place)
        for place, (name, office, articles) in enumerate(seen)
    }
    return identities(key, forms)


def test_titles_initials_and_spellings_are_joined() -> None:
    """One person, called by the fullest form that is seen often, though the bare surname is seen more."""
    (one,) = persons(
        ("Mr Singh", "", 50),
        ("Rajnath Singh", "Defence Minister", 20),
        ("Shri Rajnath Singh", "defence minister", 3),
        ("R. Singh", "", 2),
        ("Rajnat Singh", "", 1),
    )
    assert one.name == "Rajnath Singh"
    assert one.articles == 76
    assert set(one.aliases) == {"Mr Singh", "Shri Rajnath Singh", "R. Singh", "Rajnat Singh"}
    assert [office.title for office in one.offices] == ["Defence Minister"]
    assert "given name Rajnath" in one.explanation


def test_namesakes_with_clearly_different_given_names_are_kept_apart() -> None:
    """The bare surname goes with the office it comes with, else to the one seen most."""
    first, second = persons(
        ("Rajnath Singh", "Defence Minister", 20),
        ("Jitendra Singh", "Science Minister", 8),
        ("Mr Singh", "Science Minister", 3),
        ("Singh", "", 5),
    )
    assert (first.name, first.articles, first.aliases) == ("Rajnath Singh", 25, ("Singh",))
    assert (second.name, second.articles, second.aliases) == ("Jitendra Singh", 11, ("Mr Singh",))
    assert "others of the surname have clearly different given names" in second.explanation


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Mohammed bin Salman", "Muhammad bin Salman", True),
        ("Sergey Salman", "Sergei Salman", True),
        ("José Salman", "Jose Salman", True),
        ("Alex Salman", "Alexander Salman", True),
        ("Khalid bin Salman", "Mohammed bin Salman", False),
        ("John Salman", "Joan Salman", False),
        ("Rajnath Salman", "Rajesh Salman", False),
    ],
)
def test_which_given_names_may_be_one(one: str, other: str, same: bool) -> None:
    """Spellings are one, other names are not."""
    assert (len(persons((one, "", 3), (other, "", 2), key="person:SAU/salman")) == 1) is same


def test_a_surname_alone_is_a_person_of_whom_no_more_is_known() -> None:
    """The explanation says that no given name was seen."""
    (one,) = persons(("General Singh", "Army Chief", 2), ("Singh", "", 1))
    assert one.name == "General Singh"
    assert "no given name" in one.explanation


@given(
    st.lists(st.tuples(st.text(max_size=12), st.text(max_size=5), st.integers(1, 9)), min_size=1, max_size=8), st.data()
)
def test_order_does_not_matter_and_no_article_is_lost(seen: list[tuple[str, str, int]], data: st.DataObject) -> None:
    """Whatever the names, in whatever order: the same persons, and every form belongs to one of them."""
    forms = {Form(name, office, "IND"): Span(articles, 1, 2) for name, office, articles in seen}
    shuffled = dict(data.draw(st.permutations(list(forms.items()))))
    found = identities("person:IND/singh", forms)
    assert identities("person:IND/singh", shuffled) == found
    assert sum(one.articles for one in found) == sum(span.articles for span in forms.values())
