"""Looks at a screen as its people may see it: languages, lights, axe-core, thumb-sized, narrow, enlarged."""

import os
from pathlib import Path

from tests.browser import PHONE_SIZE
from tests.servers import ROOT

from .phones import Handset

AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
# Each language under another light: by day, at night, in the sun.
LOOKS = {"en": "sun", "zh-Hant": "dark", "zh-Hans": "light"}
LOOK = """async ({ lang, theme }) => {
  for (const [key, value] of [['fieldops:lang', lang], ['fieldops:theme', theme]]) {
    localStorage.setItem(key, value);
    dispatchEvent(new StorageEvent('storage', { key }));
  }
  while (document.documentElement.lang !== lang) await new Promise((done) => setTimeout(done, 20));
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""
RUN = """async () => {
  const of = (node) => node.target.join(' ') + ' ' + (node.any[0]?.message ?? '');
  const { violations } = await axe.run(document, { resultTypes: ['violations'] });
  return violations.map((one) => one.id + ': ' + one.nodes.map(of).join(' | '));
}"""


class Walk:
    """Looks at each screen it comes to, and remembers what was wrong."""

    def __init__(self, phone: Handset, shots: str | None) -> None:
        self.phone, self.shots = phone, shots
        self.wrong: dict[str, list[str]] = {}
        self.seen: set[str] = set()

    def look(self, name: str) -> None:
        page = self.phone.page
        self.seen.add(name)
        page.evaluate(AXE.read_text()) if not page.evaluate("'axe' in window") else None
        for lang, theme in LOOKS.items():
            page.evaluate(LOOK, {"lang": lang, "theme": theme})
            found: list[str] = page.evaluate(RUN)
            if found:
                self.wrong[f"{name} {lang}"] = found
            self.keep(f"{name}-{lang}")
        self.too_small(name)
        self.squeeze(name)

    @property
    def complaints(self) -> str:
        return "\n".join(f"{name}: {one}" for name, found in self.wrong.items() for one in found)

    def squeeze(self, name: str) -> None:
        """On 320 px with text at 200 % nothing runs off the side, and the bar stays in view."""
        page = self.phone.page
        page.set_viewport_size({"width": 320, "height": 640})
        self.text_size(200)
        found: list[str] = page.evaluate(SQUEEZE)
        if found:
            self.wrong[f"{name} at 320 px and 200 %"] = found
        if "SQUEEZED" in os.environ:
            self.keep(f"{name}-200-zh-Hans")
        self.text_size(100)
        page.set_viewport_size(PHONE_SIZE)

    def text_size(self, percent: int) -> None:
        """Set the system's text size, as its owner does."""
        tools = self.phone.page.context.new_cdp_session(self.phone.page)
        tools.send("Page.setFontSizes", {"fontSizes": {"standard": 16 * percent // 100}})
        tools.detach()

    def keep(self, name: str) -> None:
        if self.shots and (name.endswith("zh-Hans") or "ALL_LANGS" in os.environ):
            Path(self.shots).mkdir(parents=True, exist_ok=True)
            self.phone.page.screenshot(path=f"{self.shots}/{len(self.seen):02d}-{name}.png")

    def too_small(self, name: str) -> None:
        """What a thumb may hit is 48 px high, or stands in the strip, which reaches beyond its own edge."""
        small: list[str] = self.phone.page.evaluate(SMALL)
        if small:
            self.wrong[f"{name} smaller than 48 px"] = small


SMALL = """() => {
  const size = (one) => one.getBoundingClientRect();
  const shown = (one) => size(one).width > 1 && one.tabIndex >= 0;
  return [...document.querySelectorAll('button, a[href], input')]
    .filter((one) => shown(one) && !one.closest('.strip'))
    .filter((one) => size(one).height < 47.5 || size(one).width < 47.5)
    .map((one) => `${one.dataset.testid ?? one.className} ${size(one).width} x ${size(one).height}`);
}"""

SQUEEZE = """async () => {
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const all = (what) => [...document.querySelectorAll(what)];
  const box = (one) => one.getBoundingClientRect();
  const wide = all('.screen, main, .dock, .head, .sheet')
    .filter((one) => one.scrollWidth > one.clientWidth + 1)
    .map((one) => 'too wide: ' + one.className);
  const out = all('[data-testid=bar], [data-testid=signin-go]')
    .filter((one) => box(one).bottom > innerHeight + 1 || box(one).right > innerWidth + 1)
    .map((one) => 'out of view: ' + one.textContent);
  return [...wide, ...out];
}"""
