"""What does a column of a meeting's report hold, however its language and version word it?

Neither Teams nor Zoom publishes the headers of all languages, and they change. So the tables of the formats name what
is known, and the rest is told by the words that such a header must have: somebody joins, leaves, has a mail.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from tne.tables.importers.formats.delimited import Aliases, english
from tne.tables.importers.reading import clean

JOIN, LEAVE, DURATION = "Join Time", "Leave Time", "Duration"
EMAIL, UPN, ROLE = "Email", "Participant ID (UPN)", "Role"
MEETING, START, LENGTH = "Meeting", "Meeting start", "Meeting length"

Words = Mapping[str, re.Pattern[str]]


def words(patterns: Mapping[str, str]) -> Words:
    """Return patterns ready to compare with whole headers; the first that fits counts."""
    return {name: re.compile(pattern, re.IGNORECASE) for name, pattern in patterns.items()}


#: English, German, Spanish, French. The order matters: the last participation is a leave, its length a duration.
COLUMNS = words(
    {
        UPN: r".*\bUPN\b.*|participant id|teilnehmer-?id",
        EMAIL: r".*(e-?mail|correo|courriel|courrier|messagerie).*|(adresse|dirección) (électronique|electrónica)",
        DURATION: r"(\S+ )?duration\b.*|time in .*|.*dauer\b.*|duración.*|durée.*|tiempo .*|temps .*",
        LEAVE: r"(last|letzte[rs]?|últim[ao]|derni[eè]re?) .*"
        r"|.*(leave|left|verlass|austritt|salida|abandono|départ|sortie|déconnexion).*",
        JOIN: r"(first|erste[rs]?|primer[ao]?|premi[eè]re?) .*"
        r"|.*(join|beitr[ie]t|entrada|unión|ingreso|incorporación|arrivée|entrée|connexion|participation|accès).*",
        ROLE: r"role|rolle|rol|rôle",
    }
)
FACTS = words(
    {
        MEETING: r".*(title|titel|título|titre)\b.*",
        START: r".*(start|beginn|inicio|début)\w*.*",
        LENGTH: r"(?!.*(average|durchschn|promedi|medi[oa]|moyen)).*(duration|dauer|duración|durée)\b.*",
    }
)


def titles(row: Sequence[str], aliases: Aliases, others: Words = COLUMNS) -> list[str]:
    """Return the cells of a header row in English, without the zone that some name: ``First Join (UTC)``.

    Examples
    --------
    >>> titles(["Nom", "Premier accès (UTC)", "Sortie finale", "Temps en réunion", "Shoe size"], {"Name": ("Nom",)})
    ['Name', 'Join Time', 'Leave Time', 'Duration', 'Shoe size']
    """
    found = [english(re.sub(r"\s*\(UTC\)$", "", clean(cell)), aliases) for cell in row]
    for at, name in enumerate(found):
        if name not in aliases and (other := worded(name, others)) and other not in found:
            found[at] = other
    return found


def worded(header: str, others: Words) -> str:
    """Return what the words of a header say that it holds, "" if they say nothing; data are no headers."""
    if len(header) > 60 or re.search(r"[\d@]", header):
        return ""
    return next((name for name, pattern in others.items() if pattern.fullmatch(header)), "")
