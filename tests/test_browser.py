"""The page of `schedc plot --html` in a real browser, from disk: hover, zoom, log axis, overlay.

It needs Chromium, its driver and selenium, and is skipped where one of them is missing. SCREENSHOTS
names a folder to keep pictures of the page in; EXAMPLES=all draws every example there.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("selenium", reason="selenium is not installed")

from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

import schedc
from schedc.cli import run

NEW = """\
run: {steps: 10_000, batch: 512, sequence: 2048, dataset: 100_000}
schedules:
  lr: linear(0→1e-3, 10%) >> constant(40%) >>! cosine(5e-4→1e-6)
  weight_decay: cosine(0.01→0.1)
groups:
  - {match: "head.*", lr: 10 * lr}
"""
OLD = """\
run: {steps: 10_000, batch: 512, sequence: 2048, dataset: 100_000}
schedules:
  lr: linear(0→8e-4, 5%) >> cosine(→1e-6)
"""
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--force-device-scale-factor=1",
)  # fmt: skip

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
DRIVER = os.environ.get("CHROMEDRIVER") or shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="no Chromium with its driver")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    for flag in (*QUIET, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.binary_location = CHROMIUM or ""
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    made = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    yield made
    made.quit()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    (folder / "new.yaml").write_text(NEW, encoding="utf-8")
    (folder / "old.yaml").write_text(OLD, encoding="utf-8")
    new, old = str(folder / "new.yaml"), str(folder / "old.yaml")
    assert run(["plot", new, "--html", str(folder / "one.html")]) == 0
    assert run(["plot", new, "--against", old, "--html", str(folder / "two.html")]) == 0
    return folder


@pytest.fixture(params=[1200, 400], ids=["wide", "narrow"])
def width(request: pytest.FixtureRequest) -> int:
    return int(request.param)


def opened(browser: webdriver.Chrome, page: Path, width: int) -> webdriver.Chrome:
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False},
    )
    browser.get(page.as_uri())
    return browser


def panel(browser: webdriver.Chrome, name: str) -> WebElement:
    return browser.find_element(By.CSS_SELECTOR, f'section[data-panel="{name}"]')


def point_at(browser: webdriver.Chrome, where: WebElement, share: float) -> str:
    """Put the mouse so far along the plot; what the page says there."""
    over = where.find_element(By.CSS_SELECTOR, ".u-over")
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", over)
    offset = round((share - 0.5) * over.size["width"])
    ActionChains(browser).move_to_element_with_offset(over, offset, 0).perform()
    return "\n".join(cell.text for cell in where.find_elements(By.CSS_SELECTOR, ".readout .value"))


def drag(browser: webdriver.Chrome, where: WebElement, start: float, stop: float) -> None:
    over = where.find_element(By.CSS_SELECTOR, ".u-over")
    width = over.size["width"]
    chain = ActionChains(browser).move_to_element_with_offset(over, round((start - 0.5) * width), 0)
    chain.click_and_hold().move_by_offset(round((stop - start) * width), 0).release().perform()


def view(browser: webdriver.Chrome) -> list[float]:
    found = browser.execute_script("return view")
    assert isinstance(found, list)
    return found


def values(said: str) -> dict[str, float]:
    """What the page says, by name."""
    pairs = [
        re.fullmatch(r"(.*?)(?: =)? (?:≈ )?(-?[\d,.]+(?:e-?\d+)?)", line)
        for line in said.split("\n")
    ]
    return {pair[1]: float(pair[2].replace(",", "")) for pair in pairs if pair is not None}


def silent(browser: webdriver.Chrome) -> None:
    """Nothing was refused, missed or loaded."""
    assert [entry for entry in browser.get_log("browser") if entry["level"] != "INFO"] == []
    loaded = browser.execute_script("return performance.getEntriesByType('resource').length")
    assert loaded == 0


def test_hover_tells_every_unit_and_the_value(
    browser: webdriver.Chrome, pages: Path, width: int
) -> None:
    opened(browser, pages / "one.html", width)
    said = point_at(browser, panel(browser, "lr"), 0.75)
    program = schedc.load(pages / "new.yaml")
    update = int(values(said)["update"])
    assert abs(update - 7500) < 60  # of the width of the narrow page
    assert values(said)["lr"] == pytest.approx(program["lr"](update), rel=1e-6)
    assert values(said)["lr of head.*"] == pytest.approx(10 * program["lr"](update), rel=1e-6)
    assert values(said)["epochs"] == pytest.approx(float(program.run.epochs(update)), abs=1e-6)
    exact = float(program.run.tokens(update))
    assert values(said)["tokens"] == pytest.approx(exact, rel=1e-8)
    silent(browser)


def test_zoom_asks_the_compiled_schedule(
    browser: webdriver.Chrome, pages: Path, width: int
) -> None:
    opened(browser, pages / "one.html", width)
    where = panel(browser, "lr")
    before = point_at(browser, where, 0.5)
    drag(browser, where, 0.60, 0.64)
    low, high = view(browser)
    assert 5_800 < low < high < 6_700
    drawn = browser.execute_script("return plots[0].plot.data[0].length")
    assert drawn >= high - low  # every update of the view
    said = point_at(browser, where, 0.5)
    assert said != before
    update = int(values(said)["update"])
    assert low < update < high
    lr = schedc.load(pages / "new.yaml")["lr"]
    assert values(said)["lr"] == pytest.approx(lr(update), rel=1e-6)
    reset = browser.find_element(By.ID, "reset")
    assert reset.is_enabled()
    reset.click()
    assert view(browser) == [0, 10_000]
    assert not reset.is_enabled()
    silent(browser)


def test_double_click_shows_the_whole_run(
    browser: webdriver.Chrome, pages: Path, width: int
) -> None:
    opened(browser, pages / "one.html", width)
    where = panel(browser, "lr")
    drag(browser, where, 0.2, 0.4)
    assert view(browser) != [0, 10_000]
    over = where.find_element(By.CSS_SELECTOR, ".u-over")
    ActionChains(browser).double_click(over).perform()
    assert view(browser) == [0, 10_000]


def test_every_panel_zooms_with_the_first(
    browser: webdriver.Chrome, pages: Path, width: int
) -> None:
    opened(browser, pages / "one.html", width)
    drag(browser, panel(browser, "lr"), 0.2, 0.4)
    scales = browser.execute_script(
        "return plots.map(p => [p.plot.scales.x.min, p.plot.scales.x.max])"
    )
    assert len(scales) == 2
    assert scales[0] == scales[1] == view(browser)


def test_the_log_axis(browser: webdriver.Chrome, pages: Path, width: int) -> None:
    opened(browser, pages / "one.html", width)
    assert browser.execute_script("return plots[0].plot.scales.y.distr") == 1
    browser.find_element(By.ID, "log").click()
    low, high, form = browser.execute_script(
        "const y = plots[0].plot.scales.y; return [y.min, y.max, y.distr]"
    )
    assert form == 3
    assert 0 < low <= 1e-6 and high >= 1e-2
    said = point_at(browser, panel(browser, "lr"), 0.75)
    assert "lr = " in said
    browser.find_element(By.ID, "log").click()
    assert browser.execute_script("return plots[0].plot.scales.y.distr") == 1
    silent(browser)


def test_the_overlay_of_two_versions(browser: webdriver.Chrome, pages: Path, width: int) -> None:
    opened(browser, pages / "two.html", width)
    said = point_at(browser, panel(browser, "lr"), 0.25)
    update = int(values(said)["update"])
    new, old = schedc.load(pages / "new.yaml"), schedc.load(pages / "old.yaml")
    told = values(said)
    assert told["lr (new.yaml)"] == pytest.approx(new["lr"](update), rel=1e-6)
    assert told["lr (old.yaml)"] == pytest.approx(old["lr"](update), rel=1e-6)
    assert told["×"] == pytest.approx(old["lr"](update) / new["lr"](update), rel=1e-5)
    silent(browser)


def test_nothing_is_wider_than_the_page(
    browser: webdriver.Chrome, pages: Path, width: int, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        opened(browser, pages / f"{name}.html", width)
        wide = browser.execute_script("return document.documentElement.scrollWidth")
        assert wide <= width
        browser.execute_script(
            "document.querySelectorAll('details').forEach(d => { d.open = true; })"
        )
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width
        point_at(browser, panel(browser, "lr"), 0.3)
        folder = Path(os.environ.get("SCREENSHOTS") or tmp_path)
        assert browser.save_screenshot(str(folder / f"{name}-{width}.png"))


EVERY = sorted((Path(__file__).parents[1] / "examples").rglob("*.yaml"))
EXAMPLES = EVERY if os.environ.get("EXAMPLES") == "all" else EVERY[::12]


def test_an_example_computes_in_the_browser_what_python_drew(
    browser: webdriver.Chrome, tmp_path: Path
) -> None:
    """The compiled JavaScript against the points, which are the compiled Python's."""
    drawn = 0
    for path in EXAMPLES:
        report = schedc.check(path)
        if not report.compiled:  # a file for another program
            continue
        steps = ["--steps", "10k"] if report.compiled[0].run.known is None else []
        page = tmp_path / "page.html"
        assert run(["plot", str(path), *steps, "--base", "0.1", "--html", str(page)]) == 0
        opened(browser, page, 800)
        worst = browser.execute_script(
            """
            let worst = 0;
            for (const panel of PICTURE.panels) for (const line of panel.lines)
                panel.at.forEach((k, i) => {
                    if (!Number.isInteger(k) || panel.at[i + 1] === k) return;
                    const [a, b] = [COMPILED[line.compiled](k), line.values[i]];
                    worst = Math.max(worst, a === b ? 0 : Math.abs(a - b) / Math.abs(b));
                });
            return worst;
            """
        )
        assert worst < 1e-12, path
        silent(browser)
        drawn += 1
    assert drawn >= len(EXAMPLES) / 2


def test_the_marks_are_drawn(browser: webdriver.Chrome, pages: Path, width: int) -> None:
    """At the jump there are points of the colour that jumps have."""
    opened(browser, pages / "one.html", width)
    red = browser.execute_script(
        """
        const plot = plots[0].plot, x = Math.round(plot.valToPos(5000, "x", true));
        const { top, height } = plot.bbox;
        const seen = plot.ctx.getImageData(x - 1, top, 3, height).data;
        let red = 0;
        for (let i = 0; i < seen.length; i += 4) {
            if (seen[i + 3] > 60 && seen[i] > 150 && seen[i + 1] < 110 && seen[i + 2] < 110) red++;
        }
        return red;
        """
    )
    assert red > 30
    told = panel(browser, "lr").find_element(By.CSS_SELECTOR, "details")
    told.find_element(By.CSS_SELECTOR, "summary").click()
    assert "jump ×0.5" in told.text
    assert "at update 1,000: continuous, proved: " in told.text
