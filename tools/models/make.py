#!/usr/bin/env python3
"""Writes the generated parts of docs/models.md: the tables of the models, by running their commands.

    python3 tools/models/make.py            rewrite the page in place
    python3 tools/models/make.py --check    change nothing; status 1 if the page is out of date

The page's prose is written by hand. What stands between `<!-- begin COMMAND -->` and `<!-- end -->` is the outcome of
`conformance simulate COMMAND`: what is measured, beside what the document claims. The same seed gives the same figures on every machine.
CONFORMANCE names a built program; without it cargo builds one. Python 3.11, standard library only.
"""

import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "models.md"
BLOCK = re.compile(r"<!-- begin (?P<command>[^>]+?) -->.*?<!-- end -->", re.DOTALL)


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


def table(outcome):
    lines = ["| | published | true | 95 % interval | unit |", "|---|---|---|---|---|"]
    for row in outcome["rows"]:
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


def section(match):
    command = match["command"]
    run = subprocess.run(
        [*program(), "simulate", *shlex.split(command), "--json"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    if run.returncode != 0:
        sys.exit(f"simulate {command}: status {run.returncode}\n{run.stderr}")
    outcome = json.loads(run.stdout)
    trials = outcome["trials"]
    lines = [f"<!-- begin {command} -->", *table(outcome), ""]
    lines.append(f"{outcome['description'][0].upper()}{outcome['description'][1:]}; {'one run' if trials == 1 else f'{trials} trials'}, seed {outcome['seed']}.")
    notes = list(truths(outcome))
    if notes:
        lines += ["", *notes]
    return "\n".join([*lines, "<!-- end -->"])


def main():
    arguments = sys.argv[1:]
    if arguments not in ([], ["--check"]):
        sys.exit(__doc__)
    old = PAGE.read_text(encoding="utf-8")
    new = BLOCK.sub(section, old)
    if not arguments:
        PAGE.write_text(new, encoding="utf-8")
    elif new != old:
        sys.exit("docs/models.md is out of date: run python3 tools/models/make.py")


if __name__ == "__main__":
    main()
