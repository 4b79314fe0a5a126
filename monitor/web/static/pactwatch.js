// Times in the reader's zone, and the keyboard.
(() => {
  const units = [[60, 1, "s"], [3600, 60, "min"], [172800, 3600, "h"], [63115200, 86400, "days"], [Infinity, 31557600, "years"]];
  const ago = (seconds) => {
    const [, divisor, unit] = units.find(([limit]) => Math.abs(seconds) < limit);
    return `${Math.round(Math.abs(seconds) / divisor)} ${unit}`;
  };
  class Time extends HTMLElement {
    static observedAttributes = ["at", "as"];
    connectedCallback() { this.draw(); this.timer = setInterval(() => this.draw(), 5000); }
    disconnectedCallback() { clearInterval(this.timer); }
    attributeChangedCallback() { this.draw(); }
    draw() {
      const at = new Date(this.getAttribute("at"));
      if (Number.isNaN(at.getTime())) { this.textContent = "–"; return; }
      this.title = `${at.toLocaleString()} (${at.toISOString()})`;
      if (this.getAttribute("as") === "ago") {
        const seconds = (Date.now() - at) / 1000;
        this.textContent = seconds < -5 ? `in ${ago(seconds)}` : `${ago(Math.max(seconds, 0))} ago`;
      } else {
        this.textContent = at.toLocaleString([], { year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });
      }
    }
  }
  customElements.define("pw-time", Time);

  // On a phone the pages are a row that scrolls: the one that is open has to be in sight.
  const show = () => {
    const here = document.querySelector(".pw-nav a.on");
    if (here) here.scrollIntoView({ inline: "center", block: "nearest" });
    else requestAnimationFrame(show);
  };
  if (!document.querySelector(".pw-login")) requestAnimationFrame(show);

  let leader = false;
  document.addEventListener("keydown", (event) => {
    const target = event.target;
    const typing = target.closest && target.closest("input, textarea, select, [contenteditable=true]");
    if (event.key === "Escape" && typing) { target.blur(); return; }
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/") {
      const search = document.querySelector("input[type=search], .pw-search input");
      if (search) { event.preventDefault(); search.focus(); }
    } else if (event.key === "g") {
      leader = true;
      setTimeout(() => { leader = false; }, 1200);
    } else if (leader) {
      const link = document.querySelector(`.pw-nav a[data-key="${CSS.escape(event.key)}"]`);
      if (link) { event.preventDefault(); link.click(); }
      leader = false;
    } else if (event.key === "d") {
      document.querySelector("#pw-dark")?.click();
    }
  });
})();
