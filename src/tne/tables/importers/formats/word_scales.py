"""Which number on which scale is an answer in words?

The words are those that survey tools propose and that questionnaires commonly use, from the lowest to the highest
answer. They stand for nothing else than their order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tne.tables.importers.reading import clean

# Scale → language → words from the lowest to the highest; "/" parts words of one rank.
_AGREE = {
    "en": "strongly disagree/totally disagree/completely disagree|disagree/somewhat disagree/tend to disagree"
    "|neither agree nor disagree/neutral/undecided|agree/somewhat agree/tend to agree"
    "|strongly agree/totally agree/completely agree",
    "de": "stimme überhaupt nicht zu/stimme gar nicht zu/trifft überhaupt nicht zu/trifft gar nicht zu/trifft nicht zu"
    "|stimme nicht zu/stimme eher nicht zu/trifft eher nicht zu"
    "|weder noch/neutral/teils, teils/teils teils/teils-teils/stimme weder zu noch nicht zu"
    "|stimme zu/stimme eher zu/trifft eher zu"
    "|stimme voll und ganz zu/stimme völlig zu/stimme voll zu/trifft voll und ganz zu/trifft voll zu/trifft zu",
    "es": "totalmente en desacuerdo/muy en desacuerdo|en desacuerdo/algo en desacuerdo/más bien en desacuerdo"
    "|ni de acuerdo ni en desacuerdo/neutral|de acuerdo/algo de acuerdo/más bien de acuerdo"
    "|totalmente de acuerdo/muy de acuerdo",
    "fr": "pas du tout d'accord/tout à fait en désaccord|pas d'accord/plutôt pas d'accord/en désaccord"
    "|ni d'accord ni pas d'accord/ni d'accord, ni pas d'accord/ni en accord ni en désaccord/neutre"
    "|d'accord/plutôt d'accord|tout à fait d'accord",
    "pt": "discordo totalmente/discordo completamente|discordo/discordo parcialmente/discordo em parte"
    "|não concordo nem discordo/nem concordo nem discordo/neutro"
    "|concordo/concordo parcialmente/concordo em parte|concordo totalmente/concordo completamente",
}
_AGREE_7 = {
    "en": "strongly disagree|disagree|somewhat disagree/slightly disagree|neither agree nor disagree/neutral"
    "|somewhat agree/slightly agree|agree|strongly agree",
    "de": "stimme überhaupt nicht zu/stimme gar nicht zu|stimme nicht zu|stimme eher nicht zu|weder noch/neutral"
    "|stimme eher zu|stimme zu|stimme voll und ganz zu/stimme völlig zu",
    "es": "totalmente en desacuerdo|en desacuerdo|algo en desacuerdo|ni de acuerdo ni en desacuerdo/neutral"
    "|algo de acuerdo|de acuerdo|totalmente de acuerdo",
    "fr": "pas du tout d'accord|pas d'accord|plutôt pas d'accord|ni d'accord ni pas d'accord/neutre|plutôt d'accord"
    "|d'accord|tout à fait d'accord",
    "pt": "discordo totalmente|discordo|discordo parcialmente/discordo em parte"
    "|não concordo nem discordo/nem concordo nem discordo/neutro|concordo parcialmente/concordo em parte|concordo"
    "|concordo totalmente",
}
_TABLE: Mapping[str, Mapping[str, str]] = {
    "agree-4": {name: "|".join(text.split("|")[i] for i in (0, 1, 3, 4)) for name, text in _AGREE.items()},
    "agree-5": _AGREE,
    "agree-7": _AGREE_7,
    "satisfied-5": {
        "en": "very dissatisfied/extremely dissatisfied|dissatisfied/somewhat dissatisfied"
        "|neither satisfied nor dissatisfied/neutral|satisfied/somewhat satisfied|very satisfied/extremely satisfied",
        "de": "sehr unzufrieden/äußerst unzufrieden|unzufrieden/eher unzufrieden"
        "|weder zufrieden noch unzufrieden/weder noch/neutral|zufrieden/eher zufrieden"
        "|sehr zufrieden/äußerst zufrieden",
        "es": "muy insatisfecho/extremadamente insatisfecho|insatisfecho/algo insatisfecho"
        "|ni satisfecho ni insatisfecho/neutral|satisfecho/algo satisfecho|muy satisfecho/extremadamente satisfecho",
        "fr": "très insatisfait/extrêmement insatisfait/pas du tout satisfait|insatisfait/plutôt insatisfait"
        "|ni satisfait ni insatisfait/neutre|satisfait/plutôt satisfait"
        "|très satisfait/extrêmement satisfait/tout à fait satisfait",
        "pt": "muito insatisfeito/extremamente insatisfeito|insatisfeito/um pouco insatisfeito"
        "|nem satisfeito nem insatisfeito/neutro|satisfeito/um pouco satisfeito"
        "|muito satisfeito/extremamente satisfeito",
    },
    "satisfied-7": {
        "en": "extremely dissatisfied|moderately dissatisfied|slightly dissatisfied"
        "|neither satisfied nor dissatisfied/neutral|slightly satisfied|moderately satisfied|extremely satisfied",
    },
    "frequency-5": {
        "en": "never|rarely/seldom|sometimes/occasionally|often/frequently|always",
        "de": "nie/niemals|selten|manchmal/gelegentlich|oft/häufig|immer",
        "es": "nunca|rara vez/raramente/casi nunca|a veces/algunas veces"
        "|a menudo/frecuentemente/con frecuencia/casi siempre|siempre",
        "fr": "jamais|rarement|parfois/quelquefois|souvent|toujours",
        "pt": "nunca|raramente|às vezes/por vezes|frequentemente/muitas vezes|sempre",
    },
    "time-5": {
        "en": "never|sometimes|about half the time|most of the time|always",
        "de": "nie|manchmal|etwa die hälfte der zeit|meistens|immer",
        "es": "nunca|a veces|aproximadamente la mitad del tiempo|la mayor parte del tiempo|siempre",
        "fr": "jamais|parfois|environ la moitié du temps|la plupart du temps|toujours",
        "pt": "nunca|às vezes|cerca de metade do tempo|a maior parte do tempo|sempre",
    },
    "likely-5": {
        "en": "very unlikely/extremely unlikely|unlikely/somewhat unlikely|neither likely nor unlikely/neutral"
        "|likely/somewhat likely|very likely/extremely likely",
        "de": "sehr unwahrscheinlich/äußerst unwahrscheinlich|unwahrscheinlich/eher unwahrscheinlich"
        "|weder wahrscheinlich noch unwahrscheinlich/neutral|wahrscheinlich/eher wahrscheinlich"
        "|sehr wahrscheinlich/äußerst wahrscheinlich",
        "es": "muy improbable/extremadamente improbable|improbable/algo improbable"
        "|ni probable ni improbable/neutral|probable/algo probable|muy probable/extremadamente probable",
        "fr": "très improbable/très peu probable|improbable/peu probable/plutôt improbable"
        "|ni probable ni improbable/neutre|probable/plutôt probable|très probable/extrêmement probable",
        "pt": "muito improvável/extremamente improvável|improvável/um pouco improvável"
        "|nem provável nem improvável/neutro|provável/um pouco provável|muito provável/extremamente provável",
    },
    "extent-5": {
        "en": "not at all|slightly/a little|moderately/somewhat/a moderate amount|very/a lot/quite a bit"
        "|extremely/a great deal",
        "de": "überhaupt nicht/gar nicht|wenig/ein wenig|mäßig/mittelmäßig|ziemlich/stark|sehr/sehr stark",
        "es": "nada|un poco/poco|moderadamente/algo|mucho/bastante|muchísimo/extremadamente",
        "fr": "pas du tout|un peu|modérément/moyennement|beaucoup|énormément/extrêmement",
        "pt": "nada|um pouco/pouco|moderadamente|muito/bastante|extremamente/muitíssimo",
    },
    "quality-5": {
        "en": "poor|fair|good|very good|excellent",
        "de": "schlecht|mäßig|gut|sehr gut|ausgezeichnet/hervorragend",
        "es": "malo/mala|regular|bueno/buena|muy bueno/muy buena|excelente",
        "fr": "mauvais/mauvaise|passable|bon/bonne|très bon/très bonne|excellent/excellente",
        "pt": "ruim/fraco|razoável/regular|bom/boa|muito bom/muito boa|excelente/ótimo",
    },
    "rating-5": {
        "en": "very poor/very bad/terrible|poor/bad|average/fair/neutral|good|very good/excellent",
        "de": "sehr schlecht|schlecht|mittelmäßig/mittel/durchschnittlich|gut|sehr gut",
        "es": "muy malo/muy mala|malo/mala|regular/neutral|bueno/buena|muy bueno/muy buena",
        "fr": "très mauvais/très mauvaise|mauvais/mauvaise|moyen/moyenne/neutre|bon/bonne|très bon/très bonne",
        "pt": "muito ruim/muito fraco|ruim/fraco|regular/médio/neutro|bom/boa|muito bom/muito boa",
    },
}
#: Words for "no answer": they are no point of any scale.
NO_ANSWER = (
    *(
        "N/A",
        "n/a",
        "NA",
        "Not applicable",
        "Don't know",
        "I don't know",
        "Prefer not to say",
        "Prefer not to answer",
    ),
    *("Keine Angabe", "k. A.", "k.A.", "Weiß nicht", "Weiß ich nicht", "Nicht zutreffend"),
    *(
        "No aplica",
        "No sé",
        "No sabe",
        "Prefiero no responder",
        "Sans objet",
        "Non applicable",
        "Ne sait pas",
    ),
    *("Je ne sais pas", "Não se aplica", "Não sei", "Prefiro não responder"),
)


@dataclass(frozen=True)
class Scale:
    """An ordered scale of words.

    Parameters
    ----------
    name : str
    ranks : tuple of tuple of str
        Its words in all languages, as they are compared, from the lowest rank.
    """

    name: str
    ranks: tuple[tuple[str, ...], ...]

    @property
    def size(self) -> int:
        """Number of ranks; the answers are 1 to `size`."""
        return len(self.ranks)

    def rank(self, word: str) -> int:
        """Return the number of a word, 0 if it is none of the scale."""
        return next((i for i, words in enumerate(self.ranks, start=1) if word in words), 0)


def plain(word: str) -> str:
    """Return a word as it is compared: no case, one kind of apostrophe, no final stop."""
    return clean(re.sub("[’`´ʼ]", "'", word)).casefold().rstrip(".").strip()


def _ranks(languages: Mapping[str, str]) -> tuple[tuple[str, ...], ...]:
    columns = zip(*(text.split("|") for text in languages.values()), strict=True)
    return tuple(tuple(plain(word) for cell in column for word in cell.split("/")) for column in columns)


SCALES = {name: Scale(name, _ranks(languages)) for name, languages in _TABLE.items()}
_WORDS = frozenset(word for scale in SCALES.values() for words in scale.ranks for word in words)


def fitting(words: Iterable[str]) -> list[Scale]:
    """Return the scales that hold all the words that any scale knows; [] if no scale knows any, or none knows all.

    Examples
    --------
    >>> [scale.name for scale in fitting(["Agree", "Somewhat agree", "Other"])]
    ['agree-4', 'agree-5', 'agree-7']
    """
    known = _WORDS & {*map(plain, words)}
    return [scale for scale in SCALES.values() if known and all(scale.rank(w) for w in known)]


def certain(words: Iterable[str]) -> Scale | None:
    """Return the scale that words belong to beyond doubt, None if several remain.

    Words leave no doubt if all scales that hold them give them the same numbers, or if every rank of a scale with a
    middle occurs, while a longer one would have been used in part only. Two words of one rank (agree, somewhat agree)
    speak against a scale.

    Examples
    --------
    >>> certain(["Never", "Rarely", "Often"]).name
    'frequency-5'
    >>> certain(["Agree", "Strongly agree"]) is None
    True
    """
    known = _WORDS & {*map(plain, words)}
    found = [scale for scale in fitting(known) if not _twice(scale, known)]
    if len({(scale.size, *(scale.rank(w) for w in sorted(known))) for scale in found}) == 1:
        return found[0]
    full = [s for s in found if s.size % 2 and {s.rank(w) for w in known} == set(range(1, s.size + 1))]
    return min(full, key=lambda scale: scale.size) if full else None


def _twice(scale: Scale, words: Iterable[str]) -> bool:
    """Whether two words of one language and rank occur: nobody is offered both."""
    found = set(words)
    cells = (cell for text in _TABLE[scale.name].values() for cell in text.split("|"))
    return any(len(found & set(map(plain, cell.split("/")))) > 1 for cell in cells)


def numbers(scale: Scale, words: Iterable[str]) -> dict[str, int]:
    """Return the number of each word of a scale as it is written, and the words that nobody has chosen yet.

    The latter are those of the language that has most of the words.
    """
    given = {word: rank for word in words if (rank := scale.rank(plain(word)))}
    found = set(map(plain, given))
    languages = [[cell.split("/") for cell in text.split("|")] for text in _TABLE[scale.name].values()]
    nearest = max(languages, key=lambda cells: sum(plain(w) in found for cell in cells for w in cell))
    for rank, cell in enumerate(nearest, start=1):
        if rank not in given.values():
            given |= {word[0].upper() + word[1:]: rank for word in cell}
    return dict(sorted(given.items(), key=lambda item: item[1]))
