"""The dashboard in a real browser: live arrival, highlights, the playground, hostile filings, phone and keyboard."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from dashboards import TOKEN, Desk, accession_number
from playwright.sync_api import Browser, Page, expect, sync_playwright

from watcher.model import Filer

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium")

# Machines that run many tests at once are slow.
expect.set_options(timeout=15_000)

HOSTILE = "<script>window.hit=1</script><img src=x onerror=window.hit=2>\"'><svg onload=window.hit=3>"
PHONE = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}
WIDTHS = (360, 768, 1440)
SCREENSHOTS = Path(__file__).parents[2] / "build" / "screenshots"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for the tests of this file."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def desk(tmp_path) -> Desk:
    """A desk with a matched filing and one that matched nothing."""
    desk = Desk(tmp_path / "desk")
    desk.deliver(
        desk.file(
            1,
            text="<p>Acme signs a License Agreement.</p>" + "<p>More.</p>" * 80 + "<p>The license agreement ends.</p>",
        )
    )
    desk.file(2, Filer(9990002, "Beta Foods Co", ("BETA",)))
    return desk


class Window:
    """A page that keeps what went wrong in it."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.wrong: list[str] = []
        self.asked: list[str] = []
        page.on("console", lambda message: self._note(message.type, message.text))
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("dialog", lambda dialog: (self.wrong.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: self.asked.append(request.url))

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.wrong.append(text)

    def open(self, path: str) -> Page:
        """Go to a page of the dashboard."""
        self.page.goto(self.url.rstrip("/") + path)
        return self.page

    def shoot(self, name: str) -> None:
        """Keep a picture of the whole page in `build/screenshots`."""
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)

    def overflow(self) -> dict[int, int]:
        """By how many pixels the page is wider than windows of some widths."""
        wider = {}
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 740})
            wider[width] = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        self.page.set_viewport_size(PHONE["viewport"])
        return {width: pixels for width, pixels in wider.items() if pixels > 0}

    def barriers(self, *rules: str) -> list[str]:
        """What keeps people out by WCAG 2.2 AA and good practice, with everything that is folded open."""
        self.page.evaluate("document.querySelectorAll('details').forEach((folded) => (folded.open = true))")
        options = {"resultTypes": ["violations"]} | ({"runOnly": list(rules)} if rules else {})
        found = Axe().run(self.page, options=options).response["violations"]
        return [f"{one['id']}: {node['html']}" for one in found for node in one["nodes"]]


@pytest.fixture
def visit(browser):
    """Open a window on a desk's dashboard; afterwards nothing went wrong, and nothing was asked of elsewhere."""

    @contextmanager
    def visiting(desk: Desk, **context) -> Iterator[Window]:
        with desk.dashboard() as server, browser.new_context(**context) as opened:
            window = Window(opened.new_page(), server.url)
            yield window
            assert window.wrong == []
            assert [url for url in window.asked if not url.startswith(server.url)] == []

    return visiting


def test_filings_arrive_without_a_reload(visit, desk):
    """A filing is shown as it is seen, again when its rules are known and when it was told, on the same page."""
    with visit(desk) as window:
        page = window.open("/")
        expect(page.locator("#live-word")).to_have_text("live")
        page.evaluate("window.same = true")
        filing = desk.see(3, Filer(9990003, "Gamma Mining Ltd", ("GAMM",)))
        row = page.locator(f"#f-{filing.accession_number}")
        expect(row).to_contain_text("Gamma Mining Ltd")
        expect(row).to_contain_text("reading")
        expect(page.locator(".filings > li").first).to_have_attribute("id", f"f-{filing.accession_number}")
        expect(page.locator("#summary")).to_contain_text("3 filings")
        row.get_by_role("link", name="Gamma Mining Ltd").focus()
        desk.read(filing, text="<p>A license agreement.</p>")
        expect(row.locator(".pill")).to_have_text("license")
        expect(row.get_by_role("link", name="Gamma Mining Ltd")).to_be_focused()
        expect(row).to_contain_text("desk pending")
        desk.deliver(filing.accession_number)
        expect(row).to_contain_text("desk 33 s")
        expect(page.locator("#summary")).to_contain_text("2 matched")
        assert page.locator(".filings > li").count() == 3
        assert page.evaluate("window.same")
        window.shoot("today")


def test_a_full_page_stays_a_page(visit, tmp_path):
    """What arrives takes its place by when it was seen, and pushes the oldest line to the next page."""
    desk = Desk(tmp_path / "busy")
    for number in range(1, 101):
        desk.see(number, age=timedelta(minutes=number))
    with visit(desk) as window:
        page = window.open("/")
        rows = page.locator(".filings > li")
        expect(page.locator("#live-word")).to_have_text("live")
        expect(page.get_by_role("link", name="Older →")).to_be_hidden()
        desk.see(101, Filer(9990003, "Gamma Mining Ltd"), age=timedelta(seconds=90))
        expect(rows.nth(1)).to_contain_text("Gamma Mining Ltd")
        expect(page.locator("#arrived")).to_have_text("Arrived: Gamma Mining Ltd")
        expect(rows).to_have_count(100)
        page.get_by_role("link", name="Older →").click()
        expect(rows).to_have_count(1)
        expect(rows).to_have_id(f"f-{accession_number(100)}")


def test_a_page_finds_the_watcher_again_after_its_restart(browser, tmp_path):
    """While the watcher is away the page says so; when it is back, what came meanwhile is there."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    desk = Desk(tmp_path / "restarted", listen=f"127.0.0.1:{port}")
    with browser.new_context() as context:
        page = context.new_page()
        with desk.dashboard() as server:
            page.goto(server.url)
            expect(page.locator("#live-word")).to_have_text("live")
        expect(page.locator("#live-word")).to_have_text("not connected")
        number = desk.file(1)
        with desk.dashboard():
            expect(page.locator("#live-word")).to_have_text("live")
            expect(page.locator(f"#f-{number}")).to_contain_text("Acme Proteins, Inc.")


def test_what_came_while_the_page_was_not_looked_at_is_there(visit, desk):
    """A page that lost its connection catches up when it is back."""
    with visit(desk) as window:
        page = window.open("/")
        expect(page.locator("#live-word")).to_have_text("live")
        page.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        number = desk.file(3, Filer(9990003, "Gamma Mining Ltd"))
        page.evaluate("delete document.hidden")
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        expect(page.locator(f"#f-{number}")).to_contain_text("Gamma Mining Ltd")


def test_passages_are_highlighted_and_reached_by_keyboard(visit, desk):
    """Every occurrence is marked in the text, `n` goes through them, and a quote links to its place."""
    with visit(desk) as window:
        page = window.open(f"/filings/{accession_number(1)}")
        marks = page.locator("mark[id]")
        expect(marks).to_have_text(["License Agreement", "license agreement"])
        page.keyboard.press("n")
        expect(marks.nth(0)).to_be_focused()
        page.keyboard.press("n")
        expect(marks.nth(1)).to_be_focused()
        expect(marks.nth(1)).to_be_in_viewport()
        page.get_by_role("button", name="Previous passage").click()
        expect(marks.nth(0)).to_be_focused()
        expect(page.locator("#place")).to_have_text("1 of 2")
        page.get_by_role("link", name="Passage 2 of EX-99.1").click()
        expect(marks.nth(1)).to_be_in_viewport()
        page.locator(".passage footer a").first.click()
        expect(marks.nth(0)).to_be_in_viewport()
        other = page.locator("details.other")
        expect(other.locator("summary")).to_contain_text("item 1.03 is not reported")
        window.shoot("filing")


def test_health_renews_itself(visit, desk):
    """The page of who is on call shows what is true now, without being loaded again."""
    with visit(desk) as window:
        window.page.clock.install()
        page = window.open("/health")
        waiting = page.locator(".tiles div", has_text="Filings waiting")
        expect(waiting).to_contain_text("0")
        desk.see(3)
        page.clock.fast_forward(10_000)
        expect(waiting).to_contain_text("1")


def test_a_search_leads_to_its_passages(visit, desk):
    """`/` leads to the search, a hit to the filing, and there the words that were looked for are marked."""
    with visit(desk) as window:
        page = window.open("/health")
        page.keyboard.press("/")
        page.get_by_label("Words that filings hold").fill('"signs a license"')
        page.keyboard.press("Enter")
        expect(page.locator(".passage mark")).to_have_text(["signs a License"])
        window.shoot("search")
        page.get_by_role("link", name="Acme Proteins, Inc.").click()
        expect(page.locator("mark[id]").first).to_have_text("signs a License Agreement")
        page.get_by_role("link", name="Only what rules look for").click()
        expect(page.locator("mark[id]").first).to_have_text("License Agreement")


def test_the_playground_answers_while_one_types(visit, desk):
    """Mistakes appear where they are, and go; hits appear with their passage; Tab indents, Escape lets go."""
    with visit(desk) as window:
        page = window.open("/playground")
        rule, trial = page.locator("#rule"), page.locator("#trial")
        expect(trial).to_contain_text("filings caught")
        rule.fill("- id: x\n  when: {txt: exclusive}\n  notify: [desk]\n")
        expect(trial).to_contain_text("1 mistake")
        expect(trial).to_contain_text("line 2, column")
        window.shoot("playground-mistake")
        rule.fill("- id: x\n  when: {text: license agreement}\n  notify: [desk]\n")
        expect(trial).to_contain_text("1 of 2")
        expect(trial.locator("h3")).to_contain_text("Acme Proteins, Inc.")
        expect(trial.locator("mark").first).to_have_text("License Agreement")
        rule.fill("")
        rule.press("Tab")
        expect(rule).to_have_value("  ")
        rule.press("Escape")
        expect(rule).not_to_be_focused()
        window.shoot("playground")


def test_a_hostile_filing_is_inert(visit, tmp_path):
    """Markup in names, texts, descriptions and errors is text: nothing runs, on any page, live or loaded."""
    desk = Desk(tmp_path / "hostile")
    hostile = Filer(9990001, HOSTILE, ('X"><i>',))
    escaped = HOSTILE.replace("<", "&lt;")
    desk.deliver(desk.file(1, hostile, text=f"<p>{escaped} license agreement</p>", description=HOSTILE))
    delivery = desk.store.deliveries_of(accession_number(1))[0]
    with visit(desk) as window:
        page = window.open("/")
        expect(page.locator("#live-word")).to_have_text("live")
        live = desk.see(2, hostile, url="javascript:window.hit=4")
        expect(page.locator(f"#f-{live.accession_number} h2")).to_contain_text(HOSTILE)
        desk.store.defer_filing(live.accession_number, error=HOSTILE, until=delivery.due_at)
        expect(page.locator(f"#f-{live.accession_number}")).to_contain_text("waiting")
        assert page.evaluate("window.hit") is None
        for path in (
            f"/filings/{accession_number(1)}",
            f"/filings/{accession_number(2)}",
            "/deliveries",
            f"/deliveries/{delivery.id}",
            "/rules/license",
            "/search?q=license",
            "/search?by=company&q=script",
            "/health",
        ):
            page = window.open(path)
            assert page.evaluate("window.hit") is None
            assert page.locator("img, iframe, i, svg[onload]").count() == 0
            assert page.locator("a[href^=javascript]").count() == 0
        page = window.open("/playground")
        page.locator("#rule").fill(f"- id: x\n  title: {HOSTILE}\n  when: {{text: license agreement}}\n  shadow: yes\n")
        expect(page.locator("#trial h3")).to_contain_text(HOSTILE)
        assert page.evaluate("window.hit") is None


def test_pages_are_for_every_window_scheme_and_reader(visit, desk):
    """Day or night no page is wider than its window or has barriers by WCAG, and the background follows the scheme."""
    desk.file(3, Filer(9990003, "X" * 150, ("LONGTICKER", "X" * 40)), text=f"<p>license agreement {'x' * 300}</p>")
    backgrounds = {"light": "rgb(251, 250, 246)", "dark": "rgb(20, 22, 20)"}
    with visit(desk, **PHONE) as window:
        for name, path in {
            "today": "/",
            "filing": f"/filings/{accession_number(1)}",
            "long-words": f"/filings/{accession_number(3)}",
            "deliveries": "/deliveries",
            "delivery": f"/deliveries/{desk.store.deliveries_of(accession_number(1))[0].id}",
            "search": "/search?q=license",
            "company": "/search?by=company&q=acme",
            "rules": "/rules",
            "rule": "/rules/license",
            "playground": "/playground",
            "health": "/health",
        }.items():
            page = window.open(path)
            assert window.overflow() == {}, name
            assert window.barriers() == [], name
            for scheme, background in backgrounds.items():
                page.emulate_media(color_scheme=scheme)
                assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == background
                window.shoot(f"phone-{scheme}-{name}")
            assert window.barriers("color-contrast") == [], name
            page.emulate_media(color_scheme="light")


def test_everything_can_be_read_without_a_script(visit, desk):
    """With scripts switched off the pages hold the same facts, and the forms work."""
    with visit(desk, java_script_enabled=False) as window:
        page = window.open("/")
        assert page.locator(".filings > li").count() == 2
        page.locator("input[type=checkbox]").check()
        page.get_by_role("button", name="Show").click()
        assert page.locator(".filings > li").count() == 1
        page.locator(".filings h2 a").click()
        assert page.locator("mark[id]").count() == 2
        page = window.open("/playground")
        page.locator("#rule").fill("- {id: x, when: {text: license agreement}, shadow: yes}")
        page.get_by_role("button", name="Try it").click()
        expect(page.locator("#trial")).to_contain_text("1 of 2")


def test_filings_are_reached_by_keyboard_alone(visit, desk):
    """The first Tab skips to the content, `j` and `k` go through filings, `/` searches, Enter opens."""
    with visit(desk) as window:
        page = window.open("/")
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        links = page.locator(".filing h2 a")
        page.keyboard.press("j")
        expect(links.nth(0)).to_be_focused()
        page.keyboard.press("j")
        expect(links.nth(1)).to_be_focused()
        page.keyboard.press("k")
        expect(links.nth(0)).to_be_focused()
        page.keyboard.press("/")
        expect(page.locator("input[type=search]")).to_be_focused()
        page.keyboard.type("acme")
        page.keyboard.press("Enter")
        page.wait_for_url("**/?q=acme")
        expect(links).to_have_count(1)
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_contain_text("Acme Proteins, Inc.")


def test_the_token_is_typed_once(visit, tmp_path):
    """The login leads on to the page that was asked for, and the session lasts from page to page."""
    desk = Desk(tmp_path / "guarded", token=TOKEN)
    desk.file(1)
    with visit(desk) as window:
        page = window.open("/rules")
        page.get_by_label("Token").fill(TOKEN)
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator("h1")).to_have_text("Rules")
        page.get_by_role("link", name="Filings").click()
        expect(page.locator(".filing")).to_have_count(1)
        assert page.evaluate("document.cookie") == ""
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_label("Token")).to_be_visible()
        window.shoot("login")
