"""People, their titles and states, from the words beside their names."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from monitor.classify.countries import find_countries
from monitor.classify.persons import Office, Person, country_among, find_persons, person_key
from tests.classify.primitives import LEXICON, articles, assert_exact, document


def people(text: str, title: str = "") -> tuple[Person, ...]:
    doc = document(text, title)
    return find_persons(doc, find_countries(doc))


def lines(text: str) -> list[str]:
    """Return "name | role | country" of each person."""
    return [f"{person.name} | {person.role or '-'} | {person.country or '-'}" for person in people(text)]


PATTERNS = {
    # title, name
    "Defence Minister Rajnath Singh said": ["Rajnath Singh | Defence Minister | -"],
    "US Secretary of War Pete Hegseth left": ["Pete Hegseth | Secretary of War | USA"],
    "the Danish foreign minister Lars Rasmussen": ["Lars Rasmussen | Foreign Minister | DNK"],
    "Bahrain's Minister of Defence Affairs Abdullah Al-Nuaimi": [
        "Abdullah Al-Nuaimi | Minister of Defence Affairs | BHR"
    ],
    "President of the Republic of Korea Lee Jae-myung": ["Lee Jae-myung | President | KOR"],
    "the Pentagon's policy chief Elbridge Colby": ["Elbridge Colby | Policy Chief | USA"],
    "Japanese Ambassador to India Suzuki Satoshi": ["Suzuki Satoshi | Ambassador to India | JPN"],
    "Ambassador to Manila Endo Kazuya": ["Endo Kazuya | Ambassador to Manila | -"],
    "NATO Secretary General Mark Rutte": ["Mark Rutte | Secretary General | NATO"],
    "Raksha Mantri Shri Rajnath Singh": ["Rajnath Singh | Raksha Mantri | IND"],
    "spokesperson Colonel Amadou Abdramane": ["Amadou Abdramane | Spokesperson | -"],
    "Minister of Defence, Lt. Gen. Osman Abbas": ["Osman Abbas | Minister of Defence | -"],
    "Chief of Defence General Carsten Breuer": ["Carsten Breuer | Chief of Defence | -"],
    "Polish Deputy Prime Minister and Defence Minister Jan Nowak": [
        "Jan Nowak | Deputy Prime Minister and Defence Minister | POL"
    ],
    "Defence Minister Israel Katz": ["Israel Katz | Defence Minister | -"],
    # name, title
    "Pete Hegseth, the US Secretary of War, met them": ["Pete Hegseth | Secretary of War | USA"],
    "Rubén Ramírez Lezcano, Paraguay's foreign minister": ["Rubén Ramírez Lezcano | Foreign Minister | PRY"],
    "Gen. Romeo Brawner Jr., chief of staff of the Armed Forces of the Philippines": [
        "Romeo Brawner Jr. | Chief of Staff | PHL"
    ],
    "Guillaume Roy, who has just become director for strategy": ["Guillaume Roy | Director for Strategy | -"],
    "the Hon. Scott Roe MP, Prime Minister of Australia": ["Scott Roe | Prime Minister | AUS"],
    # title, comma, name
    "India's external affairs minister, S. Jaishankar, said": ["S. Jaishankar | External Affairs Minister | IND"],
    "the US Secretary of War, Mr Pete Hegseth, in": ["Pete Hegseth | Secretary of War | USA"],
    "Nigeria's High Commissioner, retired Vice-Admiral Ibok-Ete Ekwe Ibas, signed": [
        "Ibok-Ete Ekwe Ibas | High Commissioner | NGA"
    ],
    # several
    "Prime Ministers Keir Starmer and Donald Tusk met": [
        "Keir Starmer | Prime Minister | -",
        "Donald Tusk | Prime Minister | -",
    ],
    "deputy foreign ministers Andrey Rudenko and Kim Jong Gyu": [
        "Andrey Rudenko | Deputy Foreign Minister | -",
        "Kim Jong Gyu | Deputy Foreign Minister | -",
    ],
    "Ministers of Defence Dominic Nitiwul of Ghana and Angie Motshekga of South Africa": [
        "Dominic Nitiwul | Minister of Defence | GHA",
        "Angie Motshekga | Minister of Defence | ZAF",
    ],
    "the defence ministers of India and Japan, Rajnath Singh and Minoru Kihara, signed": [
        "Rajnath Singh | Defence Minister | IND",
        "Minoru Kihara | Defence Minister | JPN",
    ],
    "Australian Defence Minister Richard Marles and his Japanese counterpart Gen Nakatani": [
        "Richard Marles | Defence Minister | AUS",
        "Gen Nakatani | Defence Minister | JPN",
    ],
    "King Abdullah II of Jordan and Crown Prince Mohammed bin Salman": [
        "Abdullah II | King | JOR",
        "Mohammed bin Salman | Crown Prince | -",
    ],
    "Prime Minister Anthony Albanese of Australia and Indonesian President Prabowo Subianto": [
        "Anthony Albanese | Prime Minister | AUS",
        "Prabowo Subianto | President | IDN",
    ],
    # names of all kinds
    'President Ferdinand "Bongbong" Marcos Jr. left': ['Ferdinand "Bongbong" Marcos Jr. | President | -'],
    "Crown Prince Salman bin Hamad Al Khalifa left": ["Salman bin Hamad Al Khalifa | Crown Prince | -"],
    "Hungarian defence minister Kristóf Szalay-Bobrovniczky": ["Kristóf Szalay-Bobrovniczky | Defence Minister | HUN"],
    "Vietnamese Defense Minister Phan Van Giang": ["Phan Van Giang | Defense Minister | VNM"],
    "Mr. KISHIDA Fumio, Prime Minister of Japan": ["Fumio Kishida | Prime Minister | JPN"],
    "Kim You-geun, a deputy director of the security office": [
        "Kim You-geun | Deputy Director of the Security Office | -"
    ],
    "Secretary Antony J. Blinken": ["Antony J. Blinken | Secretary | -"],
    "President Luiz Inácio Lula da Silva": ["Luiz Inácio Lula da Silva | President | -"],
    # without a title
    "Nebojsa Rodic, who holds the office, signed": ["Nebojsa Rodic | - | -"],
    "Matthew Roe visited": ["Matthew Roe | - | -"],
    "Brazil's Otavio Cardoso offered it": ["Otavio Cardoso | - | BRA"],
    "signed by Helena Quintas and Armindo Tavares": ["Helena Quintas | - | -", "Armindo Tavares | - | -"],
    "Helena Quintas and Armindo Tavares signed it": ["Helena Quintas | - | -", "Armindo Tavares | - | -"],
    # for whom one signs
    "General Rachid Benamar signed for Algiers, Colonel Sidi Ould Moktar for Nouakchott": [
        "Rachid Benamar | General | DZA",
        "Sidi Ould Moktar | Colonel | MRT",
    ],
    "signed by Edgar Chuquimia for Bolivia and Nuria Valdez for Peru": [
        "Edgar Chuquimia | - | BOL",
        "Nuria Valdez | - | PER",
    ],
    "the Austrian and Swiss ministers, Konrad Pichler and Regula Aebischer, signed": [
        "Konrad Pichler | Minister | AUT",
        "Regula Aebischer | Minister | CHE",
    ],
    "the chiefs of staff, Lieutenant General Lamin Jallow for the Gambia and General Ibrahima Sarr for Senegal,": [
        "Lamin Jallow | Chief of Staff | GMB",
        "Ibrahima Sarr | Chief of Staff | SEN",
    ],
    "the two defence ministers, Colonel General Rauf Mammadli and Selim Kaplan, signed": [
        "Rauf Mammadli | Defence Minister | -",
        "Selim Kaplan | Defence Minister | -",
    ],
    "Iran's ambassador there, Kamran Jalili, said": ["Kamran Jalili | Ambassador | IRN"],
    "the alliance's deputy secretary general, Paolo Ricci, said": ["Paolo Ricci | Deputy Secretary General | -"],
    "the federal councillor in charge of defence, Regula Aebischer, said": [
        "Regula Aebischer | Federal Councillor in Charge of Defence | -"
    ],
    # in capitals
    "DEFENCE MINISTER RAJNATH SINGH MET US SECRETARY OF WAR PETE HEGSETH IN DELHI ON FRIDAY": [
        "Rajnath Singh | Defence Minister | -",
        "Pete Hegseth | Secretary of War | USA",
    ],
}


@pytest.mark.parametrize("text", PATTERNS)
def test_patterns(text: str) -> None:
    """A name, the title beside it, and the state that demonym, possessive, "of" or the title itself gives."""
    assert lines(text) == PATTERNS[text]


NOTHING = [
    "the Defence Minister on Friday said",
    "the prime minister of Australia met the president of Indonesia in Bali",
    "the Mutual Defence Treaty and the Storm Shadow",
    "General Motors' plant".replace("General Motors", "the"),
    "Foreign Secretary Monday",
]


@pytest.mark.parametrize("text", NOTHING)
def test_nobody(text: str) -> None:
    """A title without a name, treaties and weekdays are nobody."""
    assert lines(text) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Defence Minister Rajnath Singh Friday said", "Rajnath Singh"),
        ("Defence Minister Rajnath Singh India's own", "Rajnath Singh"),
        ("Defence Minister John Healey. He said", "John Healey"),
        ("Secretary of Defense Lloyd Austin Pentagon chief", "Lloyd Austin"),
    ],
)
def test_names_swallow_nothing(text: str, name: str) -> None:
    """Weekdays, states and the next sentence are no part of a name."""
    assert people(text)[0].name == name


def test_surnames_lead_back_to_the_person() -> None:
    """Surname, given name where people go by it, and the headline are the same person."""
    persons = people(
        "Indonesian President Prabowo Subianto met Prime Minister Anthony Albanese. Prabowo agreed. Albanese smiled.",
        title="Prabowo meets Albanese",
    )
    assert [(person.surname, len(person.mentions)) for person in persons] == [("Prabowo", 3), ("Albanese", 3)]
    assert persons[0].in_sentence(0)
    assert [mention.full for mention in persons[0].mentions] == [False, True, False]


def test_a_headline_in_title_case() -> None:
    """Where every word has a capital, the text tells which are names."""
    persons = people(
        "Defence Minister Rajnath Singh signs pact with Japan, officials said.",
        title="Defence Minister Rajnath Singh Signs Pact With Japan",
    )
    assert [person.name for person in persons] == ["Rajnath Singh"]


def test_evidence() -> None:
    """The words that give role and state are quoted."""
    (person,) = people("Then the German defence minister, Boris Pistorius, spoke.")
    assert person.role_span is not None
    assert person.country_span is not None
    assert person.role_span.text.endswith("defence minister")
    assert person.country_span.text == "German"


OFFICES = {
    "President Roe Doe": Office.HEAD_OF_STATE,
    "Vice President Jane Doe": Office.OFFICIAL,
    "King Felipe Doe": Office.MONARCH,
    "Prime Minister Jane Doe": Office.HEAD_OF_GOVERNMENT,
    "Chancellor Jane Doe": Office.HEAD_OF_GOVERNMENT,
    "Defence Secretary Jane Doe": Office.DEFENCE_MINISTER,
    "Secretary of War Jane Doe": Office.DEFENCE_MINISTER,
    "Foreign Minister Jane Doe": Office.FOREIGN_MINISTER,
    "Secretary of State Jane Doe": Office.FOREIGN_MINISTER,
    "Interior Minister Jane Doe": Office.MINISTER,
    "Deputy Defence Minister Jane Doe": Office.DEPUTY_MINISTER,
    "Army chief Jane Doe": Office.MILITARY_CHIEF,
    "Colonel Jane Doe": Office.OFFICER,
    "Ambassador Jane Doe": Office.AMBASSADOR,
    "High Commissioner Jane Doe": Office.AMBASSADOR,
    "High Representative Jane Doe": Office.ORGANISATION_HEAD,
    "Senator Jane Doe": Office.LEGISLATOR,
    "Pentagon spokesman John Doe": Office.SPOKESPERSON,
    "Secretary General Jane Doe": Office.ORGANISATION_HEAD,
    "analyst Jane Doe": Office.OTHER,
}


@pytest.mark.parametrize("text", OFFICES)
def test_offices(text: str) -> None:
    """What sort of office a title is."""
    assert people(f"{text} spoke.")[0].office is OFFICES[text]


def test_surnames() -> None:
    """The family name is last, but where it is first; keys are without accents and capitals."""
    assert people("President Xi Jinping left")[0].surname == "Xi"
    assert people("Defence Minister Antti Häkkänen left")[0].surname == "Häkkänen"
    assert people("Crown Prince Salman bin Hamad Al Khalifa left")[0].surname == "Al Khalifa"
    assert [person_key(name) for name in ("Häkkänen", "Al-Nuaimi", "Al Khalifa", "!")] == [
        "hakkanen",
        "al-nuaimi",
        "al-khalifa",
        "unknown",
    ]


AMONG = {
    ("Defense Secretary Juan Santos", "PHL NZL"): "PHL",
    ("Defence Minister Judith Ford", "PHL NZL"): "NZL",
    ("President Pierre Martin", "FRA GBR"): "FRA",
    ("Prime Minister Taro Yamada", "AUS JPN"): "JPN",
    ("Prime Minister Nikos Georgiadis", "FRA GRC"): "GRC",
    ("Defence Minister Jonas Kazlauskas", "DEU LTU"): "LTU",
    ("Secretary of State Jane Doe", "GRC USA"): "USA",
    ("Chancellor Jane Doe", "DEU FRA"): "DEU",
    ("Prime Minister Xyz Qwq", "FRA POL"): None,
    ("US envoy Jane Doe", "FRA POL"): "USA",
}


@pytest.mark.parametrize(("text", "codes"), AMONG)
def test_the_likeliest_party(text: str, codes: str) -> None:
    """Title and shape of the name choose among parties; the state beside the name wins; no lead, no answer."""
    (person,) = people(f"{text} signed.")
    assert country_among(person, codes.split(), LEXICON) == AMONG[text, codes]


@settings(max_examples=150, deadline=None)
@given(articles, articles)
def test_people_are_exact(title: str, text: str) -> None:
    """Any text: every mention and evidence span quotes it, and every person has a name that is there."""
    doc = document(text, title)
    persons = find_persons(doc, find_countries(doc))
    for person in persons:
        assert person.name
        assert person.mentions
        assert_exact(doc, person.mentions)
        assert_exact(doc, [span for span in (person.role_span, person.country_span) if span][:1])
