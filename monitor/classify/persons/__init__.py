"""People, their titles and states, read from the text itself.

No list of who holds which office: names are runs of words with a capital that stand beside a title ("Defence Minister
Rajnath Singh", "Pete Hegseth, the US Secretary of War"); surnames further on lead back to them.
"""

from __future__ import annotations

from monitor.classify.persons.find import find_persons
from monitor.classify.persons.model import Office, Person, PersonMention, person_key
from monitor.classify.persons.origin import country_among
from monitor.classify.text import Span

__all__ = ["Office", "Person", "PersonMention", "Span", "country_among", "find_persons", "person_key"]
