"""The dashboard in a real browser: live arrival, highlights, the playground, hostile filings, phone and keyboard."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from dashboards import TOKEN, Desk, accession_number
from playwright.sync_api import Browser, Page, expect, sync_playwright

from watcher.model import Filer

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium")

# Machines that run many tests at once are slow.
expect.set_options(timeout=15_000)

HOSTILE = "<script>window.hit=1</script><img src=x onerror=window.hit=2>\"'><svg onload=window.hit=3>"
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


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

    def __init__(self, page: Page, url: str, folder: Path) -> None:
        self.page = page
        self.url = url
        self.wrong: list[str] = []
        self.asked: list[str] = []
        self._folder = folder
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
        """Keep a picture of the whole page beside the test's other files."""
        self.page.screenshot(path=self._folder / f"{name}.png", full_page=True)

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        return self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")


@pytest.fixture
def visit(browser, tmp_path):
    """Open a window on a desk's dashboard; afterwards nothing went wrong, and nothing was asked of elsewhere."""

    @contextmanager
    def visiting(desk: Desk, **context) -> Iterator[Window]:
        with desk.dashboard() as server, browser.new_context(**context) as opened:
            window = Window(opened.new_page(), server.url, tmp_path)
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
        desk.read(filing, text="<p>A license agreement.</p>")
        expect(row.locator(".pill")).to_have_text("license")
        expect(row).to_contain_text("desk pending")
        desk.deliver(filing.accession_number)
        expect(row).to_contain_text("desk 33 s")
        expect(page.locator("#summary")).to_contain_text("2 matched")
        assert page.locator(".filings > li").count() == 3
        assert page.evaluate("window.same")
        window.shoot("today")


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
        page.locator(".passage footer a").first.click()
        expect(marks.nth(0)).to_be_in_viewport()
        other = page.locator("details.other")
        other.locator("summary").click()
        expect(other).to_contain_text("item 1.03 is not reported")
        window.shoot("filing")


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


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_a_phone_in_both_schemes(visit, desk, scheme):
    """No page is wider than a phone, day or night, and the background follows the scheme."""
    desk.file(3, Filer(9990003, "X" * 150, ("LONGTICKER", "X" * 40)), text=f"<p>license agreement {'x' * 300}</p>")
    backgrounds = {"light": "rgb(251, 250, 246)", "dark": "rgb(20, 22, 20)"}
    with visit(desk, color_scheme=scheme, **PHONE) as window:
        for name, path in {
            "today": "/",
            "filing": f"/filings/{accession_number(1)}",
            "long-words": f"/filings/{accession_number(3)}",
            "deliveries": "/deliveries",
            "rules": "/rules",
            "rule": "/rules/license",
            "playground": "/playground",
            "health": "/health",
        }.items():
            page = window.open(path)
            assert window.overflow() <= 0, name
            color = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
            assert color == backgrounds[scheme]
            window.shoot(f"phone-{scheme}-{name}")


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
