"""Under which headers do the columns of the tables usually stand, in English, German, Spanish, French, Portuguese?"""

from __future__ import annotations

from tne.tables.importers.reading import clean

# Whole headers, in the languages above; what stands under several tables tells little, what stands under one much.
_WORDS = {
    "market": "market|country|market code|markt|land|mercado|país|marché|pays",
    "team": "team|squad|group|gruppe|equipo|équipe|equipe",
    "site": "site|location|office|standort|sede|centro|lieu",
    "languages": "languages|sprachen|idiomas|langues",
    "queue": "queue|work queue|warteschlange|cola|file d'attente|file d’attente|fila",
    "employer": "contract|employer|employment type|contract type|vertrag|arbeitgeber|contrato|empleador|contrat",
    "valid_from": "valid from|since|team since|start date|gültig ab|seit|desde|vigente desde|depuis|valable dès",
    "valid_to": "valid to|until|team until|end date|gültig bis|bis|hasta|jusqu'au|jusqu’au|até",
    "hired_on": "hired|hired on|hire date|date of hire|eintritt|eintrittsdatum|einstellungsdatum|fecha de alta|"
    "fecha de contratación|date d'embauche|date d’embauche|data de admissão",
    "left_on": "left|left on|leave date|termination date|austritt|austrittsdatum|fecha de baja|date de départ|"
    "data de saída",
    "audit_id": "audit|audit id|audit no|audit number|audit nr|auditnummer|prüfnummer|id|nr|nº",
    "case_id": "case|case id|ticket|ticket id|ticket no|ticketnummer|ticket nr|content id|item id|job id|fall|fall id|"
    "fallnummer|vorgang|vorgangsnummer|caso|cas|"
    "id del caso|id du cas|id do caso",
    "decision": "decision|moderator decision|agent decision|original decision|action|urteil|entscheidung|decisión|"
    "décision|decisão",
    "audited_decision": "audited decision|qa decision|auditor decision|correct decision|final decision|qa-urteil|"
    "entscheidung qa|qa-entscheidung|korrekte entscheidung|richtige entscheidung|sollentscheidung|decisión correcta|"
    "décision correcte|decisão correta|decisión qa|decisión de calidad|décision qa|décision qualité|decisão qa",
    "correct": "correct|is correct|result|qa result|agree|agreement|ergebnis|richtig|korrekt|resultado|correcto|"
    "résultat|correto",
    "error_type": "error type|error|mistake|fehlerart|fehler|fehlertyp|tipo de error|type d'erreur|type d’erreur|"
    "tipo de erro",
    "root_cause": "root cause|ursache|causa raíz|causa|cause|cause racine|causa raiz",
    "severity": "severity|schwere|schweregrad|gravedad|gravité|gravidade",
    "policy_area": "policy area|policy|topic|area|thema|regelbereich|richtlinie|área|política|tema|domaine|thème",
    "policy_version": "policy version|version|regelstand|regelversion|versión|versão",
    "sampling_weight": "weight|sampling weight|gewicht|peso|poids|pondération",
    "seeded": "seeded|test case|golden|golden set|testfall|caso de prueba|cas test|caso de teste",
    "disputed": "disputed|dispute|einspruch|disputa|contesté",
    "decided_at": "decided at|decided|decision time|decision date|decision at|entschieden am|entschieden|"
    "entscheidungszeit|entscheidungsdatum|datum der entscheidung|fecha de decisión|date de décision|data da decisão",
    "audited_at": "audited at|audited|audit date|audit time|qa date|geprüft am|geprüft|prüfdatum|"
    "prüfungsdatum|datum der prüfung|auditdatum|fecha de auditoría|date d'audit|date d’audit|data da auditoria",
    "appealed_at": "appealed at|appealed|appeal date|appeal time|widerspruch am|fecha de apelación|date d'appel",
    "resolved_at": "resolved at|resolved|resolution date|erledigt am|fecha de resolución|date de résolution",
    "overturned": "overturned|reversed|appeal result|aufgehoben|revocado|annulé|revertido",
    "date": "date|day|datum|tag|fecha|día|jour|data|dia",
    "cases": "cases|cases decided|cases reviewed|reviewed|volume|handled|fälle|bearbeitete fälle|casos|cas|"
    "cas traités",
    "skipped": "skipped|skips|übersprungen|omitidos|ignorés|ignorados",
    "handle_seconds": "handle time|handle seconds|handling time|aht|time on task|bearbeitungszeit|tiempo de gestión|"
    "temps de traitement|tempo de tratamento",
    "exposure_minutes": "exposure|exposure minutes|exposure time|exposition|expositionszeit|exposición",
    "cost_id": "cost id|invoice|invoice no|rechnung|rechnungsnummer|beleg|belegnummer|factura|facture|fatura",
    "programme_id": "programme|program|training|course|programme id|programm|schulung|kurs|programa|formación|curso|"
    "formation|cours|formação",
    "item": "item|cost type|cost item|description|kostenart|posten|position|concepto|descripción|libellé|descrição",
    "amount": "amount|cost|costs|price|betrag|kosten|importe|coste|costo|monto|montant|coût|valor|custo",
    "currency": "currency|währung|moneda|divisa|devise|moeda",
    "incurred_on": "incurred on|date|invoice date|booking date|datum|rechnungsdatum|buchungsdatum|fecha|data",
    "response_id": "response id|responseid|response|antwort-id|id de respuesta|id de réponse",
    "question_id": "question|question id|frage|pregunta|pergunta",
    "construct": "construct|dimension|konstrukt|dimensión|dimensão",
    "value": "value|answer|rating|answer value|wert|antwort|bewertung|valor|respuesta|valeur|réponse",
    "comment": "comment|comments|kommentar|comentario|commentaire|comentário",
    "submitted_at": "submitted at|submitted|submission time|timestamp|abgeschickt|abgeschickt am|enviado|"
    "soumis le|enviado em",
    "attempt_id": "attempt|attempt id|versuch|intento|tentative|tentativa",
    "item_id": "item|item id|question|question id|frage|aufgabe|pregunta|ítem|pergunta",
    "score": "score|points|mark|marks|grade|punkte|punktzahl|note|puntos|puntuación|calificación|points obtenus|"
    "pontos|pontuação|nota",
    "response": "response|answer|antwort|respuesta|réponse|resposta",
    "answered_at": "completed|completed at|completed on|answered at|answered|timestamp|finished|beendet|"
    "abgeschlossen|finalizado|terminé|concluído",
    "form": "form|test form|version of the test|testform|forma",
    "wave": "wave|phase|welle|ola|vague|onda",
    "session_id": "session|session id|sitzung|sesión|séance|sessão",
    "joined_at": "joined|joined at|join time|first join|beitritt|hora de entrada|heure d'arrivée|entrada",
    "minutes": "minutes|duration|time present|dauer|minuten|duración|minutos|durée|duração",
    "assigned_on": "assigned|assigned on|enrolled|enrolled on|enrolment date|zugewiesen|zugewiesen am|asignado|"
    "inscrit le|atribuído",
    "status": "status|state|stand|estado|statut",
    "completed_at": "completed|completed at|completion date|abgeschlossen am|abgeschlossen|completado|terminé|"
    "concluído",
    "calibration_id": "calibration|calibration id|calibration session|kalibrierung|calibración|calibrage|calibração",
    "label": "label|rating|verdict|label given|urteil|etiqueta|étiquette|rótulo",
    "reference_label": "reference|reference label|golden label|expected|referenz|sollurteil|referencia|référence",
    "rated_at": "rated at|rated|rating time|bewertet am|calificado|évalué le|avaliado",
    "role": "role|rolle|rol|rôle|função",
    "name": "market name|name of the market",
    "language": "language|sprache|idioma|langue",
    "timezone": "time zone|timezone|zone|zeitzone|zona horaria|fuseau horaire|fuso horário",
    "effective_at": "effective|effective at|in force from|gültig ab|en vigor desde|en vigueur|em vigor",
    "title": "title|titel|título|titre",
}
#: What names a person, and how the roster knows it.
_PEOPLE = {
    "mail": "mail|e-mail|email|e-mail address|email address|mail address|user email|agent email|work email|"
    "e-mail-adresse|correo|correo electrónico|dirección de correo|adresse e-mail|adresse mail|courriel|"
    "endereço de email",
    "upn": "upn|user principal name|participant id (upn)",
    "employee_number": "employee no|employee number|employee id|staff id|staff number|worker id|hr id|badge|"
    "personalnummer|personalnr|personal-nr|mitarbeiternummer|mitarbeiternr|mitarbeiter-nr|"
    "número de empleado|nº de empleado|legajo|matricule|"
    "número de funcionário|matrícula",
    "username": "login|username|user name|user|user id|agent|agent id|agent-login|agent login|moderator|moderator id|"
    "reviewer|benutzer|benutzername|anmeldename|kennung|moderatorin|bearbeiter|usuario|nombre de usuario|agente|"
    "moderador|nom d'utilisateur|nom d’utilisateur|identifiant|utilisateur|modérateur|utilizador|usuário|annotator|"
    "rater",
}
#: Others than the person whom a row is about.
_OTHERS = {
    "auditor_id": "qa|auditor|qa reviewer|auditor id|quality analyst|audited by|prüfer|prüferin|qa-prüfer|"
    "auditado por|analista de calidad|auditeur|évaluateur|revisor",
    "trainer_id": "trainer|facilitator|instructor|trainerin|formador|formateur|formatrice|instrutor",
}


def folded(header: object) -> str:
    """Return a header as it is looked up: hyphens are blanks, and signs at its end say nothing.

    Examples
    --------
    >>> folded("Korrekt?"), folded("Ticket-ID"), folded(" Audit-Nr. ")
    ('korrekt', 'ticket id', 'audit nr')
    """
    return " ".join(clean(header).casefold().replace("-", " ").rstrip("?:.").split())


def _lookup(words: dict[str, str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for target, listed in words.items():
        for word in (target.replace("_", " "), target, *listed.split("|")):
            name = folded(word)
            found[name] = tuple(dict.fromkeys((*found.get(name, ()), target)))
    return found


TARGETS, PERSON_KINDS, OTHER_PEOPLE = _lookup(_WORDS), _lookup(_PEOPLE), _lookup(_OTHERS)

YES = frozenset(
    [
        "yes",
        "y",
        "true",
        "1",
        "ok",
        "correct",
        "right",
        "agree",
        "pass",
        "ja",
        "richtig",
        "korrekt",
        "wahr",
        "sí",
        "si",
        "verdadero",
        "correcto",
        "oui",
        "vrai",
        "juste",
        "sim",
        "verdadeiro",
        "correto",
    ]
)
NO = frozenset(
    [
        "no",
        "n",
        "false",
        "0",
        "error",
        "wrong",
        "incorrect",
        "disagree",
        "fail",
        "nein",
        "falsch",
        "fehler",
        "falso",
        "incorrecto",
        "non",
        "faux",
        "erreur",
        "não",
        "nao",
        "incorreto",
    ]
)
#: Usual words of the values that contracts allow.
VALUES = {
    "false_positive": "false positive|fp|over-enforcement|zu streng|falso positivo|faux positif",
    "false_negative": "false negative|fn|under-enforcement|zu mild|falso negativo|faux négatif",
    "wrong_policy": "wrong policy|falsche regel|política incorrecta|mauvaise règle|política errada",
    "technical": "technical|tool error|technisch|técnico|technique",
    "none": "none|no error|keiner|kein fehler|ninguno|sin error|aucun|aucune erreur|nenhum",
    "internal": "internal|staff|employee|fte|intern|angestellt|interno|interne",
    "vendor": "vendor|bpo|contractor|outsourced|extern|dienstleister|externo|externe|prestataire",
    "completed": "completed|done|complete|abgeschlossen|completado|terminé|concluído",
    "attended": "attended|present|teilgenommen|asistió|présent|presente",
    "no_show": "no show|no-show|absent|nicht erschienen|ausente",
    "assigned": "assigned|enrolled|zugewiesen|asignado|inscrit|atribuído",
    "withdrawn": "withdrawn|cancelled|abgemeldet|retirado|retiré|cancelado",
}
ALLOWED = {clean(word).casefold(): value for value, words in VALUES.items() for word in words.split("|")}
