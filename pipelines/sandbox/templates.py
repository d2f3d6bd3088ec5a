"""What the authorities write: Swedish templates, each with the goals it serves by the example's rules."""

from __future__ import annotations

from dataclasses import dataclass

PLACES = (
    "torget", "stationen", "centrum", "biblioteket", "hamnen", "resecentrum", "stadsparken", "idrottshallen",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Template:
    """One kind of post.

    Args:
        text: with `{place}`, and in appeals `{link}` and `{case}`.
        goals: goals it serves.
        share: how common it is among posts of its kind (appeal or not).
        question_rate: how readily it draws questions, relative.
    """

    text: str
    goals: tuple[str, ...]
    share: float
    question_rate: float = 0.4

    @property
    def is_appeal(self) -> bool:
        """Whether it asks the public for information about a case."""
        return "{case}" in self.text


TEMPLATES: tuple[Template, ...] = (
    Template("Utbetalningsmannen ringer igen. Lägg på! Så undviker du bedrägeri på telefon.", ("prevention",), 8),
    Template("Fem tips mot inbrott när du reser bort. Be en granne tömma brevlådan.", ("prevention",), 7),
    Template("10 tips för att slippa cykeltjuven. Ser du ett brott i dag? Ring 114 14.", ("prevention",), 6),
    Template("Så skyddar du din plånbok vid {place}: håll väskan stängd och framför dig.", ("prevention",), 6),
    Template("Vi arbetar förebyggande med skolorna runt {place} hela veckan.", ("prevention", "insight"), 3),
    Template("Ett pass med vår yttre patrull: från morgonmöte till sista larmet vid {place}.", ("insight",), 7),
    Template("På jobbet med hundföraren Kim och tjänstehunden Sigge.", ("insight",), 7),
    Template("Bakom kulisserna: så går det till när vi tar emot ditt samtal.", ("insight",), 6),
    Template("Så arbetar våra tekniker på en plats, steg för steg.", ("insight",), 5),
    Template("Har du en fråga till oss? I dag svarar vi här mellan 13 och 15.", ("accessibility",), 6, 9.0),
    Template("Träffa oss vid {place} på lördag, kom förbi och säg hej!", ("accessibility",), 5, 5.0),
    Template("Vanliga frågor om pass och nationellt id-kort, med svar.", ("accessibility",), 4, 7.0),
    Template("Trafiken står still vid {place}. Räkna med köer fram till kvällen.", (), 6),
    Template("Glad midsommar önskar vi alla!", (), 3),
    Template("Lugn natt i länet. Nu tar dagstyrkan över.", (), 5),
    Template("Vi har öppet som vanligt i receptionen vid {place}.", (), 4),
    Template("Vittnen sökes till en händelse vid {place}. Tipsa oss: {link} Ärende {case}.", ("tips",), 5),
    Template("Känner du igen mannen på bilden? Lämna tips på {link} eller ring 114 14. Ärende {case}.", ("tips",), 4),
    Template("Såg du något vid {place} i natt? Tipsa oss på {link}, ange {case}.", ("tips",), 4),
    Template("Efterlyst: en vit skåpbil med släp, senast sedd vid {place}. {link} ({case})", ("tips",), 2),
)


def fill(template: Template, *, place: str, ref_code: str | None, case_number: str | None) -> str:
    """The finished text of a post."""
    link = f"https://tips.example/t/{ref_code}"
    return template.text.format(place=place, link=link, case=case_number)
