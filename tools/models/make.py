#!/usr/bin/env python3
"""Writes the generated parts of docs/models.md: the tables and pictures of the models, by running their commands.

    python3 tools/models/make.py            rewrite the page and its pictures in place
    python3 tools/models/make.py --check    change nothing; status 1 if something is out of date

The page's prose is written by hand. What stands between `<!-- begin COMMAND -->` and `<!-- end -->` is the outcome of
`conformance simulate COMMAND`: its picture, and what is measured, beside what the document claims. With ` // PART` after the command it is a
table of those rows alone whose names contain the part. The same seed gives the same figures on every machine.
CONFORMANCE names a built program; without it cargo builds one. Python 3.11, standard library only.
"""

import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "models.md"
PICTURES = ROOT / "docs" / "models"
BLOCK = re.compile(r"<!-- begin (?P<command>[^>]+?)(?: // (?P<part>[^>]+?))? -->.*?<!-- end -->", re.DOTALL)


def number(value):
    """Four significant digits, as in a terminal."""
    if value == 0:
        return "0"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    if abs(value) < 0.001:
        return f"{value:.2e}"
    decimals = 1 if abs(value) >= 100 else 2 if abs(value) >= 10 else 4
    return f"{value:.{decimals}f}".rstrip("0").rstrip(".")


def interval(row):
    bounds = row["interval"]
    return f"{number(bounds['low'])} to {number(bounds['high'])}" if bounds else "computed"


def cell(text):
    return text.replace("|", "\\|")


def table(rows):
    lines = ["| | published | true | 95 % interval | unit |", "|---|---|---|---|---|"]
    for row in rows:
        claim = row["published"]
        says = f"{cell(claim['says'])} ({claim['place']})" if claim else ""
        cells = [cell(row["name"]), says, number(row["measured"]), interval(row), cell(row["unit"])]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def truths(outcome):
    """Each place once, with all that is claimed there."""
    said = {}
    for row in outcome["rows"]:
        claim = row["published"]
        if claim and claim["truth"]:
            says = said.setdefault((claim["place"], claim["truth"]), [])
            if claim["says"] not in says:
                says.append(claim["says"])
    for (place, truth), says in said.items():
        yield f"- **{place}**, {', '.join(f'“{it}”' for it in says)}: {truth}"


def program():
    given = os.environ.get("CONFORMANCE")
    return [given] if given else ["cargo", "run", "--quiet", "-p", "conformance", "--"]


def run(command):
    """What the command finds, and its picture."""
    with tempfile.TemporaryDirectory() as folder:
        picture = pathlib.Path(folder) / "picture.svg"
        done = subprocess.run(
            [*program(), "simulate", *shlex.split(command), "--json", "--svg", str(picture)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        if done.returncode != 0:
            sys.exit(f"simulate {command}: status {done.returncode}\n{done.stderr}")
        return json.loads(done.stdout), picture.read_text(encoding="utf-8")


def name_of(command):
    """The name of a command's picture."""
    return re.sub("[^a-z0-9]+", "-", command).strip("-") + ".svg"


def section(match, pictures):
    command, part = match["command"], match["part"]
    outcome, picture = run(command)
    trials = outcome["trials"]
    said = f"{outcome['description'][0].upper()}{outcome['description'][1:]}; {'one run' if trials == 1 else f'{trials} trials'}, seed {outcome['seed']}."
    if part:
        rows = [row for row in outcome["rows"] if part in row["name"]]
        return "\n".join([f"<!-- begin {command} // {part} -->", *table(rows), "", said, "<!-- end -->"])
    pictures[name_of(command)] = picture
    shown = ", and ".join(dict.fromkeys(f"{curve['y']} by {curve['x']}" for curve in outcome["curves"]))
    lines = [f"<!-- begin {command} -->", f"![{outcome['model']}: {shown}](models/{name_of(command)})", "", *table(outcome["rows"]), "", said]
    notes = list(truths(outcome))
    if notes:
        lines += ["", *notes]
    return "\n".join([*lines, "<!-- end -->"])


def stale(pictures):
    """Whether the pictures on disk are others."""
    old = {file.name: file.read_text(encoding="utf-8") for file in PICTURES.glob("*.svg")}
    return old != pictures


def main():
    arguments = sys.argv[1:]
    if arguments not in ([], ["--check"]):
        sys.exit(__doc__)
    old = PAGE.read_text(encoding="utf-8")
    pictures = {}
    new = BLOCK.sub(lambda match: section(match, pictures), old)
    if arguments:
        if new != old or stale(pictures):
            sys.exit("docs/models.md or docs/models/ is out of date: run python3 tools/models/make.py")
        return
    PAGE.write_text(new, encoding="utf-8")
    PICTURES.mkdir(exist_ok=True)
    for file in PICTURES.glob("*.svg"):
        file.unlink()
    for name, picture in pictures.items():
        (PICTURES / name).write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main()
