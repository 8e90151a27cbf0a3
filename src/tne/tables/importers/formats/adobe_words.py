"""What are the columns and values of a learner transcript called, in which language?

After Adobe's own description of the report (experienceleague.adobe.com, "Learner Transcripts" and "Interpret the
Learner Transcript CSV"), in English, German, Spanish and French.
"""

from __future__ import annotations

# fmt: off
#: Columns that are read. Those of times name their zone in brackets; see `adobe_learning_manager`.
READ: dict[str, tuple[str, ...]] = {
    "Email": ("E-Mail", "Correo electrónico", "Courrier électronique", "E-mail"),
    "User Unique ID": ("Eindeutige ID des Benutzers", "ID exclusivo de usuario", "ID utilisateur unique"),
    "Training": (
        "LP/Certification/Course", "Learning Program/Certification/Course", "Training Name", "LP/Zertifizierung/Kurs",
        "Programa de aprendizaje/Certificación/Curso", "Programme d'apprentissage/certification/cours",
    ),
    "Course": ("Kurs", "Curso", "Cours"),
    "Module": ("Modul", "Módulo"),
    "Version": ("Versión",),
    "Status": ("Estado", "Statut"),
    "Quiz_score": ("Quizpunktzahl", "Puntuación_de_prueba", "Score_quiz"),
    "Quiz_score_max": ("Puntuación_máx_de_prueba",),
    "Quiz Score": (),
    "Attempts Taken": ("Unternommene Versuche", "Intentos realizados", "Tentatives effectuées"),
    "Training ID": ("Schulungs-ID", "ID de formación", "ID de formation"),
}

#: Columns of times, without their zone.
TIMES: dict[str, tuple[str, ...]] = {
    "Enrollment Date": ("Registrierungsdatum", "Fecha de inscripción", "Date d'inscription"),
    "Completion Date": ("Abschlussdatum", "Fecha de finalización", "Date d'achèvement"),
    "Started Date": ("Startdatum", "Fecha de inicio", "Date de début"),
    "Mark Completed Date": (
        "Abgeschlossen-Datum markieren", "Marcar fecha de finalización", "Marquer la date de fin",
    ),
    "Deadline": ("Termin", "Plazo", "Échéance"),
    "Unenrollment Date": ("Abmeldedatum", "Fecha de baja", "Date de désinscription"),
}

#: Columns that say so much that no other report has them.
OWN: dict[str, tuple[str, ...]] = {
    "Progress %": ("Fortschritt %", "Progreso %", "% de progression"),
    "Time Spent(minutes)": ("Verbrachte Zeit (Minuten)", "Tiempo empleado (minutos)", "Temps passé (minutes)"),
    "Selection Criteria": ("Auswahlkriterien", "Criterios de selección", "Critères de sélection"),
    "Learning plan Name": ("Name des Lernplans", "Nombre del plan de aprendizaje", "Nom du plan d'apprentissage"),
}

#: Columns that are known and not wanted, among them names and what people wrote.
IGNORED: tuple[str, ...] = (
    "Name", "Nombre", "Nom", "Adobe ID", "Type", "Typ", "Tipo", "Embedded Path", "LO Unique ID", "Instance", "Instanz",
    "Instancia", "Module ID", "Modul-ID", "ID de módulo", "ID de module", "Delivery Type", "Bereitstellungstyp",
    "Tipo de entrega", "Type de livraison", "Language", "Sprache", "Idioma", "Langue", "Comment", "Overdue",
    "Überfällig", "Vencido", "En retard", "Grade", "Bewertung", "Nota", "Note", "Highest_Quiz_score*",
    "Highest Quiz Score", "Puntuación_más_alta_de_prueba*", "Maximum Allowed Attempts", "Maximal zulässige Versuche",
    "Máximo de intentos permitidos", "Nombre maximal de tentatives autorisées", "Submission Comments",
    "Kommentare zur Einreichung", "Comentarios del envío", "Commentaires d'envoi", "Completion Source",
    "Abschlussquelle", "Origen de finalización", "Source d'achèvement", "Completion Comment", "Abschlusskommentar",
    "Comentario de finalización", "Commentaire d'achèvement", "Completion Method", "userState", "Manager Name",
    "Managername", "* Count", "Count of *", "Due in N Days*", "Training or Module Duration (mins)",
    "Embedded_Course_ID", "Embedded Path ID", "Price*", "External Learning Name",
)

STATUS: dict[str, tuple[str, ...]] = {
    "assigned": ("Not Started", "Enrolled", "Nicht gestartet", "No iniciado", "Non démarré"),
    "attended": ("In Progress", "Started", "In Bearbeitung", "En curso", "En cours"),
    "completed": ("Completed", "Abgeschlossen", "Completado", "Terminé"),
    "withdrawn": ("Unenrolled", "Nicht registriert", "Dado de baja", "Non inscrit"),
}
# fmt: on
