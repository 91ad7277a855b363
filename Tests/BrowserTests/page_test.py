"""Drives the live page of a running graph in headless Chromium.

    page_test.py URL SAMPLER_PID [--screenshots FOLDER] [--chromium PATH]

URL is the address that `lava run` printed, with its token; SAMPLER_PID is the process of the
sampler's host, which this test kills. Needs `playwright`, and checks accessibility with
`axe-playwright-python`. Prints one line for each check and `N passed, N failed` at the end; exits 1
when a check failed.
"""

from __future__ import annotations

import argparse
import http.client
import os
import pathlib
import re
import signal
import sys
import time
import traceback
from collections.abc import Callable
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright

GENERATOR = "#graph .node.generator"
WIDTHS = {"narrow": 400, "tablet": 900, "desktop": 1440, "wide": 2500}

# What the page must say about a killed host, and how soon.
SAYS_WITHIN_SECONDS = 2.0
RECOVERS_WITHIN_SECONDS = 15.0


class Checks:
    """Runs checks one after the other and counts how they went."""

    def __init__(self) -> None:
        self.passed = 0
        self.failed = 0

    def run(self, name: str, check: Callable[[], str | None]) -> None:
        try:
            detail = check()
        except Exception as error:  # A check that cannot finish has failed.
            self.failed += 1
            print(f"FAIL {name}: {error}")
            if not isinstance(error, AssertionError):
                traceback.print_exc()
        else:
            self.passed += 1
            print(f"ok   {name}{f': {detail}' if detail else ''}")
        sys.stdout.flush()


class Watch:
    """Collects what a page must not do: log errors, throw, or ask another host."""

    def __init__(self, page: Page, origin: str) -> None:
        self.errors: list[str] = []
        self.foreign: list[str] = []
        page.on("console", lambda message: self.console(message.type, message.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self.request(request.url, origin))

    def console(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.errors.append(text)

    def request(self, url: str, origin: str) -> None:
        if not url.startswith(origin + "/"):
            self.foreign.append(url)


def number(text: str) -> float:
    """The count that the page shows as `text`, with its prefix resolved."""
    match = re.fullmatch(r"([\d,.]+)\s*([kMGT]?)", text.strip().replace("\u202f", " "))
    assert match, f"'{text}' is not a count"
    scale = {"": 1, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}[match[2]]
    return float(match[1].replace(",", "")) * scale


def until(condition: Callable[[], bool], seconds: float, what: str) -> float:
    """Waits for `condition`; returns the seconds that it took."""
    begin = time.monotonic()
    while not condition():
        waited = time.monotonic() - begin
        assert waited < seconds, f"not within {seconds} s: {what}"
        time.sleep(0.02)
    return time.monotonic() - begin


def status(address: str, path: str, headers: dict[str, str]) -> int:
    """The status of one raw request that carries exactly these headers."""
    connection = http.client.HTTPConnection(address, timeout=5)
    try:
        connection.putrequest("GET", path, skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        return connection.getresponse().status
    finally:
        connection.close()


class PageTest:
    """The checks, in an order in which each finds the page as the one before leaves it."""

    def __init__(self, options: argparse.Namespace, browser: Browser) -> None:
        parts = urlsplit(options.url)
        self.url: str = options.url
        self.address = parts.netloc
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.sampler: int = options.sampler_pid
        self.folder: pathlib.Path | None = options.screenshots
        self.browser = browser
        self.context: BrowserContext = browser.new_context(
            viewport={"width": 1440, "height": 1000}, color_scheme="dark"
        )
        self.page: Page = self.context.new_page()
        self.watch = Watch(self.page, self.origin)

    def all(self) -> list[tuple[str, Callable[[], str | None]]]:
        return [
            ("a request without cookie gets 401", self.without_cookie),
            ("a wrong token gets 401", self.wrong_token),
            ("a foreign Host gets 403", self.foreign_host),
            ("the printed address opens the graph", self.opens),
            ("counts rise on every node", self.counts_rise),
            ("edges show rates", self.edge_rates),
            ("message nodes are round, all others pills", self.shapes),
            ("every node shows its time share", self.time_shares),
            ("every edge points at its consumer", self.directions),
            ("plots are drawn and tables filled", self.plots_and_tables),
            ("Tab reaches a node, Enter opens its inspector, Escape closes it", self.keyboard),
            ("arrow keys move a plot's read-out", self.read_out),
            ("a table sorts by its header", self.sorting),
            ("the theme changes and is kept", self.theme),
            ("a value too large to be served is said to be so", self.withheld),
            ("dark and light, narrow and wide: nothing is cut off", self.widths),
            ("no accessibility violation", self.accessibility),
            ("none in light, nor on a narrow screen", self.accessibility_elsewhere),
            ("a killed sampler is shown within two seconds", self.kill),
            ("the sampler returns and counts rise again", self.recovery),
            ("no console error", self.console),
            ("no request to another host", self.hosts_asked),
        ]

    def shot(self, name: str, page: Page | None = None) -> None:
        if self.folder is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        (page or self.page).screenshot(path=str(self.folder / f"{name}.png"))

    # Security, by raw requests.

    def without_cookie(self) -> None:
        for path in ("/", "/main.js", "/api/v1/snapshot", "/api/v1/graph", "/api/v1/events"):
            found = status(self.address, path, {"Host": self.address})
            assert found == 401, f"{path} gave {found}"

    def wrong_token(self) -> None:
        found = status(self.address, f"/?token={'0' * 64}", {"Host": self.address})
        assert found == 401, f"gave {found}"

    def foreign_host(self) -> None:
        target = urlsplit(self.url)
        for host in ("example.com", f"evil.{self.address}", f"localhost.example:{target.port}"):
            found = status(self.address, f"/?{target.query}", {"Host": host})
            assert found == 403, f"Host {host} gave {found}"

    # What the page shows.

    def opens(self) -> str:
        self.page.goto(self.url)
        assert "token" not in self.page.url, "the token stays in the address"
        self.page.wait_for_selector("#graph .node", timeout=10000)
        until(lambda: self.text("#graph-condition") == "live", 10, "the graph is live")
        until(lambda: self.text("#connection") == "connected", 10, "the page is connected")
        return f"{self.text('#graph-name')}, {self.page.locator('#graph .node').count()} nodes"

    def counts_rise(self) -> str:
        selector = "#graph .node .count"
        until(lambda: self.page.locator(selector).count() > 0, 10, "counts are shown")
        before = self.counts(selector)

        def all_rose() -> bool:
            return all(now > then for now, then in zip(self.counts(selector), before))

        seconds = until(all_rose, 15, "every count has risen")
        return f"after {seconds:.1f} s"

    def edge_rates(self) -> str:
        def rates() -> list[str]:
            return self.page.locator("#graph .edge .rate").all_text_contents()

        def flowing() -> bool:
            return all(float(re.sub(r"[^\d.]", "", rate) or 0) > 0 for rate in rates())

        until(lambda: len(rates()) > 0 and flowing(), 10, "every edge has a rate")
        return ", ".join(rate.replace("\u202f", " ") for rate in rates())

    def shapes(self) -> str:
        graph = self.page.evaluate("fetch('/api/v1/graph').then((answer) => answer.json())")
        found = []
        for node, document in graph["nodes"].items():
            outline = self.page.locator(f'#graph [data-node="{node}"] .outline')
            # A pill is a bar whose ends are half circles.
            tag, width, height, corner = outline.evaluate(
                """(element) => {
                  const { width, height } = element.getBBox();
                  return [element.tagName, width, height, Number(element.getAttribute('rx'))];
                }"""
            )
            is_message = "kind" in document
            if is_message:
                assert tag == "circle" and width == height, f"'{node}' is a {tag}"
            else:
                is_pill = tag == "rect" and width > 2 * height and corner == height / 2
                assert is_pill, f"'{node}' is a {tag} of {width} x {height}, corners {corner}"
            found.append(f"{node} {'round' if is_message else 'pill'}")
        return ", ".join(found)

    def time_shares(self) -> str:
        def shares() -> list[str]:
            return self.page.locator("#graph .node .share-text").all_text_contents()

        def are_shown() -> bool:
            texts = [share.replace("\u202f", " ") for share in shares()]
            nodes = self.page.locator("#graph .node").count()
            return len(texts) == nodes and all(re.search(r"\d ?%$", text) for text in texts)

        until(are_shown, 10, "every node has a share")
        return ", ".join(share.replace("\u202f", " ") for share in shares())

    def directions(self) -> str:
        # Edges stand in the order of the document.
        return self.page.evaluate(
            """async () => {
              const graph = await (await fetch('/api/v1/graph')).json();
              const heads = [...document.querySelectorAll('#graph .edge .head')];
              if (heads.length !== graph.edges.length) throw Error(`${heads.length} heads`);
              const gap = (box, id) => {
                const node = document.querySelector(`#graph [data-node="${id}"] .outline`);
                const { left, right, top, bottom } = node.getBoundingClientRect();
                const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
                return Math.hypot(
                  Math.max(left - x, 0, x - right), Math.max(top - y, 0, y - bottom));
              };
              return graph.edges.map(({ from, to }, index) => {
                const box = heads[index].getBoundingClientRect();
                const [producer, consumer] = [from, to].map((port) => port.split('.')[0]);
                const [near, far] = [gap(box, consumer), gap(box, producer)];
                if (!(near < 12 && near < far)) throw Error(`${from}->${to}: ${near} and ${far}`);
                return `${producer} → ${consumer}`;
              }).join(', ');
            }"""
        )

    def plots_and_tables(self) -> str:
        self.page.wait_for_selector("#states .plot canvas", timeout=10000)
        plots = self.page.locator("#states .plot")
        for index in range(plots.count()):
            plot = plots.nth(index)
            plot.scroll_into_view_if_needed()
            title = plot.locator("h3").inner_text()
            until(lambda: self.colours(index) >= 3, 10, f"plot '{title}' has lines")
            assert plot.locator(".legend li").count() > 0, f"plot '{title}' has no legend"
        rows = self.page.locator("#states .table tbody tr")
        until(lambda: rows.count() > 0, 10, "a table has rows")
        self.page.evaluate("scrollTo(0, 0)")
        return f"{plots.count()} plots, {rows.count()} rows"

    # Keyboard and pointer.

    def keyboard(self) -> str:
        self.page.evaluate("document.activeElement?.blur()")
        for presses in range(1, 20):
            self.page.keyboard.press("Tab")
            if self.focused_node():
                break
        first = self.focused_node()
        assert first, "Tab never reached a node"
        self.page.keyboard.press("ArrowRight")
        node = self.focused_node()
        assert node and node != first, f"ArrowRight stays at {first}"
        self.page.keyboard.press("Enter")
        self.page.wait_for_selector("#inspector:not([hidden])", timeout=2000)
        assert self.text("#inspector-title") == node, "the inspector shows another node"
        focus = self.page.evaluate("document.activeElement.closest('#inspector') !== null")
        assert focus, "the focus stays outside the inspector"
        self.shot("inspector")
        self.page.keyboard.press("Escape")
        self.page.wait_for_selector("#inspector", state="hidden", timeout=2000)
        assert self.focused_node() == node, "the focus does not return to the node"
        return f"{first} after {presses} presses, then {node}"

    def read_out(self) -> str:
        field = self.page.locator("#states .plot .field").first
        field.focus()
        for _ in range(5):
            self.page.keyboard.press("ArrowLeft")
        spoken = field.get_attribute("aria-valuetext") or ""
        assert "before" in spoken, f"it says '{spoken}'"
        self.page.keyboard.press("Escape")
        return spoken.replace("\u202f", " ")

    def sorting(self) -> None:
        header = self.page.locator("#states .table th").first
        header.locator("button").click()
        until(lambda: header.get_attribute("aria-sort") != "none", 2, "the header says so")
        column = "#states .table tbody tr td:first-child"
        ascending = header.get_attribute("aria-sort") == "ascending"

        def is_sorted() -> bool:
            cells = self.page.locator(column).all_inner_texts()
            values = [float(cell) if cell.isdigit() else cell for cell in cells]
            return values == sorted(values, reverse=not ascending)

        until(is_sorted, 2, "the rows are sorted")
        header.locator("button").click()
        header.locator("button").click()

    def theme(self) -> None:
        def ground() -> str:
            return self.page.evaluate("getComputedStyle(document.documentElement).backgroundColor")

        dark = ground()
        self.page.click("#theme")
        light = ground()
        assert light != dark, "the toggle changes nothing"
        self.page.reload()
        self.page.wait_for_selector("#graph .node", timeout=10000)
        assert ground() == light, "the choice is lost"
        self.page.click("#theme")
        assert ground() == dark, "the way back is closed"

    # Answers that the server gives seldom.

    def withheld(self) -> str:
        page = self.context.new_page()
        words = "The value has 70000000 bytes, and this page serves at most 67108864."
        headers = {"X-Lava-Type": "2", "X-Lava-Type-Name": "tbl", "X-Lava-Generation": "7"}
        asked = []

        def answer(route: Route) -> None:
            asked.append(route.request.url)
            route.fulfill(status=413, headers=headers, content_type="text/plain", body=words)

        try:
            page.route("**/api/v1/value?*", answer)
            page.goto(self.origin + "/")
            card = page.locator("#states figure.text")
            until(lambda: card.count() > 0 and words in card.inner_text(), 10, "the words stand there")
            title = card.locator("h3").inner_text()
            assert "too large" in title, f"the title is '{title}'"
            assert asked, "nothing was asked"
            return title
        finally:
            page.close()

    # Looks.

    def widths(self) -> str:
        for scheme in ("dark", "light"):
            for name, width in WIDTHS.items():
                self.width(scheme, name, width)
        return ", ".join(f"{width} px" for width in WIDTHS.values())

    def width(self, scheme: str, name: str, width: int) -> None:
        page = self.context.new_page()
        watch = Watch(page, self.origin)
        try:
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 1000})
            page.goto(self.origin + "/")
            page.wait_for_selector("#graph .node", timeout=10000)
            page.wait_for_selector("#states .legend .value", timeout=10000)
            excess = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert excess <= 0, f"{excess} px too wide at {width} px"
            self.shot(f"{scheme}-{name}", page)
        finally:
            page.close()
        assert not watch.errors, f"{scheme}, {width} px: {watch.errors}"

    def accessibility(self) -> str:
        results = Axe().run(self.page)
        assert results.violations_count == 0, results.generate_report()
        return f"{len(results.response['passes'])} rules pass"

    def accessibility_elsewhere(self) -> str:
        found = []
        for scheme, name in (("light", "desktop"), ("light", "narrow"), ("dark", "narrow")):
            page = self.context.new_page()
            try:
                page.emulate_media(color_scheme=scheme)
                page.set_viewport_size({"width": WIDTHS[name], "height": 1000})
                page.goto(self.origin + "/")
                page.wait_for_selector("#states .legend .value", timeout=10000)
                # With everything open that can be: the inspector, the store, a value.
                page.locator("#graph .node").first.press("Enter")
                page.wait_for_selector("#inspector:not([hidden])", timeout=2000)
                page.evaluate(
                    "document.querySelectorAll('details').forEach((each) => { each.open = true; })"
                )
                page.locator("#keys-list button").first.click(timeout=10000)
                page.wait_for_selector("#key-value .card", timeout=10000)
                results = Axe().run(page)
                assert results.violations_count == 0, (
                    f"{scheme}, {WIDTHS[name]} px: {results.generate_report()}"
                )
                found.append(f"{scheme} at {WIDTHS[name]} px")
            finally:
                page.close()
        return ", ".join(found)

    # Death of a process.

    def kill(self) -> str:
        host = self.host_of(self.sampler)
        assert host, f"no host has pid {self.sampler}"

        def says_so() -> bool:
            return host in self.page.locator("#banners").inner_text()

        assert not says_so(), "a banner stands before anything happened"
        os.kill(self.sampler, signal.SIGKILL)
        seconds = until(says_so, SAYS_WITHIN_SECONDS, "the banner names the host")
        self.shot("host-killed")
        assert self.text("#graph-condition") == "live", "the graph itself stopped"
        return f"{seconds:.2f} s, “{self.text('#banners p span:first-child')}”"

    def recovery(self) -> str:
        begin = time.monotonic()
        until(
            lambda: self.host_of(self.sampler) is None and self.hosts_are_up(),
            RECOVERS_WITHIN_SECONDS,
            "the host runs with another pid",
        )
        back = time.monotonic() - begin
        selector = f"{GENERATOR} .count"
        before = self.counts(selector)
        until(
            lambda: self.counts(selector) != before,
            RECOVERS_WITHIN_SECONDS,
            "the generator counts again",
        )
        until(
            lambda: "signal 9" in self.page.locator("#hosts").inner_text(),
            RECOVERS_WITHIN_SECONDS,
            "the host's last exit is shown",
        )
        self.shot("host-returned")
        return f"back after {back:.1f} s"

    # What must not have happened.

    def console(self) -> None:
        assert not self.watch.errors, "; ".join(self.watch.errors)

    def hosts_asked(self) -> None:
        assert not self.watch.foreign, ", ".join(self.watch.foreign)

    # Reading the page.

    def text(self, selector: str) -> str:
        return self.page.locator(selector).first.inner_text().strip()

    def counts(self, selector: str) -> list[float]:
        texts = self.page.locator(selector).all_text_contents()
        return [0 if text.strip() == "–" else number(text) for text in texts]

    def colours(self, plot: int) -> int:
        """How many colours the canvas of a plot has: ground, text and lines make three."""
        return self.page.evaluate(
            """(index) => {
              const canvas = document.querySelectorAll('#states .plot canvas')[index];
              const { width, height } = canvas;
              if (width === 0 || height === 0) return 0;
              const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
              const colours = new Set();
              for (let i = 0; i < data.length; i += 4) {
                if (data[i + 3] === 255) colours.add(data[i] << 16 | data[i + 1] << 8 | data[i + 2]);
              }
              return colours.size;
            }""",
            plot,
        )

    def focused_node(self) -> str | None:
        return self.page.evaluate("document.activeElement?.getAttribute('data-node') ?? null")

    def host_of(self, pid: int) -> str | None:
        for item in self.page.locator("#hosts li").all():
            if item.locator(".pid").inner_text().strip() == f"pid {pid}":
                return item.locator(".name").inner_text().strip()
        return None

    def hosts_are_up(self) -> bool:
        words = self.page.locator("#hosts .badge").all_inner_texts()
        return all(word.strip() in ("up", "restarted") for word in words)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url", help="the address that lava run printed, with its token")
    parser.add_argument("sampler_pid", type=int, help="the process of the sampler's host")
    parser.add_argument("--screenshots", type=pathlib.Path, help="folder for pictures")
    parser.add_argument("--chromium", default="/usr/bin/chromium", help="path of the browser")
    options = parser.parse_args()
    checks = Checks()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=options.chromium, args=["--no-sandbox"]
        )
        test = PageTest(options, browser)
        for name, check in test.all():
            checks.run(name, check)
        browser.close()
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
