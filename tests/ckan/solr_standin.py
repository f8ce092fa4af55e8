#!/usr/bin/env python3
"""TEST FIXTURE: a small stand-in for the Solr core behind a CKAN server.

It is not Solr and must never sit behind a public portal.  It exists so that a
real CKAN can be started for integration tests where Solr cannot be installed.

It speaks the part of Solr's HTTP protocol that CKAN uses through pysolr:

    GET|POST /solr/<core>/select      q, fq, fl, rows, start, sort, facet.*,
                                      defType (lucene, dismax, edismax), qf, tie, mm, df, q.op
    POST     /solr/<core>/update      JSON documents, XML <add>, <delete>, <commit>
    GET      /solr/<core>/schema      the schema.xml it was started with
    GET      /solr/<core>/admin/ping

Field types, dynamic fields, multi-valued flags and copyFields are read from
CKAN's own schema.xml.  What it cannot answer is refused with HTTP 400 and a
message that begins "stand-in:", never answered wrongly in silence.

Approximated: relevance scores (so the order of results under a free-text
query), the English stemmer when `snowballstemmer` is missing, synonyms (none),
dismax splitting (always on white space), fuzzy terms (refused).
"""

import argparse
import datetime as dt
import fnmatch
import functools
import json
import math
import re
import sqlite3
import threading
import time
import unicodedata
import xml.etree.ElementTree as ET
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

try:
    import snowballstemmer

    _stem = snowballstemmer.stemmer("english").stemWord
except ImportError:

    def _stem(word):
        return word


MAX_TERM_BYTES = 32766
STEM_LOCK = threading.Lock()


class BadRequest(Exception):
    """Becomes an HTTP 400 answer in Solr's error shape."""


# --- schema ---------------------------------------------------------------


class Field:
    def __init__(self, attrs, types):
        self.name = attrs["name"]
        self.indexed = attrs.get("indexed", "true") == "true"
        self.stored = attrs.get("stored", "true") == "true"
        self.required = attrs.get("required") == "true"
        self.default = attrs.get("default")
        ftype = types[attrs["type"]]
        self.multi = attrs.get("multiValued", ftype.get("multiValued", "false")) == "true"
        self.kind = ftype["kind"]
        self.case_split = ftype.get("case_split", False)
        self.stem = ftype.get("stem", False)


class Schema:
    def __init__(self, path):
        self.xml = Path(path).read_text(encoding="utf-8")
        root = ET.fromstring(self.xml)
        types = {}
        for node in root.iter():
            if node.tag.lower() == "fieldtype":
                types[node.get("name")] = self._type(node)
        self.fields, self.dynamic = {}, []
        for node in root.iter("field"):
            self.fields[node.get("name")] = Field(node.attrib, types)
        for node in root.iter("dynamicField"):
            self.dynamic.append((node.get("name"), Field(node.attrib, types)))
        self.dynamic.sort(key=lambda item: -len(item[0]))
        self.copies = [(n.get("source"), n.get("dest")) for n in root.iter("copyField")]
        self.key = (root.findtext("uniqueKey") or "id").strip()

    @staticmethod
    def _type(node):
        cls = node.get("class", "")
        out = {"multiValued": node.get("multiValued", "false")}
        if "TextField" in cls:
            tokenizers = [t.get("class", "") for t in node.iter("tokenizer")]
            out["kind"] = "ngram" if any("NGram" in t for t in tokenizers) else "text"
            for flt in node.iter("filter"):
                if "WordDelimiter" in flt.get("class", ""):
                    out["case_split"] = flt.get("splitOnCaseChange", "1") == "1"
                if "Snowball" in flt.get("class", ""):
                    out["stem"] = True
        elif re.search(r"Int|Long", cls):
            out["kind"] = "int"
        elif re.search(r"Float|Double", cls):
            out["kind"] = "float"
        elif "Date" in cls:
            out["kind"] = "date"
        elif "Bool" in cls:
            out["kind"] = "bool"
        else:
            out["kind"] = "string"
        return out

    @functools.lru_cache(maxsize=4096)
    def field(self, name):
        if name in self.fields:
            return self.fields[name]
        for pattern, field in self.dynamic:
            if fnmatch.fnmatchcase(name, pattern):
                return field
        raise BadRequest("undefined field %s" % name)


# --- analysis -------------------------------------------------------------


def _char_class(char):
    cat = unicodedata.category(char)
    if cat == "Ll":
        return "l"
    if cat == "Lu":
        return "u"
    if cat[0] in "LM":
        return "a"
    return "d" if cat[0] == "N" else None


def _word_parts(token, case_split):
    """Split one white-space token into (text, is_number) as a word delimiter does."""
    parts, last = [], None
    token = re.sub(r"'[sS](?=\W|$)", "", token)
    for char in token:
        cls = _char_class(char)
        if cls is None:
            last = None
            continue
        joined = last is not None and (
            cls == last
            or (cls != "d" and last != "d" and ("a" in (cls, last) or last == "u" or not case_split))
        )
        if joined:
            parts[-1][0] += char
        else:
            parts.append([char, cls == "d"])
        last = cls
    return parts


@functools.lru_cache(maxsize=65536)
def _normal(word, stem):
    word = word.lower()
    if stem:
        with STEM_LOCK:
            word = _stem(word)
        folded = (
            "".join(c for c in unicodedata.normalize("NFKD", word) if ord(c) < 0x300)
            if word.isascii() is False
            else word
        )
        # Fold accents of Latin text only; leave kana and kanji as they are.
        if all(unicodedata.name(c, "").startswith("LATIN") for c in word if c.isalpha()):
            word = folded or word
    return word


def analyse(field, value, index):
    """List of (position, term)."""
    if field.kind == "ngram":
        text = str(value)
        if not index:
            return [(i, w.lower()) for i, w in enumerate(text.split())]
        return [
            (i, text[i : i + n].lower()) for i in range(len(text)) for n in range(2, 11) if i + n <= len(text)
        ]
    out, pos = [], 0
    for token in str(value).split():
        parts = _word_parts(token, field.case_split)
        for offset, (text, _) in enumerate(parts):
            out.append((pos + offset, _normal(text, field.stem)))
        if index:
            start = 0
            while start < len(parts):
                end = start
                while end < len(parts) and parts[end][1] == parts[start][1]:
                    end += 1
                if end - start > 1:
                    joined = "".join(p[0] for p in parts[start:end])
                    out.append((pos + start, _normal(joined, field.stem)))
                start = end
        pos += len(parts)
    return out


UNITS = {"YEAR": 12, "MONTH": 1, "DAY": 86400, "HOUR": 3600, "MINUTE": 60, "SECOND": 1}
DATE_RE = re.compile(r"^(NOW|-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))(.*)$")


def parse_date(text):
    match = DATE_RE.match(text.strip())
    if not match:
        raise BadRequest("Invalid Date String:'%s'" % text)
    base, math_part = match.groups()
    if base == "NOW":
        when = dt.datetime.now(dt.UTC)
    else:
        try:
            when = dt.datetime.fromisoformat(base).astimezone(dt.UTC)
        except ValueError:
            raise BadRequest("Invalid Date String:'%s'" % text)
    for sign, number, unit in re.findall(r"([+\-/])(\d*)([A-Z]+)", math_part):
        unit = unit.rstrip("S")
        if unit not in UNITS:
            raise BadRequest("Invalid Date Math String:'%s'" % text)
        if sign == "/":
            order = ["YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"]
            keep = order.index(unit)
            zero = dict(zip(["month", "day", "hour", "minute", "second"], [1, 1, 0, 0, 0], strict=True))
            names = ["year", "month", "day", "hour", "minute", "second"]
            when = when.replace(microsecond=0, **{n: zero[n] for n in names[keep + 1 :]})
            continue
        count = int(number or 1) * (1 if sign == "+" else -1)
        if unit in ("YEAR", "MONTH"):
            months = when.year * 12 + when.month - 1 + count * UNITS[unit]
            when = when.replace(year=months // 12, month=months % 12 + 1, day=min(when.day, 28))
        else:
            when += dt.timedelta(seconds=count * UNITS[unit])
    return when.timestamp()


def typed(field, value):
    """The comparable form of one value, or BadRequest as Solr refuses it."""
    try:
        if field.kind == "int":
            return int(value)
        if field.kind == "float":
            return float(value)
    except (TypeError, ValueError):
        raise BadRequest(
            "ERROR: Error adding field '%s'='%s' msg=For input string: \"%s\"" % (field.name, value, value)
        )
    if field.kind == "date":
        return parse_date(str(value))
    if field.kind == "bool":
        return "true" if str(value).lower() in ("true", "1", "t") else "false"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


class Doc:
    """One indexed document: stored values, typed values and term postings."""

    def __init__(self, schema, source):
        self.source = source
        self.key = str(source.get(schema.key, ""))
        label = "[doc=%s]" % self.key
        values = {}
        for name, raw in source.items():
            if raw is None or raw == "":
                continue
            if isinstance(raw, dict):
                raise BadRequest(
                    "%s Unknown operation for the an atomic update: %s" % (label, ", ".join(raw))
                )
            field = schema.field(name)
            items = [v for v in (raw if isinstance(raw, list) else [raw]) if v is not None]
            if len(items) > 1 and not field.multi:
                raise BadRequest(
                    "ERROR: %s multiple values encountered for non multiValued field %s: %s"
                    % (label, name, items)
                )
            values[name] = items
        for name, field in schema.fields.items():
            if field.default and name not in values:
                now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
                values[name] = [now if field.default == "NOW" else field.default]
            if field.required and not values.get(name):
                raise BadRequest("%s missing required field: %s" % (label, name))
        self.stored = {}
        for name, items in values.items():
            field = schema.field(name)
            if field.stored and items:
                self.stored[name] = items if field.multi else items[0]
        # copyField applies to the submitted document only; copies do not chain.
        copied = {k: list(v) for k, v in values.items()}
        for src, dest in schema.copies:
            for name, items in values.items():
                if fnmatch.fnmatchcase(name, src) and name != dest:
                    copied.setdefault(dest, []).extend(items)
        self.values, self.terms = {}, {}
        for name, items in copied.items():
            field = schema.field(name)
            if not field.indexed:
                continue
            if field.kind in ("text", "ngram"):
                postings, base = {}, 0
                for item in items:
                    last = 0
                    for pos, term in analyse(field, item, True):
                        postings.setdefault(term, []).append(base + pos)
                        last = pos
                    base += last + 100
                self.terms[name] = postings
                self.values[name] = [str(i) for i in items]
            else:
                self.values[name] = [typed(field, i) for i in items]
                if field.kind == "string":
                    for item in self.values[name]:
                        if len(item.encode("utf-8", "replace")) > MAX_TERM_BYTES:
                            raise BadRequest(
                                "Exception writing document id %s to the index; possible analysis error: "
                                'Document contains at least one immense term in field="%s" (whose UTF8 '
                                "encoding is longer than the max length %d), all of which were skipped."
                                % (self.key, name, MAX_TERM_BYTES)
                            )


# --- query ----------------------------------------------------------------

TOKEN_RE = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<and>&&|AND(?=[\s(]|$)) | (?P<or>\|\||OR(?=[\s(]|$)) | (?P<not>!|NOT(?=[\s(]|$))
  | (?P<mod>[+\-])
  | (?P<open>\() | (?P<close>\))
  | (?P<range>[\[{]\s*(?:"(?:\\.|[^"\\])*"|[^\s\]}"]+)\s+TO\s+(?:"(?:\\.|[^"\\])*"|[^\s\]}"]+)\s*[\]}])
  | (?P<phrase>"(?:\\.|[^"\\])*")
  | (?P<regex>/(?:\\.|[^/\\])*/)
  | (?P<boost>\^[\d.]+)
  | (?P<fuzzy>~[\d.]*)
  | (?P<colon>:)
  | (?P<term>(?:\\.|[^\s()\[\]{}"^~:\\!&|+\-/]|(?<!\s)(?<!^)[+\-/!&|])(?:\\.|[^\s()\[\]{}"^~:\\])*)
""",
    re.VERBOSE,
)


def unescape(text):
    return re.sub(r"\\(.)", r"\1", text)


class Parser:
    """The Lucene query syntax, with its two default operators."""

    def __init__(self, schema, text, df, op):
        self.schema, self.df, self.op, self.text = schema, df, op, text
        if text.lstrip().startswith("{!"):
            raise BadRequest("stand-in: local parameters are not supported: %s" % text)
        self.toks, pos = [], 0
        while pos < len(text):
            match = TOKEN_RE.match(text, pos)
            if not match or match.end() == pos:
                raise BadRequest(
                    "org.apache.solr.search.SyntaxError: Cannot parse '%s': "
                    'Encountered "%s" at column %d.' % (text, text[pos], pos)
                )
            self.toks.append((match.lastgroup, match.group(match.lastgroup)))
            pos = match.end()
        self.i = 0

    def peek(self):
        return self.toks[self.i][0] if self.i < len(self.toks) else None

    def skip(self):
        while self.peek() == "space":
            self.i += 1

    def error(self):
        raise BadRequest(
            "org.apache.solr.search.SyntaxError: Cannot parse '%s': Encountered \"<EOF>\"" % self.text
        )

    def parse(self):
        node = self.clauses(self.df)
        if self.i < len(self.toks):
            self.error()
        if node[0] == "bool" and node[1] and all(o == "not" for o, _ in node[1]):
            node = ("bool", node[1] + [("must", ("all",))])
        return node

    def clauses(self, field):
        items = []
        while True:
            self.skip()
            if self.peek() in (None, "close"):
                break
            conj = None
            if self.peek() in ("and", "or"):
                conj = self.peek()
                self.i += 1
                self.skip()
                if not items or self.peek() in (None, "close"):
                    self.error()
            mod = None
            if self.peek() == "not":
                mod = "not"
                self.i += 1
            elif self.peek() == "mod":
                mod = "not" if self.toks[self.i][1] == "-" else "must"
                self.i += 1
            self.skip()
            node = self.clause(field)
            if conj == "and" and items and items[-1][0] != "not":
                items[-1][0] = "must"
            if conj == "or" and self.op == "AND" and items and items[-1][0] != "not":
                items[-1][0] = "should"
            if mod == "not":
                occur = "not"
            elif self.op == "AND":
                occur = "should" if conj == "or" else "must"
            else:
                occur = "must" if mod == "must" or conj == "and" else "should"
            items.append([occur, node])
        return ("bool", [tuple(i) for i in items])

    def clause(self, field):
        kind = self.peek()
        if kind is None:
            self.error()
        value = self.toks[self.i][1]
        if kind == "term" and self.i + 1 < len(self.toks) and self.toks[self.i + 1][0] == "colon":
            name = unescape(value)
            self.i += 2
            if name == "*":
                if self.peek() == "term" and self.toks[self.i][1] == "*":
                    self.i += 1
                    return self.boosted(("all",))
                raise BadRequest("stand-in: the field name * is only supported as *:*")
            self.schema.field(name)
            self.skip()
            return self.clause(name)
        self.i += 1
        if kind == "open":
            node = self.clauses(field)
            if self.peek() != "close":
                self.error()
            self.i += 1
            return self.boosted(node)
        if kind == "phrase":
            return self.boosted(("phrase", field, unescape(value[1:-1])))
        if kind == "regex":
            return self.boosted(("regex", field, value[1:-1]))
        if kind == "range":
            low, high = re.split(r"\s+TO\s+", value[1:-1].strip(), maxsplit=1)
            return self.boosted(
                ("range", field, low.strip('"'), high.strip('"'), value[0] == "[", value[-1] == "]")
            )
        if kind == "term":
            if re.search(r"(?<!\\)[*?]", value):
                return self.boosted(("wild", field, value))
            return self.boosted(("term", field, unescape(value)))
        self.error()

    def boosted(self, node):
        boost = 1.0
        while self.peek() in ("boost", "fuzzy"):
            kind, value = self.toks[self.i]
            self.i += 1
            if kind == "boost":
                boost = float(value[1:])
            elif node[0] == "phrase":
                node = (*node, int(float(value[1:] or 0)))
            else:
                raise BadRequest("stand-in: fuzzy terms are not supported: %s" % self.text)
        return ("boost", boost, node) if boost != 1.0 else node


class Matcher:
    """Scores one parsed query against documents; None means no match."""

    def __init__(self, schema, docs, op):
        self.schema, self.docs, self.op = schema, docs, op
        self.df_cache = {}

    def idf(self, field, term):
        key = (field, term)
        if key not in self.df_cache:
            found = sum(1 for d in self.docs if term in d.terms.get(field, ()))
            self.df_cache[key] = math.log(1 + (len(self.docs) + 1) / (found + 1))
        return self.df_cache[key]

    def score(self, node, doc):
        kind = node[0]
        if kind == "all":
            return 1.0
        if kind == "boost":
            got = self.score(node[2], doc)
            return None if got is None else got * node[1]
        if kind == "bool":
            return self.boolean(node[1], doc)
        if kind == "dismax":
            return self.dismax(node, doc)
        name = node[1]
        field = self.schema.field(name)
        if kind in ("term", "phrase"):
            if field.kind in ("text", "ngram"):
                return self.text(field, name, node, doc)
            wanted = typed(field, node[2])
            return 1.0 if wanted in doc.values.get(name, ()) else None
        if kind == "range":
            return self.range(field, name, node, doc)
        if kind == "wild":
            if node[2] == "*":
                return 1.0 if doc.values.get(name) else None
            body = re.sub(
                r"\\(.)|([*?])|(.)",
                lambda m: (
                    re.escape(m[1]) if m[1] else {"*": ".*", "?": "."}[m[2]] if m[2] else re.escape(m[3])
                ),
                node[2],
                flags=re.DOTALL,
            )
            flags = re.DOTALL | (re.IGNORECASE if field.kind in ("text", "ngram") else 0)
        else:
            body, flags = node[2], re.DOTALL
        pattern = re.compile(body, flags)
        pool = doc.terms.get(name) if field.kind in ("text", "ngram") else doc.values.get(name)
        return 1.0 if any(pattern.fullmatch(str(v)) for v in pool or ()) else None

    def text(self, field, name, node, doc):
        postings = doc.terms.get(name) or {}
        tokens = analyse(field, node[2], False)
        if not tokens:
            return None
        terms = [t for _, t in tokens]
        if node[0] == "phrase" and len(terms) > 1:
            slop = node[3] if len(node) > 3 else 0
            offsets = [p - tokens[0][0] for p, _ in tokens]
            for start in postings.get(terms[0], ()):
                if all(
                    any(abs(start + o - p) <= slop for p in postings.get(t, ()))
                    for o, t in zip(offsets, terms, strict=True)
                ):
                    break
            else:
                return None
        found = [t for t in terms if t in postings]
        if not found or ((self.op == "AND" or node[0] == "phrase") and len(found) < len(terms)):
            return None
        return sum(self.idf(name, t) * (1 + math.log(len(postings[t]))) for t in found)

    def range(self, field, name, node, doc):
        _, _, low, high, low_in, high_in = node
        low = None if low == "*" else typed(field, unescape(low))
        high = None if high == "*" else typed(field, unescape(high))
        for value in doc.values.get(name, ()):
            if (low is None or value > low or (low_in and value == low)) and (
                high is None or value < high or (high_in and value == high)
            ):
                return 1.0
        return None

    def boolean(self, items, doc):
        total, should, matched = 0.0, 0, 0
        must = False
        for occur, node in items:
            got = self.score(node, doc)
            if occur == "not":
                if got is not None:
                    return None
                continue
            if occur == "must":
                must = True
                if got is None:
                    return None
            else:
                should += 1
                matched += got is not None
            total += got or 0.0
        if not must and (not should or not matched):
            return None
        return total

    def dismax(self, node, doc):
        _, clauses, fields, tie, needed = node
        total, optional, matched = 0.0, 0, 0
        for occur, query in clauses:
            scores = []
            for name, boost in fields:
                got = self.score((query[0], name, *query[1:]), doc)
                if got is not None:
                    scores.append(got * boost)
            if occur == "not":
                if scores:
                    return None
                continue
            if occur == "must" and not scores:
                return None
            if occur == "should":
                optional += 1
                matched += bool(scores)
            if scores:
                best = max(scores)
                total += best + tie * (sum(scores) - best)
        return total if matched >= needed(optional) else None


def minimum_match(spec):
    """Solr's mm: '75%', '2', '-1', '2<-1 5<80%'."""

    def one(rule, count):
        if rule.endswith("%"):
            part = int(count * abs(int(rule[:-1])) / 100)
            return part if int(rule[:-1]) >= 0 else count - part
        number = int(rule)
        return number if number >= 0 else count + number

    def needed(count):
        spec_ = spec.strip()
        if "<" not in spec_:
            result = one(spec_, count)
        else:
            result = count
            for rule in spec_.split():
                above, then = rule.split("<", 1)
                if count > int(above):
                    result = one(then, count)
        return max(0, min(count, result))

    return needed


def dismax_query(schema, params, text, op):
    fields = []
    for item in params.get("qf", params.get("df", "text")).split():
        name, _, boost = item.partition("^")
        schema.field(name)
        fields.append((name, float(boost or 1)))
    clauses = []
    for sign, phrase, word in re.findall(r'([+-]?)(?:"([^"]*)"|([^\s"]+))', text):
        if word in ("AND", "OR", "NOT"):
            continue
        occur = {"+": "must", "-": "not", "": "should"}[sign]
        clauses.append((occur, ("phrase", phrase) if phrase else ("term", unescape(word))))
    spec = params.get("mm", "100%" if op == "AND" else "0%")
    return ("dismax", clauses, fields, float(params.get("tie", 0)), minimum_match(spec))


# --- core -----------------------------------------------------------------


class Core:
    def __init__(self, schema, path, delay):
        self.schema, self.delay = schema, delay
        self.lock = threading.RLock()
        self.docs, self.buffer, self.due = {}, [], []
        self.db = sqlite3.connect(path, check_same_thread=False)
        self.db.execute("CREATE TABLE IF NOT EXISTS docs (key TEXT PRIMARY KEY, body TEXT NOT NULL)")
        for (body,) in self.db.execute("SELECT body FROM docs"):
            doc = Doc(schema, json.loads(body))
            self.docs[doc.key] = doc

    def update(self, operations, commit):
        with self.lock:
            self.buffer += operations
            if commit:
                self.due.append((time.monotonic() + self.delay, self.buffer))
                self.buffer = []
                if not self.delay:
                    self.refresh()

    def refresh(self):
        with self.lock:
            while self.due and self.due[0][0] <= time.monotonic():
                for action, value in self.due.pop(0)[1]:
                    if action == "add":
                        self.docs[value.key] = value
                        self.db.execute(
                            "REPLACE INTO docs VALUES (?, ?)",
                            (value.key, json.dumps(value.source, ensure_ascii=False)),
                        )
                    else:
                        if action == "delete":
                            keys = [value] if value in self.docs else []
                        else:
                            matcher = Matcher(self.schema, list(self.docs.values()), "OR")
                            keys = [k for k, d in self.docs.items() if matcher.score(value, d) is not None]
                        for key in keys:
                            del self.docs[key]
                            self.db.execute("DELETE FROM docs WHERE key = ?", (key,))
                self.db.commit()

    def search(self, multi):
        params = {k: v[-1] for k, v in multi.items()}
        op = params.get("q.op", "OR").upper()
        df = params.get("df", "text")
        if params.get("wt", "json") not in ("json", "python"):
            raise BadRequest("stand-in: wt=%s is not supported" % params["wt"])
        for name in ("bf", "boost", "bq", "pf", "group", "cursorMark", "hl"):
            if params.get(name) not in (None, "", "false"):
                raise BadRequest("stand-in: the parameter %s is not supported" % name)
        with self.lock:
            self.refresh()
            docs = list(self.docs.values())
        text = params.get("q", "*:*")
        kind = params.get("defType", "lucene")
        if (
            kind in ("dismax", "edismax")
            and text.strip() != "*:*"
            and not (kind == "edismax" and re.search(r"[:()]", text))
        ):
            query = dismax_query(self.schema, params, text, op)
        elif kind in ("lucene", "dismax", "edismax"):
            query = Parser(self.schema, text, df, op).parse()
        else:
            raise BadRequest("stand-in: defType=%s is not supported" % kind)
        matcher = Matcher(self.schema, docs, op)
        filters = [Parser(self.schema, f, df, op).parse() for f in multi.get("fq", []) if f.strip()]
        hits = []
        for doc in docs:
            if all(matcher.score(f, doc) is not None for f in filters):
                score = matcher.score(query, doc)
                if score is not None:
                    hits.append((score, doc))
        self.sort(hits, params.get("sort") or "score desc")
        start, rows = self.number(params, "start", 0), self.number(params, "rows", 10)
        wanted = [f for f in re.split(r"[\s,]+", " ".join(multi.get("fl", ["*"]))) if f]
        out = []
        for score, doc in hits[start : start + rows]:
            row = (
                dict(doc.stored)
                if "*" in wanted
                else {k: v for k, v in doc.stored.items() if any(fnmatch.fnmatchcase(k, w) for w in wanted)}
            )
            if "score" in wanted:
                row["score"] = score
            out.append(row)
        answer = {
            "responseHeader": {
                "status": 0,
                "QTime": 0,
                "params": {k: (v if len(v) > 1 else v[0]) for k, v in multi.items()},
            },
            "response": {"numFound": len(hits), "start": start, "numFoundExact": True, "docs": out},
        }
        if params.get("facet", "false").lower() in ("true", "on"):
            answer["facet_counts"] = self.facets(params, multi.get("facet.field", []), hits)
        return answer

    @staticmethod
    def number(params, name, default):
        try:
            value = int(params.get(name, default))
        except ValueError:
            raise BadRequest('For input string: "%s"' % params[name])
        if value < 0:
            raise BadRequest("'%s' parameter cannot be negative" % name)
        return value

    def sort(self, hits, spec):
        hits.sort(key=lambda hit: hit[1].key)
        for part in reversed([p.strip() for p in spec.split(",") if p.strip()]):
            match = re.fullmatch(r"(\S+)\s+(asc|desc)", part, re.IGNORECASE)
            if not match:
                raise BadRequest(
                    "Can't determine a Sort Order (asc or desc) in sort spec '%s', pos=%d" % (spec, len(part))
                )
            name, down = match[1], match[2].lower() == "desc"
            if name == "score":
                hits.sort(key=lambda hit: hit[0], reverse=down)
                continue
            if not re.fullmatch(r"[\w.\-]+", name):
                raise BadRequest("stand-in: sorting by %s is not supported" % name)
            if self.schema.field(name).multi:
                raise BadRequest("can not sort on multivalued field: %s" % name)
            present = [h for h in hits if h[1].values.get(name)]
            missing = [h for h in hits if not h[1].values.get(name)]
            present.sort(key=lambda hit: hit[1].values[name][0], reverse=down)
            hits[:] = present + missing

    def facets(self, params, names, hits):
        out = {}
        for name in names:
            field = self.schema.field(name)
            option = functools.partial(
                lambda n, key, default: params.get("f.%s.%s" % (n, key), params.get(key, default)), name
            )
            counts = {}
            for _, doc in hits:
                pool = doc.terms if field.kind in ("text", "ngram") else doc.values
                for value in set(pool.get(name, ())):
                    counts[value] = counts.get(value, 0) + 1
            least, limit = int(option("facet.mincount", 0)), int(option("facet.limit", 100))
            order = sorted(
                ((v, c) for v, c in counts.items() if c >= max(least, 1)),
                key=lambda item: (
                    (-item[1], item[0])
                    if option("facet.sort", "count" if limit > 0 else "index") == "count"
                    else item[0]
                ),
            )
            flat = []
            for value, count in order if limit < 0 else order[:limit]:
                flat += [value, count]
            out[name] = flat
        return {
            "facet_queries": {},
            "facet_fields": out,
            "facet_ranges": {},
            "facet_intervals": {},
            "facet_heatmaps": {},
        }

    def read_update(self, body, content_type):
        """Operations of one update message and whether it asks for a commit."""
        if not body.strip():
            return [], False
        if "json" in content_type:
            message = json.loads(body)
            if not isinstance(message, list):
                raise BadRequest("stand-in: only a JSON list of documents is supported")
            return [("add", Doc(self.schema, d)) for d in message], False
        root = ET.fromstring(body)
        if root.tag in ("commit", "optimize"):
            return [], True
        operations = []
        if root.tag == "add":
            for node in root.iter("doc"):
                source = {}
                for item in node.iter("field"):
                    name, value = item.get("name"), item.text or ""
                    if name in source:
                        old = source[name]
                        source[name] = (old if isinstance(old, list) else [old]) + [value]
                    else:
                        source[name] = value
                operations.append(("add", Doc(self.schema, source)))
        elif root.tag == "delete":
            for item in root:
                if item.tag == "id":
                    operations.append(("delete", item.text or ""))
                else:
                    operations.append(("query", Parser(self.schema, item.text or "", "text", "OR").parse()))
        else:
            raise BadRequest("stand-in: the update message <%s> is not supported" % root.tag)
        return operations, False


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    core = None

    def log_message(self, fmt, *args):
        if self.server.verbose:
            super().log_message(fmt, *args)

    def reply(self, status, body, kind="application/json; charset=utf-8"):
        data = (
            body.encode("utf-8")
            if isinstance(body, str)
            else json.dumps(body, ensure_ascii=False).encode("utf-8")
        )
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def handle_any(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode("utf-8")
        url = urlsplit(self.path)
        multi = parse_qs(url.query, keep_blank_values=True)
        kind = self.headers.get("Content-Type") or ""
        path = re.sub(r"^/solr/[^/]+", "", url.path).rstrip("/")
        try:
            if path == "/select":
                if "form-urlencoded" in kind:
                    for key, values in parse_qs(body, keep_blank_values=True).items():
                        multi.setdefault(key, []).extend(values)
                self.reply(200, self.core.search(multi))
            elif path == "/update":
                operations, commit = self.core.read_update(body, kind)
                flags = [multi.get(k, ["false"])[-1] for k in ("commit", "softCommit")]
                self.core.update(operations, commit or "true" in flags or "commitWithin" in multi)
                self.reply(200, {"responseHeader": {"status": 0, "QTime": 0}})
            elif path in ("/schema", "/admin/file"):
                self.reply(200, self.core.schema.xml, "application/xml; charset=utf-8")
            elif path == "/admin/ping":
                self.reply(200, {"responseHeader": {"status": 0, "QTime": 0}, "status": "OK"})
            else:
                self.reply(404, {"error": {"msg": "stand-in: no such path: %s" % path, "code": 404}})
        except (BadRequest, ET.ParseError, json.JSONDecodeError, re.error) as problem:
            self.reply(
                400,
                {
                    "responseHeader": {"status": 400, "QTime": 0},
                    "error": {
                        "metadata": ["error-class", "org.apache.solr.common.SolrException"],
                        "msg": str(problem),
                        "code": 400,
                    },
                },
            )

    do_GET = do_POST = handle_any


def main():
    cli = argparse.ArgumentParser(description="Stand-in for the Solr core behind a test CKAN.")
    cli.add_argument("--schema", required=True, help="CKAN's schema.xml")
    cli.add_argument("--db", required=True, help="SQLite file that keeps the index")
    cli.add_argument("--host", default="127.0.0.1")
    cli.add_argument("--port", type=int, default=8983)
    cli.add_argument(
        "--visible-after",
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="make committed changes visible only after this delay, as a portal with "
        "asynchronous commits does",
    )
    cli.add_argument("--verbose", action="store_true")
    args = cli.parse_args()
    Handler.core = Core(Schema(args.schema), args.db, args.visible_after)
    server = ThreadingHTTPServer((args.host, args.port), Handler)
    server.daemon_threads = True
    server.verbose = args.verbose
    server.serve_forever()


if __name__ == "__main__":
    main()
