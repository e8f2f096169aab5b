"""What the words of what happened at a meeting look like, from the language pack."""

import re

from rdflib import URIRef

from tests.sample import IRIS
from untocgraph.graph.languages.pack import Pattern, language_pack
from untocgraph.graph.languages.series import expressions

PACK = language_pack("zh")


def meeting_forms(names: str) -> dict[URIRef, re.Pattern[str]]:
    """For each property: what its direct words look like; *names* is an expression for names."""

    def any_of(*patterns: str) -> str:
        nameless = (re.sub(r"\?P<\w+>", "?:", pattern) for pattern in patterns)
        return "|".join(f"(?:{pattern})" for pattern in nameless)

    def filled(pattern: Pattern) -> str:
        return pattern.fill(actor=names, **expressions(PACK)).pattern

    person = PACK.officers.person.fill().pattern
    verbs = any_of(*(verb.pattern for verb in PACK.reporting_verbs))
    quantifiers = any_of(*(q.pattern for q in PACK.quantifiers))
    actors = any_of(*(actor.pattern for actor in PACK.actors))
    forms = {
        "sittingNumber": filled(PACK.series.numbers) + "次会议",
        "adoptionDate": filled(PACK.series.days),
        "considered": any_of(*(filled(p.pattern) for p in PACK.pointers if p.target == "item")),
        "resolvesTo": any_of(*(filled(pointer.pattern) for pointer in PACK.pointers)),
        "adoptedAs": any_of(*(outcome.pattern for outcome in PACK.outcomes)),
        "adoptedChapter": any_of(*(filled(pointer.pattern) for pointer in PACK.pointers)),
        "adoptedDraft": filled(PACK.citations.symbol),
        "amendment": any_of(*(a.pattern for a in PACK.amendments)),
        "effect": any_of(
            *(e.pattern.partition("(?P<words>")[2][:-1] for e in PACK.decision_effects)
        ),
        "role": any_of(*(role.pattern for role in PACK.officer_roles)),
        "presidedBy": any_of(*(role.pattern for role in PACK.officer_roles)),
        "submittedBy": any_of(*(role.pattern for role in PACK.officer_roles)),
        "person": person,
        "onBehalfOf": names,
        "statementKind": any_of(*(kind.pattern for kind in PACK.statement_kinds)),
        "quantifier": f"(?:{quantifiers})?(?:{PACK.voices.speakers}|{actors})?|{verbs}",
        "voiceOf": actors,
        "reportingVerb": verbs,
        "underItem": r"(?:议程)?项目\s?\d+(?:\s?\([a-z]\))?|\d+(?:\([a-z]\))?",
        "mentions": f"{names}(?:{PACK.context.session.fill().pattern})?|{person}",
    }
    return {IRIS.ontology[name]: re.compile(form) for name, form in forms.items()}
