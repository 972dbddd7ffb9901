#!/usr/bin/env python3
"""Checks a report page, with nothing but the standard library: elements nest and close, nothing comes from the
network, no scripts, ids are unique and references to them resolve, curves hold every point of metrics.csv in its
place. Prints the page's texts.

usage: check_report.py REPORT.html METRICS.csv...     (the tables of the runs, in the report's order)
"""

import csv
import html.parser
import re
import sys

VOID = {"meta", "br", "hr", "img", "link", "input"}


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.ids, self.curves, self.texts = [], [], [], []

    def handle_starttag(self, tag, attributes, closed=False):
        values = dict(attributes)
        assert tag not in ("script", "iframe", "object", "embed", "link", "img"), tag
        assert not any(name.startswith("on") for name in values), values
        for name, value in attributes:
            assert "http:" not in (value or "") and "https:" not in (value or ""), (tag, name, value)
        if "id" in values:
            self.ids.append(values["id"])
        if tag == "polyline" and "data-column" in values:
            self.curves.append((values["data-column"], values["points"]))
        if tag not in VOID and not closed:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes, closed=True)

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]}"
        self.open.pop()

    def handle_data(self, data):
        if self.open and self.open[-1] != "style" and data.strip():
            self.texts.append(data.strip())


text = open(sys.argv[1], encoding="utf-8").read()
assert text.startswith("<!DOCTYPE html>")
assert "@import" not in text and "@media print" in text
# Dark colours are for screens: on paper they would print a dark ground.
assert "@media screen and (prefers-color-scheme: dark)" in text
assert not re.search(r"@media[^{]*\(\s*prefers-color-scheme", text.replace("screen and (prefers-color-scheme", ""))
page = Page()
page.feed(text)
page.close()
assert page.open == [], page.open
assert len(page.ids) == len(set(page.ids)), page.ids
for reference in re.findall(r"""(?:url\(\s*['"]?#|href=['"]#)([^'")]+)""", text):
    assert reference in page.ids, reference

tables = []
for path in sys.argv[2:]:
    with open(path, encoding="utf-8", newline="") as file:
        lines = file.read().split("\n")[:-1]
    tables.append(list(csv.DictReader(lines)))

drawn = {}
for column, points in page.curves:
    drawn.setdefault(column, []).append([tuple(map(float, p.split(","))) for p in points.split()])
for column in tables[0][0] if tables and tables[0] else []:
    if column not in drawn:
        continue
    # Curves of a column stand in the order of the runs that have numbers in it.
    expected = []
    for table in tables:
        numbers = [(float(r["step"]), float(r[column])) for r in table if r.get(column)]
        if numbers:
            expected.append(numbers)
    assert [len(e) for e in expected] == [len(d) for d in drawn[column]], column
    # One linear map takes all steps to abscissas, one all values to ordinates.
    for axis in (0, 1):
        pairs = [(e[axis], d[axis]) for es, ds in zip(expected, drawn[column]) for e, d in zip(es, ds)]
        low, high = min(pairs), max(pairs)
        if high[0] == low[0]:
            continue
        slope = (high[1] - low[1]) / (high[0] - low[0])
        assert slope > 0 if axis == 0 else slope < 0, column
        for value, place in pairs:
            assert abs(low[1] + slope * (value - low[0]) - place) < 0.02, (column, value, place)
for column in ("loss", "entropy", "images_per_second"):
    assert not any(any(r.get(column) for r in t) for t in tables) or column in drawn, column
print("\n".join(page.texts))
