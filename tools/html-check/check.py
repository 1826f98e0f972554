#!/usr/bin/env python3
"""Opens a report page in a real headless Chromium, narrow and wide, light and dark, and checks that it can be used.

    pip install 'playwright==1.*'          # drives the system's Chromium; downloads no browser
    python3 tools/html-check/check.py PAGE.html [--problems] [--screenshots DIR]

With --problems the page must hold failures of every kind, with hostile text in the datagrams (target/tmp/report/page.html of
`cargo test -p conformance --test report_files` does).
"""

import argparse
import contextlib
import os
import pathlib
import re
import shutil
import sys

from playwright.sync_api import sync_playwright

SIZES = {"narrow": (375, 812), "wide": (1280, 900)}
#: The least contrast of small text (WCAG 2.2, 1.4.3).
CONTRAST = 4.5

OVERFLOW = """() => {
  const width = document.documentElement.clientWidth;
  const inside = node => node.closest('.scroll, .diagram, pre, .skip');
  const wide = [...document.querySelectorAll('body *')].filter(node => !inside(node) && node.getBoundingClientRect().right > width + 1);
  return {page: document.documentElement.scrollWidth - width, wide: wide.slice(0, 5).map(node => node.tagName + '.' + node.getAttribute('class'))};
}"""

CONTRASTS = """() => {
  const channels = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => { const f = v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b); };
  const ground = node => { for (; node; node = node.parentElement) { const c = channels(getComputedStyle(node).backgroundColor); if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
  const poor = [];
  for (const node of document.querySelectorAll('body *')) {
    if (node instanceof SVGElement || !node.offsetParent || ![...node.childNodes].some(child => child.nodeType === 3 && child.textContent.trim())) continue;
    const [a, b] = [light(channels(getComputedStyle(node).color)), light(ground(node))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < %s) poor.push(`${node.tagName}.${node.className} ${ratio.toFixed(2)} ${node.textContent.slice(0, 40)}`);
  }
  return [...new Set(poor)].slice(0, 5);
}""" % CONTRAST


class Checks:
    """Counts what holds, and remembers what does not."""

    def __init__(self):
        self.held = 0
        self.broken = []

    def that(self, holds, what):
        if holds:
            self.held += 1
        else:
            self.broken.append(what)
            print(f"NOT SO: {what}")


@contextlib.contextmanager
def opened(browser, url, size, colours, checks, label):
    """A page with its errors and its attempts to load anything collected."""
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=colours, reduced_motion="reduce")
    page = context.new_page()
    errors, loads = [], []
    page.on("console", lambda message: errors.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: loads.append(request.url))
    page.goto(url)
    try:
        yield page
    finally:
        checks.that(not errors, f"{label}: no error in the console: {errors[:3]}")
        outside = [load for load in loads if load.split("#")[0] != url.split("#")[0] and not load.startswith("blob:")]
        checks.that(not outside, f"{label}: nothing is loaded: {outside[:3]}")
        context.close()


def check_looks(page, checks, label):
    found = page.evaluate(OVERFLOW)
    checks.that(found["page"] <= 0 and not found["wide"], f"{label}: no sideways scrolling: {found}")
    poor = page.evaluate(CONTRASTS)
    checks.that(not poor, f"{label}: text can be read: {poor}")
    nameless = page.evaluate(
        "() => [...document.querySelectorAll('button, input, select, summary, a')]"
        ".filter(node => !(node.getAttribute('aria-label') || node.textContent.trim() || (node.labels && node.labels.length))).length"
    )
    checks.that(nameless == 0, f"{label}: every control has a name")
    slips = [word for word in ("[object", "undefined", "NaN") if word in page.inner_text("body")]
    checks.that(not slips, f"{label}: no slip of the script in the text: {slips}")


def outcomes_shown(page):
    """The number in `3 of 190 requirements, 12 of 5,890 outcomes`."""
    numbers = re.findall(r"([\d,]+) of", page.inner_text("#count"))
    return [int(number.replace(",", "")) for number in numbers]


def check_filters(page, checks, label):
    all_requirements, all_outcomes = outcomes_shown(page)
    checks.that(all_outcomes > 0, f"{label}: outcomes are listed")
    page.fill("#q", "surely no case says this")
    page.wait_for_selector("#list .note")
    checks.that(outcomes_shown(page) == [0, 0], f"{label}: a search that finds nothing shows nothing")
    page.click("#clear")
    page.wait_for_selector("#list .req")
    checks.that(outcomes_shown(page) == [all_requirements, all_outcomes], f"{label}: clearing shows all again")
    page.select_option("#group", "FRM")
    checks.that(0 < outcomes_shown(page)[0] < all_requirements, f"{label}: a group narrows the list")
    checks.that("group=FRM" in page.evaluate("location.hash"), f"{label}: the filter is in the address")
    before = outcomes_shown(page)
    page.reload()
    checks.that(outcomes_shown(page) == before, f"{label}: the address brings the filter back")
    page.click("#clear")
    chip = page.locator("#verdicts .chip").first
    chip.click()
    checks.that(outcomes_shown(page)[1] <= all_outcomes and "verdict=" in page.evaluate("location.hash"), f"{label}: a verdict can be chosen")
    page.click("#clear")


def check_case(page, checks, label):
    """A case that passed opens by the keyboard, and shows what was exchanged."""
    page.click("#verdicts .chip[data-standing=pass]")
    page.locator("#list .req summary").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#list .req[open] .case")
    button = page.locator("#list .pill.is-pass").first
    button.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#list .detail .exchange")
    checks.that(page.locator("#list .diagram svg .step").count() > 0, f"{label}: a diagram is drawn")
    first = page.locator("#list .datagrams summary").first
    first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#list .datagrams details[open] pre")
    checks.that("open=" in page.evaluate("location.hash"), f"{label}: the open case is in the address")
    page.reload()
    page.wait_for_selector("#list .detail .exchange")
    checks.that(True, f"{label}: the address opens the case")


def check_problems(page, checks, label):
    kinds = {mark.split()[-1] for mark in page.locator("#problems .head .mark").all_inner_texts()}
    chips = " ".join(page.locator("#verdicts .chip").all_inner_texts())
    for kind in ("fail", "error", "inconclusive", "warning", "skipped", "pass"):
        checks.that(kind in chips, f"{label}: there is a filter for {kind}")
    checks.that("fail" in kinds, f"{label}: failures stand in front: {kinds}")
    text = page.locator("#problems [data-outcome]").first.inner_text()
    for word in ("Rule", "Expected", "Actual"):
        checks.that(word in text, f"{label}: a failure names {word.lower()}")
    for button in page.locator("#problems .problem .quiet").all()[:8]:
        button.click()
    page.wait_for_selector("#problems .diagram svg")
    checks.that(page.locator("#problems .datagrams li").count() > 0, f"{label}: a failure shows its datagrams")
    for summary in page.locator("#problems .datagrams summary").all()[:80]:
        summary.click()
    checks.that(page.locator("#problems .datagrams pre").count() > 0, f"{label}: datagrams open")
    checks.that("--case '" in page.locator("#problems .replay code").first.inner_text(), f"{label}: a failure names the command")


def check_hostile(page, checks, label):
    """What the implementation said is on the page as text, and made no element and ran no script."""
    page.fill("#q", "hostile")
    page.wait_for_url(lambda address: "q=hostile" in address)
    checks.that("owned" not in page.title(), f"{label}: hostile text ran no script")
    checks.that(page.locator("img, iframe, object, embed").count() == 0, f"{label}: hostile text made no element")
    shown = page.evaluate("() => document.body.innerText.includes('<img src=x onerror')")
    checks.that(shown, f"{label}: hostile text is shown as it is")


def check_theme(page, checks, label):
    ground = lambda: page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    seen = [ground()]
    for _ in range(2):
        page.click("#theme")
        seen.append(ground())
    checks.that(len(set(seen)) == 2, f"{label}: the switch goes from light to dark: {seen}")
    page.click("#theme")


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("page", type=pathlib.Path)
    arguments.add_argument("--problems", action="store_true", help="the page must show failures of every kind")
    arguments.add_argument("--plot", action="store_true", help="the page is that of a simulated cluster: a plot and its figures")
    arguments.add_argument("--screenshots", type=pathlib.Path)
    given = arguments.parse_args()
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not chromium:
        sys.exit("html-check: there is no Chromium (Debian: apt-get install chromium); CHROMIUM names another one")
    url = given.page.resolve().as_uri()
    checks = Checks()
    with sync_playwright() as playwright:
        # A container runs as root, where Chromium has no sandbox; the page is our own.
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for size in SIZES:
            for colours in ("light", "dark"):
                label = f"{given.page.name}, {size}, {colours}"
                with opened(browser, url, size, colours, checks, label) as page:
                    check_looks(page, checks, label)
                    if given.screenshots:
                        given.screenshots.mkdir(parents=True, exist_ok=True)
                        page.screenshot(path=given.screenshots / f"{given.page.stem}-{size}-{colours}-top.png")
                    check_theme(page, checks, label)
                    if given.plot:
                        checks.that(page.locator("#plots svg path").count() > 0, f"{label}: curves are drawn")
                        continue
                    check_filters(page, checks, label)
                    check_case(page, checks, label)
                    check_looks(page, checks, f"{label}, a case open")
                    if given.screenshots:
                        page.locator("#list .detail").first.screenshot(path=given.screenshots / f"{given.page.stem}-{size}-{colours}-case.png")
                        page.evaluate("scrollTo(0, document.getElementById('requirements').offsetTop - 20)")
                        page.screenshot(path=given.screenshots / f"{given.page.stem}-{size}-{colours}-list.png")
                    if given.problems:
                        check_problems(page, checks, label)
                        check_looks(page, checks, f"{label}, failures open")
                        if given.screenshots:
                            page.locator("#problems [data-outcome]").first.screenshot(path=given.screenshots / f"{given.page.stem}-{size}-{colours}-problem.png")
                        check_hostile(page, checks, label)
        browser.close()
    print(f"html-check: {given.page}: {checks.held} checks hold, {len(checks.broken)} do not")
    return 1 if checks.broken else 0


if __name__ == "__main__":
    sys.exit(main())
