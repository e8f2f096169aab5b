"""A report becomes quads: what it states, what we conclude, what others say of what it names."""

from rdflib import Dataset, Graph, URIRef

from untocgraph.graph.authorities.gazetteer import load_authorities
from untocgraph.graph.build.document_kinds import document_kinds
from untocgraph.graph.build.facts import DCTERMS, FRBR, SCHEMA, Statements
from untocgraph.graph.build.inference import infer
from untocgraph.graph.build.labels import labels_graph
from untocgraph.graph.build.proceedings import record
from untocgraph.graph.build.reference import (
    decision_node,
    document_node,
    person_key,
    person_node,
    reference_graph,
    session_node,
)
from untocgraph.graph.build.rendering import add_english
from untocgraph.graph.iris import Iris
from untocgraph.graph.model import (
    About,
    Citation,
    DocumentReference,
    Evidence,
    Intervention,
    Norm,
    Ref,
    Report,
    Role,
    Section,
    Span,
    Stated,
)
from untocgraph.ontology import ontology_graph
from untocgraph.shapes import shapes_graph


def build(reports: tuple[Report, ...], iris: Iris) -> Dataset:
    """Every named graph but the findings, which only validation can tell."""
    dataset = Dataset()
    reference = reference_graph(iris, load_authorities())
    for report in reports:
        slug = report.source.slug
        name_cited(reference, report, iris)
        stated = state(report, iris)
        labels = labels_graph(reference, report, stated, iris)
        add_english(reference, labels, stated, iris, slug)
        for name, graph in (
            ("stated", stated),
            ("inferred", infer(report, stated, iris)),
            ("labels", labels),
        ):
            fill(dataset, iris.graph(slug, name), graph)
    slugs = [report.source.slug for report in reports]
    document_kinds(reference, (dataset.graph(iris.graph(s, "stated")) for s in slugs), iris)
    fill(dataset, iris.graph("reference"), reference)
    fill(dataset, iris.graph("ontology"), ontology_graph(iris.base))
    fill(dataset, iris.graph("shapes"), shapes_graph(iris.base))
    return dataset


def fill(dataset: Dataset, name: URIRef, triples: Graph) -> None:
    graph = dataset.graph(name)
    for triple in triples:
        graph.add(triple)


def name_cited(reference: Graph, report: Report, iris: Iris) -> None:
    """What the report cites and no table lists still has an identity."""
    for document in report.documents:
        if document.symbol is not None:
            document_node(reference, iris, document.symbol.value)
    for decision in report.decisions:
        decision_node(reference, iris, decision.body.value, decision.number.value, decision.kind)
    for mention in report.proceedings.mentions:
        if mention.thing.value.kind == "session":
            body, _, ordinal = mention.thing.value.key.rpartition("/")
            session_node(reference, iris, body, int(ordinal))
    for officer in report.proceedings.officers:
        if officer.person is not None:
            person_node(reference, iris, officer.person.value.key)


def state(report: Report, iris: Iris) -> Graph:
    """The stated graph of a report."""
    writer = _Report(report, iris)
    writer.front()
    writer.structure()
    writer.agenda()
    writer.recommendations()
    writer.attendance()
    writer.interventions()
    writer.references()
    for item in report.unresolved:
        writer.out.span(item.span)  # findings about it point there
    record(report.proceedings, writer)
    return writer.out.graph


class _Report:
    """Maps each part of a report to statements; names of properties are the ontology's."""

    def __init__(self, report: Report, iris: Iris) -> None:
        self.report = report
        self.iris = iris
        self.slug = report.source.slug
        self.node = iris.report(self.slug)
        self.meeting = iris.meeting(self.slug)
        self.terms = iris.ontology
        self.out = Statements(report.source, iris, self.places())

    def places(self) -> dict[Span, URIRef]:
        """Where each part of the report stands, its number included."""
        places = {s.span: self.iris.section(self.slug, s.key) for s in self.report.sections}
        for paragraph in self.report.paragraphs:
            number = paragraph.number
            whole = Span(number.evidence[0].span.start, paragraph.span.end)
            places[whole] = self.paragraph(number.value)
        if self.report.annex is not None:
            places[self.report.annex.span] = self.iris.annex(self.slug)
        return places

    def paragraph(self, number: int) -> URIRef:
        return self.iris.paragraph(self.slug, number)

    def thing(self, ref: Ref) -> URIRef:
        match ref.kind:
            case "state":
                return self.iris.state(ref.key)
            case "body":
                return self.iris.body(ref.key)
            case "instrument":
                return self.iris.instrument(ref.key)
            case "treaty":
                return self.iris.treaty(ref.key)
            case "session":
                body, _, ordinal = ref.key.rpartition("/")
                return self.iris.session(body, int(ordinal))
            case "person":
                return self.iris.person(person_key(ref.key))
            case "actor-class":
                return self.iris.concept(ref.kind, ref.key)

    def concept_fact(
        self, subject: URIRef, property: str, scheme: str, value: Stated[str] | None
    ) -> None:
        if value is not None:
            concept = self.iris.concept(scheme, value.value)
            self.out.fact(subject, self.terms[property], value, concept)

    def thing_fact(self, subject: URIRef, property: str, value: Stated[Ref] | None) -> None:
        if value is not None:
            self.out.fact(subject, self.terms[property], value, self.thing(value.value))

    def item_fact(self, subject: URIRef, property: str, value: Stated[str] | None) -> None:
        if value is not None:
            item = self.iris.item(self.slug, value.value)
            self.out.fact(subject, self.terms[property], value, item)

    def words_fact(self, subject: URIRef, property: URIRef, value: Stated[str] | None) -> None:
        if value is not None:
            self.out.fact(subject, property, value, self.out.words(value.value))

    def front(self) -> None:
        report, out, terms = self.report, self.out, self.terms
        out.node(self.node, "Report", reportOf=self.meeting, hasSource=out.text)
        text = out.words(report.source.text)
        out.node(out.text, "SourceText", sha256=report.source.sha256, text=text)
        out.graph.add((out.text, FRBR.realizationOf, self.node))
        self.words_fact(self.node, DCTERMS.title, report.title)
        out.fact(self.node, DCTERMS.issued, report.issued)
        self.concept_fact(self.node, "distribution", "distribution", report.distribution)
        for node in (self.node, out.text):
            out.fact(node, DCTERMS.language, report.language)
        out.fact(self.node, terms.originalLanguage, report.original_language)
        meeting = report.meeting
        body = self.iris.body(meeting.body.value)
        out.fact(self.node, terms.reportedBy, meeting.body, body)
        out.node(self.meeting, "WorkingGroupMeeting")
        out.fact(self.meeting, terms.heldBy, meeting.body, body)
        out.fact(self.meeting, SCHEMA.startDate, meeting.start)
        out.fact(self.meeting, SCHEMA.endDate, meeting.end)
        self.words_fact(self.meeting, terms.place, meeting.place)

    def structure(self) -> None:
        out, iris = self.out, self.iris
        for section in self.report.sections:
            node = iris.section(self.slug, section.key)
            out.node(node, "Section", ordinal=section.ordinal, standsAt=section.span)
            parent = iris.section(self.slug, section.parent) if section.parent else self.node
            out.part_of(node, parent)
            out.fact(node, self.terms.numeral, section.numeral)
            out.fact(node, self.terms.sectionNumber, self.section_number(section))
            self.words_fact(node, DCTERMS.title, section.title)
        for paragraph in self.report.paragraphs:
            node = self.paragraph(paragraph.number.value)
            text = out.words(paragraph.text)
            out.node(node, "NumberedParagraph", text=text, standsAt=paragraph.span)
            out.part_of(node, iris.section(self.slug, paragraph.section))
            out.fact(node, self.terms.number, paragraph.number)
        if annex := self.report.annex:
            node = out.node(iris.annex(self.slug), "Annex", standsAt=annex.span)
            out.part_of(node, self.node)
            self.words_fact(node, DCTERMS.title, annex.title)

    def section_number(self, section: Section) -> Stated[str]:
        """ "II.A": its own letter is direct evidence, the number of its chapter inherited."""
        evidence = section.numeral.evidence
        chapters = {each.key: each.numeral for each in self.report.sections}
        if section.parent is not None:
            above = chapters[section.parent].evidence
            evidence += tuple(Evidence(each.span, Role.INHERITED) for each in above)
        return Stated(section.key, evidence)

    def agenda(self) -> None:
        for ordinal, item in enumerate(self.report.agenda, 1):
            node = self.iris.item(self.slug, item.number.value)
            self.out.node(
                node,
                "AgendaItem",
                ordinal=ordinal,
                standsAt=item.span,
                recordedIn=self.paragraph(item.paragraph),
            )
            parent = self.iris.item(self.slug, item.parent) if item.parent else self.meeting
            self.out.part_of(node, parent)
            self.out.fact(node, self.terms.itemNumber, item.number)
            self.words_fact(node, DCTERMS.title, item.title)

    def recommendations(self) -> None:
        for recommendation in self.report.recommendations:
            paragraph = self.paragraph(recommendation.paragraph)
            node = self.iris.recommendation(self.slug, recommendation.paragraph)
            self.out.node(node, "Recommendation", expressedBy=paragraph)
            for ordinal, norm in enumerate(recommendation.norms, 1):
                self.norm(paragraph, node, ordinal, norm)
            for ordinal, sentence in enumerate(recommendation.information, 1):
                told = self.iris.within(paragraph, "information", ordinal)
                place: dict[str, object] = {"standsAt": sentence.span, "recordedIn": paragraph}
                self.out.node(told, "Information", ordinal=ordinal, **place)
                self.out.node(node, "Recommendation", hasInformation=told)
                for citation in sentence.citations:
                    self.citation(told, citation)
                self.about(told, sentence.about)

    def norm(self, paragraph: URIRef, recommendation: URIRef, ordinal: int, norm: Norm) -> None:
        node = self.iris.within(paragraph, "norm", ordinal)
        self.out.node(node, "Norm", ordinal=ordinal, standsAt=norm.span, recordedIn=paragraph)
        self.out.node(recommendation, "Recommendation", hasNorm=node)
        for addressee in norm.addressees:
            self.thing_fact(node, "addressee", addressee)
        self.thing_fact(node, "atSession", norm.session)
        self.concept_fact(node, "modality", "modality", norm.modality)
        self.concept_fact(node, "embeddedModality", "modality", norm.embedded)
        self.concept_fact(node, "aspect", "aspect", norm.aspect)
        for condition in norm.conditions:
            self.concept_fact(node, "condition", "condition", condition)
        for citation in norm.citations:
            self.citation(node, citation)
        for actor in norm.assisted_by:
            self.thing_fact(node, "assistedBy", actor)
        for actor in norm.partners:
            self.thing_fact(node, "partner", actor)
        self.about(node, norm.about)

    def about(self, node: URIRef, about: About) -> None:
        out, terms = self.out, self.terms
        for instrument in about.instruments:
            role = self.role("instrument-role", instrument.value.role)
            thing = self.thing(instrument.value.value)
            out.fact(node, terms.concernsInstrument, instrument, thing, instrumentRole=role)
        for actor in about.actors:
            role = self.role("actor-role", actor.value.role)
            out.fact(
                node, terms.concernsActor, actor, self.thing(actor.value.value), actorRole=role
            )
        for group in about.groups:
            role = self.role("group-role", group.value.role)
            concept = self.iris.concept("person-group", group.value.value)
            out.fact(node, terms.affectedGroup, group, concept, groupRole=role)
        for output in about.outputs:
            self.concept_fact(node, "requestedOutput", "output", output)
        for form in about.assistance_forms:
            self.concept_fact(node, "assistanceForm", "assistance-form", form)
        for topic in about.topics:
            self.concept_fact(node, "topic", "topic", topic)

    def role(self, scheme: str, notation: str | None) -> URIRef | None:
        return self.iris.concept(scheme, notation) if notation else None

    def citation(self, node: URIRef, citation: Stated[Citation]) -> None:
        provision, role = citation.value.provision, citation.value.role
        article = self.iris.article(provision.treaty, provision.article)
        concept = self.iris.concept("citation-role", role) if role else None
        self.out.fact(node, self.terms.citesProvision, citation, article, citationRole=concept)

    def listed(self, paragraph: int, kind: str, name: str) -> URIRef:
        """The next node of a *kind* in a paragraph, in order of text."""
        parent = self.paragraph(paragraph)
        key = parent, self.terms[name]
        self.out.counts[key] += 1
        ordinal = self.out.counts[key]
        node = self.iris.within(parent, name, ordinal)
        return self.out.node(node, kind, ordinal=ordinal, recordedIn=parent)

    def attendance(self) -> None:
        for attendance in self.report.attendance:
            node = self.listed(attendance.paragraph, "Attendance", "attendance")
            self.out.node(node, "Attendance", meeting=self.meeting)
            self.thing_fact(node, "delegation", attendance.delegation)
            self.concept_fact(node, "attendanceStatus", "attendance-status", attendance.status)

    def interventions(self) -> None:
        for intervention in self.report.interventions:
            self.intervention(intervention)

    def intervention(self, intervention: Intervention) -> None:
        kind = "CumulativeIntervention" if intervention.one_of else "Intervention"
        node = self.listed(intervention.paragraph, kind, "intervention")
        self.out.node(node, kind, meeting=self.meeting)
        self.thing_fact(node, "speaker", intervention.speaker)
        self.concept_fact(node, "capacity", "attendance-status", intervention.capacity)
        self.item_fact(node, "underItem", intervention.item)
        for item in intervention.one_of:
            self.item_fact(node, "underOneOf", item)

    def references(self) -> None:
        rows = 0
        for document in self.report.documents:
            if document.paragraph is None:
                rows += 1
                annex = self.iris.annex(self.slug)
                node = self.iris.within(annex, "document", rows)
                self.out.node(node, "DocumentListing", ordinal=rows, recordedIn=annex)
            else:
                kind = f"Document{document.kind.capitalize()}"
                node = self.listed(document.paragraph, kind, "document")
            self.document(node, document)
        for decision in self.report.decisions:
            node = self.listed(decision.paragraph, "DecisionReference", "decision")
            mint = self.iris.decision if decision.kind == "decision" else self.iris.resolution
            decided = mint(decision.body.value, decision.number.value)
            # Who took it is part of which one it is, so the words for both are its evidence.
            words = Stated(decided, (*decision.number.evidence, *decision.body.evidence))
            self.out.fact(node, self.terms.decision, words)
            self.words_fact(node, DCTERMS.title, decision.title)
        for cited in self.report.citations:
            self.citation(self.paragraph(cited.paragraph), cited.citation)

    def document(self, node: URIRef, document: DocumentReference) -> None:
        if document.symbol is not None:
            symbol = self.iris.document(document.symbol.value)
            self.out.fact(node, self.terms.document, document.symbol, symbol)
        self.words_fact(node, DCTERMS.title, document.title)
        self.item_fact(node, "underItem", document.item)
        self.thing_fact(node, "preparedBy", document.prepared_by)
        self.concept_fact(node, "documentKind", "document-kind", document.document_kind)
        self.concept_fact(node, "submittedBy", "officer-role", document.submitted_by)
