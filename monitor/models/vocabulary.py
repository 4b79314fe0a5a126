"""The closed vocabularies: what kinds, instruments, subjects and stages there are.

A docstring a member, so that the words can be looked up where they are used.
"""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What an article's news is, as far as agreements go."""

    AGREEMENT = "agreement"
    """A development in a specific defence agreement between states, or a state and an organisation."""
    SALE = "sale"
    """An international arms transfer with no wider agreement."""
    MENTION = "mention"
    """A specific agreement as background, or defence cooperation in which no instrument moves."""


class Instrument(StrEnum):
    """The form of an agreement."""

    TREATY = "treaty"
    """A treaty or pact of the highest form."""
    AGREEMENT = "agreement"
    """An agreement, accord, deal or arrangement."""
    FRAMEWORK = "framework"
    """A framework or roadmap that further agreements fill in."""
    MOU = "mou"
    """A memorandum of understanding, or of intent."""
    PROTOCOL = "protocol"
    """A protocol, annex or implementing arrangement to an earlier agreement."""
    EXCHANGE_OF_NOTES = "exchange_of_notes"
    """An exchange of notes or letters."""
    JOINT_STATEMENT = "joint_statement"
    """A joint statement or declaration, a statement or letter of intent."""
    CONTRACT = "contract"
    """A contract or a letter of offer and acceptance."""
    UNKNOWN = "unknown"
    """The text does not say."""


class Subject(StrEnum):
    """What an agreement is about."""

    GENERAL_DCA = "general_dca"
    """Defence cooperation in general."""
    POLICY_CONSULTATION = "policy_consultation"
    """Dialogue and consultation."""
    EXERCISE_TRAINING = "exercise_training"
    """Exercises, training and education."""
    PROCUREMENT_TRANSFER = "procurement_transfer"
    """Buying, lending or giving of arms and equipment."""
    RD_INDUSTRIAL = "rd_industrial"
    """Research, development, technology and industry."""
    INFO_SECURITY = "info_security"
    """Protection and exchange of classified information, communications, geospatial data."""
    LOGISTICS = "logistics"
    """Mutual supply and services (ACSA, LEMOA)."""
    STATUS_OF_FORCES = "status_of_forces"
    """The legal status of forces in another country (SOFA)."""
    RECIPROCAL_ACCESS = "reciprocal_access"
    """Visiting forces going both ways."""
    BASING_ACCESS = "basing_access"
    """Bases, access to sites, prepositioning, stationing."""
    MUTUAL_DEFENCE = "mutual_defence"
    """Help if attacked; alliance; security guarantees."""
    MISSILE_DEFENCE = "missile_defence"
    """Missile and air defence."""
    MARITIME = "maritime"
    """Navies, coast guards, shipping routes, white shipping."""
    CYBER_SPACE = "cyber_space"
    """Cyber and space defence."""
    NUCLEAR_NAVAL = "nuclear_naval"
    """Nuclear propulsion, nuclear sharing."""
    PEACEKEEPING = "peacekeeping"
    """Peacekeeping and stabilisation."""
    AID = "aid"
    """Military aid and security assistance."""
    NONAGGRESSION = "nonaggression"
    """Non-aggression and neutrality."""


class Status(StrEnum):
    """The stage an agreement is at."""

    PROPOSED = "proposed"
    """One side, or both, would like it."""
    NEGOTIATING = "negotiating"
    """Talks on a text are under way."""
    AGREED = "agreed"
    """The text, or the will to sign, is settled; not signed."""
    INITIALLED = "initialled"
    """The text is initialled."""
    SIGNED = "signed"
    """Signed, or concluded in another binding way."""
    RATIFIED = "ratified"
    """Approved by a parliament or head of state after signature."""
    IN_FORCE = "in_force"
    """In force, in effect, operating (again)."""
    AMENDED = "amended"
    """Changed or widened."""
    RENEWED = "renewed"
    """Prolonged or renewed."""
    STALLED = "stalled"
    """Held up."""
    REJECTED = "rejected"
    """Voted down or refused."""
    SUSPENDED = "suspended"
    """Put on hold; also the suspension of a termination."""
    WITHDRAWN = "withdrawn"
    """One party has left it."""
    TERMINATED = "terminated"
    """Ended, or notice of its end given."""
    EXPIRED = "expired"
    """Run out."""

    @property
    def rank(self) -> int | None:
        """Place in the order of a life that goes well; None for the stages outside it."""
        return _RANK.get(self)


_RANK = {
    Status.PROPOSED: 0,
    Status.NEGOTIATING: 1,
    Status.AGREED: 2,
    Status.INITIALLED: 3,
    Status.SIGNED: 4,
    Status.RATIFIED: 5,
    Status.IN_FORCE: 6,
}


class Reason(StrEnum):
    """Why an alert was made."""

    NEW_AGREEMENT = "new_agreement"
    """The first report of an agreement."""
    STAGE_MOVED = "stage_moved"
    """The agreement entered another stage."""
    NEW_FACT = "new_fact"
    """A material fact that was not told yet."""
    CORRECTED = "corrected"
    """A fact that was told turned out otherwise."""
    SURGE = "surge"
    """An actor is seen far more often than usual."""


class ActorKind(StrEnum):
    """What sort of actor."""

    COUNTRY = "country"
    """A state, keyed by ISO 3166 alpha-3 code."""
    ORGANISATION = "organisation"
    """An international organisation, keyed by short name."""
    FORUM = "forum"
    """A meeting format without legal personality."""
    PERSON = "person"
    """A person, keyed by country and normalised surname."""
    OFFICE = "office"
    """A ministry, parliament or other office."""
    PAIR = "pair"
    """Two actors of one agreement."""


class ActorRole(StrEnum):
    """What an actor does in an article."""

    PARTY = "party"
    """A party to the agreement."""
    SIGNATORY = "signatory"
    """Signs or announces."""
    HOST = "host"
    """The country the event takes place in, no party."""
    MEDIATOR = "mediator"
    """Brought the parties together."""
    OBSERVER = "observer"
    """Present without being a party."""
    SUPPLIER = "supplier"
    """Sells or gives."""
    BUYER = "buyer"
    """Buys or receives."""
    NAMED = "named"
    """Named, with no other role found."""


class DeliveryState(StrEnum):
    """Where an alert stands on one channel."""

    QUEUED = "queued"
    """Accepted; waits its turn."""
    HELD = "held"
    """Waits; `Hold` says for what."""
    SENDING = "sending"
    """The intent is written; Slack may or may not have it."""
    SENT = "sent"
    """Slack has it; ``ts`` is known."""
    MUTED = "muted"
    """A mute covers it."""
    DIGESTED = "digested"
    """Told as a line of a digest."""
    FAILED = "failed"
    """Given up; a dead letter says why."""


class FalseAlarm(StrEnum):
    """What was wrong with an alert, as readers choose it on Slack."""

    NO_AGREEMENT = "no_agreement"
    """The article tells of no agreement at all."""
    NOT_DEFENCE = "not_defence"
    """An agreement, but not on defence."""
    ONLY_MENTIONED = "only_mentioned"
    """The agreement is background, or only talked about: nothing moved."""
    WRONG_FACTS = "wrong_facts"
    """Parties, stage or date are wrong."""
    OLD_NEWS = "old_news"
    """Told before, or long ago."""
    OTHER = "other"
    """Something else."""


class Hold(StrEnum):
    """Why an alert waits for a due time, or for something to happen."""

    QUIET = "quiet"
    """Quiet hours: told in one digest at their end."""
    DIGEST = "digest"
    """The route tells once a day or week."""
    STORM = "storm"
    """So many alerts came at once that they become one summary."""
    SOURCES = "sources"
    """Fewer sources than the route asks for; no due time."""
    NO_CHANNEL = "no_channel"
    """A rehearsal's, and no sandbox channel is set; no due time."""


class ReplayMode(StrEnum):
    """What a replay may touch."""

    REHEARSE = "rehearse"
    """A namespace of its own."""
    WARM_UP = "warm_up"
    """Production state learns, nobody is told."""
    LIVE = "live"
    """As if it were news."""
