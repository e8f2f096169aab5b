"""Queries made from the grammar of SPARQL 1.1, so that each of its productions stands in some.

`GRAMMAR` is that of the recommendation in a shorter form, and `TERMINALS` has examples of words.
Source: SPARQL 1.1 Query Language, 19.8.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

GRAMMAR = """
Query = Prologue ( Select | Construct | Describe | Ask ) ( VALUES DataBlock )?
Prologue = ( BASE IRIREF | PREFIX PNAME_NS IRIREF )*
Select = SelectClause Dataset* Where Modifiers
SelectClause = SELECT ( DISTINCT | REDUCED )? ( ( Var | lp Expression AS NewVar rp )+ | star )
Construct = CONSTRUCT ( lb ConstructTriples? rb Dataset* Where Modifiers | Dataset* WHERE lb
    Template? rb Modifiers )
ConstructTriples = Subject ( dot Subject )* dot?
Template = Subject ( dot Subject )* dot?
Describe = DESCRIBE ( ( Var | Iri )+ | star ) Dataset* Where? Modifiers
Ask = ASK Dataset* Where Modifiers
Dataset = FROM NAMED? IRIREF
Where = WHERE? Group
Modifiers = ( GROUP BY GroupKey+ )? ( HAVING Constraint+ )? ( ORDER BY OrderKey+ )? Slice?
GroupKey = BuiltIn | Call | lp Expression ( AS NewVar )? rp | Var
OrderKey = ( ASC | DESC ) lp Expression rp | Constraint | Var
Slice = LIMIT INTEGER ( OFFSET INTEGER )? | OFFSET INTEGER ( LIMIT INTEGER )?
Group = lb ( SubSelect | Patterns ) rb
SubSelect = SelectClause Where Modifiers ( VALUES DataBlock )?
Patterns = Triples? ( NotTriples dot? Triples? )*
Triples = SubjectPath ( dot SubjectPath )* dot?
NotTriples = Group ( UNION Group )* | OPTIONAL Group | MINUS Group | GRAPH ( Var | Iri ) Group |
    SERVICE SILENT? Iri Group | FILTER Constraint | BIND lp Expression AS NewVar rp | VALUES
    DataBlock
DataBlock = Var lb DataValue* rb | lp rp lb ( lp rp )* rb | lp Var Var rp lb ( lp DataValue
    DataValue rp )* rb
DataValue = Iri | Literal | UNDEF
Constraint = lp Expression rp | BuiltIn | Call
Call = Iri ( NIL | lp DISTINCT Expression rp | lp Expression ( comma Expression )* rp )
Subject = Term Properties | Nested Properties?
Properties = Verb Objects ( semi ( Verb Objects )? )*
Verb = Var | Iri | a
Objects = Node ( comma Node )*
SubjectPath = Term PathProperties | NestedPath PathProperties?
PathProperties = ( Path | Var ) PathObjects ( semi ( ( Path | Var ) Objects )? )*
PathObjects = NodePath ( comma NodePath )*
Path = Sequence ( pipe Sequence )*
Sequence = Step ( slash Step )*
Step = hat? Primary ( quest | star | plus )?
Primary = Iri | a | bang Negated | lp Path rp
Negated = OneStep | lp ( OneStep ( pipe OneStep )* )? rp
OneStep = hat? ( Iri | a )
Nested = ls Properties rs | lp Node+ rp
NestedPath = ls PathProperties rs | lp NodePath+ rp
Node = Term | Nested
NodePath = Term | NestedPath
Term = Var | Iri | Literal | BLANK_NODE_LABEL | ANON | NIL
Expression = And ( or And )*
And = Value ( and Value )*
Value = Sum ( ( eq | ne | lt | gt | le | ge ) Sum | IN List | NOT IN List )?
List = NIL | lp Expression ( comma Expression )* rp
Sum = Product ( ( plus | minus ) Product )*
Product = Unary ( ( star | slash ) Unary )*
Unary = ( bang | plus | minus )? ( lp Expression rp | BuiltIn | Iri | Call | Literal | Var )
BuiltIn = Aggregate | Function0 NIL | Function1 lp Expression rp | Function2 lp Expression comma
    Expression rp | Function3 lp Expression comma Expression comma Expression rp | BOUND lp Var
    rp | TIGHT | BNODE lp Expression rp | ( CONCAT | COALESCE ) List | ( SUBSTR | REGEX ) lp
    Expression comma Expression ( comma Expression )? rp | REPLACE lp Expression comma
    Expression comma Expression ( comma Expression )? rp | NOT? EXISTS Group
Function0 = RAND | NOW | UUID | STRUUID
Function1 = STR | LANG | DATATYPE | IRI | URI | ABS | CEIL | FLOOR | ROUND | STRLEN | UCASE |
    LCASE | ENCODE_FOR_URI | YEAR | MONTH | DAY | HOURS | MINUTES | SECONDS | TIMEZONE | TZ |
    MD5 | SHA1 | SHA256 | SHA384 | SHA512 | isIRI | isURI | isBLANK | isLITERAL | isNUMERIC
Function2 = LANGMATCHES | CONTAINS | STRSTARTS | STRENDS | STRBEFORE | STRAFTER | STRLANG |
    STRDT | sameTerm
Function3 = IF
Aggregate = COUNT lp DISTINCT? ( star | Expression ) rp | ( SUM | MIN | MAX | AVG | SAMPLE ) lp
    DISTINCT? Expression rp | GROUP_CONCAT lp DISTINCT? Expression ( semi SEPARATOR eq STRING )
    ? rp
Literal = STRING ( LANGTAG | types Iri )? | INTEGER | DECIMAL | DOUBLE | signed | true | false
Iri = IRIREF | PNAME_LN | PNAME_NS
"""

WORDS = {
    "lp": "(", "rp": ")", "lb": "{", "rb": "}", "ls": "[", "rs": "]", "dot": ".", "comma": ",",
    "semi": ";", "star": "*", "plus": "+", "minus": "-", "slash": "/", "pipe": "|", "hat": "^",
    "quest": "?", "bang": "!", "or": "||", "and": "&&", "eq": "=", "ne": "!=", "lt": "<",
    "gt": ">", "le": "<=", "ge": ">=", "types": "^^",
}  # fmt: skip
TERMINALS = {
    "Var": ("?a", "$b", "?c", "?名", "?_1"),
    "IRIREF": (
        "<http://example.org/x>", "<x>", "<#>", "<../y?z#智利>", "<>", "<http://例え/\\u667A>",
    ),
    "PNAME_NS": (":", "ex:"),
    "PNAME_LN": ("ex:a", ":b", "ex:a.b-c", "ex:1", "ex:智利", "ex:a\\,b", "ex:%41", "ex:a:b"),
    "STRING": (
        '"a"', "'b'", '"""a"b\n"""', "'''c'd\n'''", '"\\t\\n\\r\\b\\f\\"\\\'\\\\"', '"智利"', '""',
        '"\\u667A\\U0001F600"',
    ),
    "LANGTAG": ("@en", "@zh-Hans-CN", "@EN"),
    "INTEGER": ("0", "1", "2", "007"),
    "DECIMAL": ("1.5", ".5"),
    "DOUBLE": ("1e0", "1.5E-3", ".5e+2", "1.e9"),
    "signed": ("+1", "-1", "+1.5", "-.5", "+1e0", "-1.5E3"),
    "BLANK_NODE_LABEL": ("_:a", "_:b1", "_:1.x", "_:智"),
    "ANON": ("[]", "[ \n]"),
    "NIL": ("()", "( )"),
    "TIGHT": ("BNODE()",),  # the engine takes no space there
}  # fmt: skip
SPACES = (" ", " ", " ", "\n", "\t", "\r\n", " # 智利 <{(\n", "  ")
DEEP = 12  # productions inside each other; beyond, the shortest is taken
LITTLE = 0.8  # how often the shortest is taken before

_SYMBOL = re.compile(r"[A-Za-z_0-9]+|[()|?*+]")


@dataclass(frozen=True)
class Part:
    """A piece of the grammar: a symbol, a sequence, a choice, or what may come some times."""

    kind: str  # "symbol", "sequence", "choice", "?", "*" or "+"
    name: str = ""  # of a symbol; of another the place in its production
    parts: tuple["Part", ...] = ()


def read_grammar(text: str) -> dict[str, Part]:
    found = {}
    for line in text.strip().replace("\n    ", " ").splitlines():
        name, _, right = line.partition(" = ")
        symbols = _SYMBOL.findall(right)
        found[name] = read_choice(symbols, name)
        assert not symbols, line
    return found


def read_choice(symbols: list[str], place: str) -> Part:
    options = [read_sequence(symbols, f"{place}.0")]
    while symbols and symbols[0] == "|":
        symbols.pop(0)
        options.append(read_sequence(symbols, f"{place}.{len(options)}"))
    return Part("choice", place, tuple(options)) if len(options) > 1 else options[0]


def read_sequence(symbols: list[str], place: str) -> Part:
    parts: list[Part] = []
    while symbols and symbols[0] not in "|)":
        symbol = symbols.pop(0)
        if symbol == "(":
            part = read_choice(symbols, f"{place}.{len(parts)}")
            assert symbols.pop(0) == ")"
        else:
            part = Part("symbol", symbol)
        if symbols and symbols[0] in "?*+":
            part = Part(symbols.pop(0), f"{place}.{len(parts)}", (part,))
        parts.append(part)
    return Part("sequence", place, tuple(parts))


PRODUCTIONS = read_grammar(GRAMMAR)


def parts_of(part: Part) -> Iterator[Part]:
    yield part
    for inner in part.parts:
        yield from parts_of(inner)


PARTS = [part for whole in PRODUCTIONS.values() for part in parts_of(whole)]
FAR = 1000
# Expressions are put into SELECT instead, beside which anything may stand.
DETOURS = {"GroupKey", "Constraint"}
GLUED = {"CONCAT", "COALESCE"}  # the engine takes no space between these and their bracket


@cache
def own_places(part: Part) -> tuple[str, ...]:
    """The places that *part* itself decides on."""
    if part.kind == "symbol":
        return tuple(f"{part.name}={n}" for n in range(len(TERMINALS.get(part.name, ""))))
    number = {"choice": len(part.parts), "?": 2, "*": 2, "+": 1, "sequence": 0}[part.kind]
    return tuple(f"{part.name}:{n}" for n in range(number))


def places() -> set[str]:
    """Everything that a query can have: each option, each repetition, each example of a word."""
    return {place for part in PARTS for place in own_places(part)}


def distances(goal: str) -> dict[str, int]:
    """How many productions lie between each and the place *goal*."""
    found, before = dict.fromkeys(PRODUCTIONS, FAR), dict[str, int]()
    while found != before:
        before = dict(found)
        for name, part in reversed(PRODUCTIONS.items()):
            found[name] = min(found[name], distance(part, goal, found) + 1)
    return found


def distance(part: Part, goal: str, to: dict[str, int]) -> int:
    if goal in own_places(part):
        return 0
    if part.kind == "symbol":
        return to.get(part.name, FAR) + 20 * (part.name in DETOURS)
    return min((distance(inner, goal, to) for inner in part.parts), default=FAR)


def depth(part: Part, to: dict[str, int]) -> int:
    """How many productions *part* needs inside each other, at least."""
    if part.kind == "symbol":
        return to.get(part.name, -1) + 1
    if part.kind in "?*":
        return 0
    return (min if part.kind == "choice" else max)((depth(p, to) for p in part.parts), default=0)


def depths() -> dict[str, int]:
    found = dict.fromkeys(PRODUCTIONS, FAR)
    for _ in PRODUCTIONS:
        found |= {name: depth(part, found) for name, part in PRODUCTIONS.items()}
    return found


DEPTHS = depths()


@dataclass
class Maker:
    """Makes a query that has the place *goal*, and else what chance gives, mostly little."""

    goal: str
    chance: random.Random
    names: set[str] = field(default_factory=set)  # the places that the query has
    new: int = 0

    def __post_init__(self) -> None:
        self.to_goal = distances(self.goal)

    def query(self) -> str:
        self.names.clear()
        words = self.words(Part("symbol", "Query"), 0, True)
        text = "".join(
            word + ("" if word in GLUED else self.chance.choice(SPACES)) for word in words
        )
        return f"PREFIX ex: <http://example.org/> PREFIX : <x:y> {text}"

    def words(self, part: Part, deep: int, steered: bool) -> Iterator[str]:
        if part.kind == "symbol":
            yield from self.symbol(part.name, deep, steered)
        elif part.kind == "sequence":
            leads = self.nearest(part.parts)
            for number, inner in enumerate(part.parts):
                yield from self.words(inner, deep, steered and number == leads)
        elif part.kind == "choice":
            taken = self.option(part, deep, steered)
            here = self.take(f"{part.name}:{taken}")
            yield from self.words(part.parts[taken], deep, steered and not here)
        else:
            yield from self.repeated(part, deep, steered)

    def take(self, place: str) -> bool:
        self.names.add(place)
        return place == self.goal

    def nearest(self, parts: tuple[Part, ...]) -> int:
        far = [distance(part, self.goal, self.to_goal) for part in parts]
        return far.index(min(far)) if far else 0

    def option(self, part: Part, deep: int, steered: bool) -> int:
        own = own_places(part)
        if steered:
            return own.index(self.goal) if self.goal in own else self.nearest(part.parts)
        needs = [depth(inner, DEPTHS) for inner in part.parts]
        if deep > DEEP or self.chance.random() < LITTLE:
            return self.chance.choice([n for n, need in enumerate(needs) if need == min(needs)])
        return self.chance.randrange(len(needs))

    def repeated(self, part: Part, deep: int, steered: bool) -> Iterator[str]:
        (inner,) = part.parts
        if part.kind == "+":
            here = self.take(f"{part.name}:0")
            yield from self.words(inner, deep, steered and not here)
            again = 0.0 if deep > DEEP else 0.2
        else:
            wanted = steered and self.goal != f"{part.name}:0"
            free = not steered and deep <= DEEP and self.chance.random() > LITTLE
            here = self.take(f"{part.name}:{int(wanted or free)}")
            if not (wanted or free):
                return
            yield from self.words(inner, deep + 1, wanted and not here)
            again = 0.2 if part.kind == "*" and deep <= DEEP else 0.0
        if self.chance.random() < again:
            yield from self.words(inner, deep + 1, False)

    def symbol(self, name: str, deep: int, steered: bool) -> Iterator[str]:
        if name in PRODUCTIONS:
            yield from self.words(PRODUCTIONS[name], deep + 1, steered)
        elif name == "NewVar":
            self.new += 1
            yield f"?new{self.new}"
        elif name in TERMINALS:
            own = own_places(Part("symbol", name))
            is_goal = steered and self.goal in own
            taken = own.index(self.goal) if is_goal else self.chance.randrange(len(own))
            self.take(own[taken])
            yield TERMINALS[name][taken]
        else:
            yield WORDS.get(name, name)
