"""Pages in a real Chromium: no error on the console, nothing wider than the window, and a PDF with the text."""

from __future__ import annotations

import html
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from report_pages import pages, told_world

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
WIDTHS = (1280, 400)
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--enable-logging=stderr",
)  # fmt: skip
TOO_WIDE = "<!DOCTYPE html><body><div style='width: 2000px'>wide</div>"
FAULTY = "<!DOCTYPE html><body><script>console.error('on purpose')</script>"
MEASURE = """<script>
addEventListener('load', () => {
  const found = {};
  for (const frame of document.querySelectorAll('iframe'))
    found[frame.name] = [frame.contentDocument.documentElement.scrollWidth, frame.contentWindow.innerWidth];
  document.getElementById('found').textContent = JSON.stringify(found);
});
</script>"""

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="No Chromium is installed here (Debian: apt-get install chromium): pages were not opened."
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], str]:
    return pages(told_world(tmp_path_factory.mktemp("world")))


def chromium(profile: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    assert CHROMIUM is not None
    command = [CHROMIUM, *QUIET, f"--user-data-dir={profile}", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)


def frame(name: str, width: int, page: str) -> str:
    return f'<iframe name="{name}" width="{width}" height="900" srcdoc="{html.escape(page)}"></iframe>'


def test_pages_fit_a_wide_and_a_narrow_window_without_an_error(
    made: dict[tuple[str, str], str], tmp_path: Path
) -> None:
    """Every page in a frame of each width, beside one that does not fit and one that fails."""
    given = [(f"{kind} {language} {width}", width, page) for (kind, language), page in made.items() for width in WIDTHS]
    given += [("too wide", 400, TOO_WIDE), ("faulty", 400, FAULTY)]
    file = tmp_path / "frames.html"
    frames = "".join(frame(*one) for one in given)
    file.write_text(f"<!DOCTYPE html><meta charset=utf-8><pre id=found></pre>{MEASURE}{frames}", encoding="utf-8")
    done = chromium(tmp_path / "profile", "--virtual-time-budget=5000", "--dump-dom", file.as_uri())
    found = json.loads(html.unescape(done.stdout.partition('id="found">')[2].partition("</pre>")[0]))
    assert len(found) == len(given)
    assert [name for name, (needed, room) in found.items() if needed > room] == ["too wide"]
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    assert len(console) == 1 and "on purpose" in console[0]


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="No pdftotext is installed here (Debian: poppler-utils).")
@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("night", ["夜间结算报告", "9,955.20", "控制总数", "示例政策"]),
        ("statement", ["基本医疗保险待遇结算单", "2,130.50", "年度起付标准为1000元", "经办人"]),
        ("impact", ["政策调整执行报告", "逐单对照", "pay_rate", "未受影响的部分"]),
    ],
)
def test_pages_print_to_a4(made: dict[tuple[str, str], str], tmp_path: Path, kind: str, said: list[str]) -> None:
    file, pdf = tmp_path / "page.html", tmp_path / "page.pdf"
    file.write_text(made[kind, "zh"], encoding="utf-8")
    chromium(tmp_path / "profile", "--no-pdf-header-footer", f"--print-to-pdf={pdf}", file.as_uri())
    text = subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True, check=True).stdout
    for part in said:
        assert part in "".join(text.split()) or part in text, part
    size = subprocess.run(["pdfinfo", pdf], capture_output=True, text=True, check=True).stdout
    assert "(A4)" in size
