// The pages of a report: filtered, paged, and each label taken apart. The charts above them stand in the
// file as they are. Texts come from untrusted pages: they reach the document through textContent alone.
"use strict";
(() => {
  const PER_VIEW = 10;
  const MOST_PRINTED = 500;
  const json = (id) => JSON.parse(document.getElementById(id).textContent);
  const index = json("index");
  const { tasks, pages } = index;
  const filter = document.getElementById("filter");
  const list = document.getElementById("pages");
  const status = document.getElementById("status");
  const taskAt = (name) => tasks.findIndex((task) => task.name === name);

  // Pages are parsed when they are first needed.
  const parsed = new Map();
  const passagesOf = (page) => {
    if (!parsed.has(page)) parsed.set(page, json(`page-${page}`));
    return parsed.get(page);
  };

  const element = (name, attributes = {}, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
    }
    made.append(...children.filter((child) => child !== undefined));
    return made;
  };

  // As many characters a passage as the last label's number has digits of base 36; dashes for no label.
  const widths = tasks.map((task) => (task.labels.length - 1).toString(36).length);
  const labelAt = (task, passage) => {
    const code = index.labels[task].slice(widths[task] * passage, widths[task] * (passage + 1));
    return code.startsWith("-") ? undefined : tasks[task].labels[parseInt(code, 36)];
  };
  const certaintyAt = (task, passage) => parseInt(index.certainty[task].slice(2 * passage, 2 * passage + 2), 36);

  /** Which passages of which pages the form asks for: [{page, shown: [passage on the page]}]. */
  const matching = () => {
    const form = new FormData(filter);
    const words = String(form.get("search") || "").toLocaleLowerCase().trim();
    const least = Number(form.get("certainty") || 0);
    const most = Number(form.get("uncertain") ? 60 : 100);
    const wanted = tasks
      .map((task, at) => ({ at, labels: form.getAll(`label-${task.name}`) }))
      .filter(({ labels }) => labels.length);
    const about = taskAt(String(form.get("of") || ""));
    const byCertainty = (passage) => {
      if (least === 0 && most === 100) return true;
      const judged = about >= 0 ? [about] : wanted.length ? wanted.map(({ at }) => at) : tasks.map((_, at) => at);
      return judged.every((at) => certaintyAt(at, passage) >= least && certaintyAt(at, passage) <= most);
    };
    const found = [];
    pages.forEach((page, number) => {
      if (form.get("source") && page.source !== form.get("source")) return;
      const shown = [];
      for (let i = 0; i < page.n; i++) {
        const passage = page.first + i;
        if (!wanted.every(({ at, labels }) => labels.includes(labelAt(at, passage)))) continue;
        if (!byCertainty(passage)) continue;
        if (words && !passagesOf(number)[i].text.toLocaleLowerCase().includes(words)) continue;
        shown.push(i);
      }
      if (shown.length) found.push({ page: number, shown });
    });
    return found;
  };

  const percent = (p) => `${p} %`;

  /** The text with the words that decided a task marked: the more, the thicker the line. */
  const marked = (text, why) => {
    if (!why) return [text];
    const words = [...why.words].sort((a, b) => a[0] - b[0]);
    const most = Math.max(...words.map((word) => Math.abs(word[2])), 1e-9);
    const parts = [];
    let at = 0;
    for (const [start, end, contribution] of words) {
      if (start < at) continue;
      parts.push(text.slice(at, start));
      const strong = Math.abs(contribution) > most / 2 ? " strong" : "";
      const side = contribution > 0 ? "for" : "counter";
      parts.push(element("mark", { class: side + strong, title: signed(contribution) }, text.slice(start, end)));
      at = end;
    }
    parts.push(text.slice(at));
    return parts;
  };

  const signed = (value) => (value < 0 ? "−" : "+") + Math.abs(value).toFixed(2);

  /** The contributions that sum to a score. */
  const evidence = (passage, task) => {
    const why = passage.why[task];
    const row = (what, value, attributes = {}) =>
      element("tr", attributes, element("th", { scope: "row" }, what), element("td", {}, signed(value)));
    const word = ([start, end]) => passage.text.slice(start, end);
    const words = [...why.words].sort((a, b) => Math.abs(b[2]) - Math.abs(a[2]));
    const rows = words.map((range) => row(element("b", {}, word(range)), range[2]));
    const rest = [["other words", why.other], ...why.columns, ["neighbours", why.neighbours],
      ["position", why.position], ["length and look", why.shape], ["intercept", why.intercept]];
    rest.filter(([, value]) => Math.abs(value) >= 0.005).forEach(([what, value]) => rows.push(row(what, value)));
    rows.push(row("score", why.score, { class: "sum" }));
    const { labels } = tasks[task];
    const label = labels[why.label];
    const without = [...new Set(why.without.map(word))].map((shown) => element("b", {}, shown));
    const tipped = without.flatMap((shown, i) => [i ? ", " : "; it would be first without ", shown]);
    rows.push(element("tr", {}, element("td", { colspan: "2", class: "second" },
      `second: ${labels[why.second]}, ${why.behind.toFixed(2)} behind`, ...tipped)));
    const all = passage.p[task]
      .map((p, at) => [p, tasks[task].labels[at]])
      .sort((a, b) => b[0] - a[0])
      .map(([p, name]) => `${name} ${percent(p)}`);
    return element("table", { class: "evidence" },
      element("caption", {}, element("b", {}, `${tasks[task].name}: ${label}`), ` (${all.join(", ")})`),
      element("tbody", {}, ...rows));
  };

  const tag = (task, passage) => {
    const label = labelAt(task, passage.number);
    if (label === undefined) return element("span", { class: "tag none" }, `${tasks[task].name} ?`);
    const certainty = certaintyAt(task, passage.number);
    const name = ["kind"].includes(tasks[task].name) ? "" : `${tasks[task].name} `;
    const shown = element("span", { class: `tag ${tasks[task].name} ${label}`, style: `--p: ${certainty}%` },
      `${name}${label} `, element("span", { class: "p" }, percent(certainty)));
    return shown;
  };

  const passageItem = (passage, number, hit) => {
    const numbered = { ...passage, number };
    const kind = taskAt("kind") >= 0 ? labelAt(taskAt("kind"), number) : undefined;
    const voice = taskAt("voice") >= 0 ? labelAt(taskAt("voice"), number) : undefined;
    const text = element("p", { class: "text", dir: "auto" }, passage.text);
    const panel = element("div", { class: "why", hidden: true, id: `why-${number + 1}` });
    const stance = taskAt("stance") >= 0 ? taskAt("stance") : 0;
    // On hover or focus the words behind the stance are marked; the button shows them all as tables.
    const mark = (on) => text.replaceChildren(...(on ? marked(passage.text, passage.why && passage.why[stance]) : [passage.text]));
    const button = passage.why && element("button",
      { type: "button", class: "ask", "aria-expanded": "false", "aria-controls": panel.id,
        "aria-label": `Why? Passage ${number + 1}` }, "why?");
    const item = element("li", { id: `passage-${number + 1}`, class: ["passage", kind, voice, hit ? "hit" : "context"].filter(Boolean).join(" ") },
      element("div", { class: "labels" },
        ...tasks.map((_, task) => tag(task, numbered)), button,
        element("a", { class: "row", href: `#passage-${number + 1}`, title: "Link to this passage" }, passage.row)),
      text, panel);
    item.addEventListener("mouseenter", () => mark(true));
    item.addEventListener("mouseleave", () => panel.hidden && mark(false));
    item.addEventListener("focusin", () => mark(true));
    item.addEventListener("focusout", () => panel.hidden && mark(false));
    if (button) {
      button.addEventListener("click", () => {
        panel.hidden = !panel.hidden;
        button.setAttribute("aria-expanded", String(!panel.hidden));
        if (!panel.hasChildNodes()) panel.append(...tasks.flatMap((_, task) => (passage.why[task] ? [evidence(passage, task)] : [])));
        mark(!panel.hidden);
      });
    }
    return item;
  };

  const pageArticle = ({ page, shown }, whole) => {
    const { id, title, source, date, first } = pages[page];
    const about = [source, date, title ? id : undefined].filter(Boolean).join(" · ");
    const hits = new Set(shown);
    const items = passagesOf(page).flatMap((passage, i) =>
      whole || hits.has(i) ? [passageItem(passage, first + i, hits.has(i))] : []);
    return element("article", { class: "page" },
      element("h3", { dir: "auto" }, title || id), element("p", { class: "about" }, about),
      element("ol", { class: "passages" }, ...items));
  };

  let found = [];
  let view = 0;
  let waiting;

  const show = () => {
    const views = Math.max(1, Math.ceil(found.length / PER_VIEW));
    view = Math.min(Math.max(view, 0), views - 1);
    const whole = document.getElementById("whole").checked;
    const here = found.slice(view * PER_VIEW, (view + 1) * PER_VIEW);
    list.replaceChildren(...here.map((match) => pageArticle(match, whole)));
    const n = found.reduce((sum, { shown }) => sum + shown.length, 0);
    status.textContent = found.length === 0
      ? "No passage matches: take a filter away."
      : `${n} passage${n === 1 ? "" : "s"} on ${found.length} page${found.length === 1 ? "" : "s"} `
        + `${n === 1 ? "matches" : "match"}; view ${view + 1} of ${views}.`;
    document.getElementById("previous").disabled = view === 0;
    document.getElementById("next").disabled = view === views - 1;
  };

  const filtered = () => {
    found = matching();
    view = 0;
    show();
  };

  /** What the address points at: #passage-N is shown wherever it is. */
  const jump = () => {
    const target = /^#passage-(\d+)$/.exec(location.hash);
    if (!target) return;
    const passage = Number(target[1]) - 1;
    const page = pages.findIndex(({ first, n }) => first <= passage && passage < first + n);
    if (page < 0) return;
    if (!document.getElementById(`passage-${passage + 1}`)) {
      filter.reset();
      // What the reset set going would show another view.
      clearTimeout(waiting);
      found = matching();
      view = Math.floor(found.findIndex((match) => match.page === page) / PER_VIEW);
      show();
    }
    const item = document.getElementById(`passage-${passage + 1}`);
    item.scrollIntoView({ block: "center" });
    const button = item.querySelector("button");
    (button || item.querySelector("a")).focus({ preventScroll: true });
  };

  // Not every program that chooses from a list for its user tells of it as of typing.
  filter.addEventListener("input", ({ target }) => {
    clearTimeout(waiting);
    if (target.type === "search") waiting = setTimeout(filtered, 200);
    else if (target.type === "number") filtered();
  });
  filter.addEventListener("change", ({ target }) => {
    if (!["search", "number"].includes(target.type)) filtered();
  });
  filter.addEventListener("submit", (event) => event.preventDefault());
  filter.addEventListener("reset", () => {
    waiting = setTimeout(filtered, 0);
  });
  const turn = (by) => () => {
    view += by;
    show();
    document.getElementById("reading").scrollIntoView();
  };
  document.getElementById("previous").addEventListener("click", turn(-1));
  document.getElementById("next").addEventListener("click", turn(1));
  window.addEventListener("hashchange", jump);
  // What is printed is the whole of what the filters leave, not one view of it.
  window.addEventListener("beforeprint", () => {
    const whole = document.getElementById("whole").checked;
    const printed = found.slice(0, MOST_PRINTED);
    const cut = printed.length < found.length
      ? [element("p", {}, `The first ${printed.length} of ${found.length} pages: filters choose which.`)] : [];
    list.replaceChildren(...cut, ...printed.map((match) => pageArticle(match, whole)));
  });
  window.addEventListener("afterprint", show);
  filtered();
  jump();
})();
