// The search page with script: completions, results without a full reload, the histogram. All of it works without.
"use strict";

(() => {
  const form = document.getElementById("suche");
  const box = document.getElementById("q");
  const said = document.getElementById("ansage");
  document.documentElement.classList.add("js");

  const say = (text) => {
    said.textContent = "";
    // A status that gets the same text twice is read once; the pause makes it two texts.
    setTimeout(() => { said.textContent = text; }, 60);
  };

  // --- Results without a full reload -------------------------------------------------------------------------------

  let pending = null;
  let shown = location.pathname + location.search;

  const here = () => document.getElementById("stand");

  const addressOfForm = () => {
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (name === "q" || value !== "") query.append(name, value);
    return `${form.getAttribute("action")}?${query}`.replaceAll("+", "%20");
  };

  // What had the focus, so that its successor on the new page gets it.
  const focused = () => {
    const one = document.activeElement;
    if (!one || !here()?.contains(one)) return null;
    if (one.id) return () => document.getElementById(one.id);
    if (one.name) {
      const [name, value] = [one.name, one.value];
      return () => [...document.getElementsByName(name)].find((other) => other.value === value);
    }
    if (one.dataset.von) {
      const [from, to] = [one.dataset.von, one.dataset.bis];
      return () => document.querySelector(`.saeule[data-von="${from}"][data-bis="${to}"]`);
    }
    return null;
  };

  const take = (page, typed) => {
    const refocus = focused();
    const scrolled = document.getElementById("filter")?.scrollTop;
    const hadFocus = here().contains(document.activeElement);
    const looked = [...here().querySelectorAll(".facettensuche input")].map((one) => [one.id, one.value]);
    const open = new Set([...here().querySelectorAll("details[open]")].map((one) => one.id));
    here().replaceWith(page.getElementById("stand"));
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    document.getElementById("suche-versteckt").replaceWith(page.getElementById("suche-versteckt"));
    for (const link of document.querySelectorAll("header nav [hreflang]")) {
      const other = page.getElementById(link.id);
      if (other) link.href = other.href;
    }
    for (const old of document.querySelectorAll("head link[rel=alternate]")) old.remove();
    document.head.append(...page.querySelectorAll("head link[rel=alternate]"));
    document.title = page.title;
    if (box.value === typed) box.value = page.getElementById("q").value;  // else somebody has typed on meanwhile
    form.elements.exact.checked = page.getElementById("suche").elements.exact.checked;
    prepare();
    if (sheet.isOpen()) {
      sheet.open();
      document.getElementById("filter").scrollTop = scrolled;
    }
    for (const [id, value] of looked) {
      const field = document.getElementById(id);
      if (!field || !value) continue;
      field.value = value;
      field.dispatchEvent(new Event("input"));
    }
    if (hadFocus) (refocus?.() ?? document.getElementById("ergebnis")).focus({ preventScroll: true });
    say(document.getElementById("ergebnis").textContent);
  };

  const load = async (address, { push = true, top = false } = {}) => {
    pending?.abort();
    const mine = pending = new AbortController();
    const typed = box.value;
    here().setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(address, { signal: mine.signal, headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!answer.ok || !page.getElementById("stand")) throw new Error(`status ${answer.status}`);
      if (push && address !== shown) history.pushState(null, "", address);
      shown = location.pathname + location.search;
      take(page, typed);
      if (top) {
        const heading = document.getElementById("ergebnis");
        heading.focus({ preventScroll: true });
        heading.scrollIntoView({ block: "start" });
      }
    } catch (error) {
      if (error.name !== "AbortError") location.assign(address);  // the server's own page says what is wrong
    }
  };

  if (here()) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      close();
      load(addressOfForm());
    });
    document.addEventListener("change", (event) => {
      if (event.target.form !== form || event.target === box) return;
      if (event.target.type === "date" && event.target.value && event.target.value < "1000") return;  // still typing
      load(addressOfForm());
    });
    document.addEventListener("click", (event) => {
      const link = event.target.closest?.("#stand a[href]");
      if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      const href = link.getAttribute("href") ?? "";
      if (!href.startsWith(`${form.getAttribute("action")}?`)) return;
      event.preventDefault();
      load(href, { top: link.closest(".blaettern, .sortierung, .leer, .meinten") !== null });
    });
    addEventListener("popstate", () => {
      // A link to a place on this page is a step of the history, too.
      if (location.pathname + location.search !== shown) load(location.pathname + location.search, { push: false });
    });
  }

  // --- Filters on narrow screens: a sheet, which stays open while one chooses ---------------------------------------------

  const sheet = (() => {
    const root = document.documentElement;
    const wide = matchMedia("(min-width: 60rem)");
    const beneath = () => document.querySelectorAll(".kopf, .fuss, .skip, #suche, #stand > :not(.spalten), .ergebnis");
    const isOpen = () => root.classList.contains("filter-offen");
    const open = () => {
      root.classList.add("filter-offen");
      for (const one of beneath()) one.inert = true;
    };
    const shut = () => {
      root.classList.remove("filter-offen");
      for (const one of beneath()) one.inert = false;
    };
    // The place in the address says whether it is open, so that going back closes it.
    const follow = () => {
      if (location.hash === "#filter" && !wide.matches && document.getElementById("filter")) {
        open();
        document.getElementById("filter").focus();
      } else if (isOpen()) {
        shut();
        if (location.hash === "#ergebnis") document.getElementById("ergebnis").focus();
      }
    };
    wide.addEventListener("change", shut);
    addEventListener("hashchange", follow);
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !isOpen()) return;
      shut();
      history.replaceState(null, "", location.pathname + location.search);
      document.querySelector(".zum-filter a")?.focus();
    });
    follow();
    return { isOpen, open };
  })();

  // --- Completions: an ARIA combobox with a listbox ------------------------------------------------------------------

  const list = document.getElementById("vorschlaege");
  const kinds = JSON.parse(form.dataset.arten);
  let timer = 0;
  let asked = null;
  let chosen = -1;

  for (const [name, value] of Object.entries({
    role: "combobox", "aria-autocomplete": "list", "aria-controls": "vorschlaege", "aria-expanded": "false",
  })) box.setAttribute(name, value);

  const close = () => {
    clearTimeout(timer);
    asked?.abort();
    list.hidden = true;
    chosen = -1;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  };

  const mark = (at) => {
    const options = [...list.children];
    chosen = (at + options.length + 1) % (options.length + 1);  // one place beyond the last is the box itself
    options.forEach((one, number) => one.setAttribute("aria-selected", String(number === chosen)));
    const option = options[chosen];
    if (option) {
      box.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else {
      chosen = -1;
      box.removeAttribute("aria-activedescendant");
    }
  };

  const use = (option) => {
    if (option.dataset.id !== undefined) {
      // A title is of one document: it is opened, with what was typed marked in it.
      const id = encodeURIComponent(option.dataset.id).replaceAll("%3A", ":");
      location.assign(`${form.getAttribute("action")}dokumente/${id}?q=${encodeURIComponent(box.value.trim())}`);
      return close();
    }
    if (option.dataset.kind === "kommune") {
      box.value = "";
      const extra = document.createElement("input");
      Object.assign(extra, { type: "hidden", name: "kommune", value: option.dataset.text });
      document.getElementById("suche-versteckt").append(extra);
    } else {
      box.value = option.dataset.text;
    }
    close();
    form.requestSubmit();
    return undefined;
  };

  const show = (suggestions) => {
    list.replaceChildren(...suggestions.map(({ text, kind, document: opens, paper_name: paper }, number) => {
      const option = document.createElement("li");
      const label = document.createElement("span");
      const of = document.createElement("span");
      label.textContent = text;
      if (paper && paper !== text) {
        const name = document.createElement("span");
        name.className = "vorgang leise";
        name.textContent = paper;
        label.append(" ", name);
      }
      of.textContent = kinds[opens ? (paper === text ? "paper" : "document") : kind] ?? "";
      of.className = "art";
      if (opens) option.dataset.id = opens.id;
      Object.assign(option, { id: `vorschlag-${number}` });
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      Object.assign(option.dataset, { text, kind });
      option.append(label, of);
      return option;
    }));
    chosen = -1;
    list.hidden = suggestions.length === 0;
    box.setAttribute("aria-expanded", String(!list.hidden));
    box.removeAttribute("aria-activedescendant");
    if (suggestions.length) say(form.dataset.anzahl.replace("#", suggestions.length));
  };

  const complete = async () => {
    const typed = box.value;
    if (typed.trim().length < 2) return close();
    asked?.abort();
    asked = new AbortController();
    try {
      const answer = await fetch(`${form.dataset.vorschlaege}?limit=8&q=${encodeURIComponent(typed)}`, { signal: asked.signal });
      if (answer.ok && document.activeElement === box) show((await answer.json()).suggestions);
    } catch (error) {
      if (error.name !== "AbortError") close();  // completions are a convenience
    }
    return undefined;
  };

  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(complete, 120);
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" && list.hidden) {
      complete();
    } else if (list.hidden || event.isComposing) {
      return;
    } else if (event.key === "ArrowDown") {
      mark(chosen + 1);
    } else if (event.key === "ArrowUp") {
      mark(chosen < 0 ? list.children.length - 1 : chosen - 1 < 0 ? list.children.length : chosen - 1);
    } else if (event.key === "Enter" && chosen >= 0) {
      use(list.children[chosen]);
    } else if (event.key === "Escape") {
      close();
    } else {
      return;
    }
    event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest?.("input, textarea, select, [contenteditable]") || box.closest("[inert]")) return;
    event.preventDefault();
    box.focus();
    box.select();
  });
  box.addEventListener("blur", close);
  list.addEventListener("pointerdown", (event) => event.preventDefault());  // the box keeps the focus
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) use(option);
  });

  // --- The histogram: drag over bars, or arrow keys --------------------------------------------------------------------

  const period = (first, last) => {
    const [from, to] = first.dataset.von <= last.dataset.von ? [first, last] : [last, first];
    document.getElementById("date_from").value = from.dataset.von;
    document.getElementById("date_to").value = to.dataset.bis;
    load(addressOfForm());
  };

  const prepareBars = () => {
    const picture = document.getElementById("saeulen");
    if (!picture) return;
    const bars = [...picture.querySelectorAll(".saeule")];
    let anchor = null;
    let end = null;
    const paint = () => bars.forEach((bar, at) => {
      const [from, to] = anchor === null ? [1, 0] : [Math.min(anchor, end), Math.max(anchor, end)];
      bar.classList.toggle("gezogen", from <= at && at <= to);
    });
    const only = (at) => bars.forEach((bar, number) => bar.setAttribute("tabindex", number === at ? "0" : "-1"));
    // One bar is a stop of the tab key, the arrow keys go on from there.
    only(Math.max(0, bars.findIndex((bar) => bar.classList.contains("drin"))));
    const barAt = (x) => {
      const place = picture.getBoundingClientRect();
      return Math.min(bars.length - 1, Math.max(0, Math.floor(((x - place.left) / place.width) * bars.length)));
    };
    picture.addEventListener("pointerdown", (event) => {
      if (event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;  // opens elsewhere, as links do
      anchor = end = barAt(event.clientX);
      picture.setPointerCapture(event.pointerId);
      paint();
    });
    picture.addEventListener("pointermove", (event) => {
      if (anchor === null) return;
      end = barAt(event.clientX);
      paint();
    });
    picture.addEventListener("pointerup", () => {
      if (anchor === null) return;
      const [first, last] = [anchor, end];
      anchor = null;
      if (first !== last) period(bars[first], bars[last]);
      else load(bars[first].getAttribute("href"));
    });
    picture.addEventListener("pointercancel", () => { anchor = null; paint(); });
    picture.addEventListener("dragstart", (event) => event.preventDefault());
    // The pointer's end has done it already; a click of the keyboard has no place.
    picture.addEventListener("click", (event) => { if (event.detail && !event.ctrlKey && !event.metaKey && !event.shiftKey) event.preventDefault(); });
    picture.addEventListener("keydown", (event) => {
      const at = bars.indexOf(document.activeElement);
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: bars.length - 1 }[event.key];
      if (at >= 0 && to !== undefined && bars[to]) {
        if (event.shiftKey) { anchor ??= at; end = to; } else anchor = null;
        paint();
        only(to);
        bars[to].focus();
      } else if (event.key === "Enter" && anchor !== null) {
        const [first, last] = [anchor, end];
        anchor = null;
        period(bars[first], bars[last]);
      } else if (event.key === "Escape" && anchor !== null) {
        anchor = null;
        paint();
      } else {
        return;
      }
      event.preventDefault();
    });
  };

  // --- Long lists of values can be searched ------------------------------------------------------------------------------

  const fold = (text) => text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "").replaceAll("ß", "ss");

  const prepareLists = () => {
    for (const part of document.querySelectorAll(".facettensuche")) {
      part.hidden = false;
      const field = part.querySelector("input");
      field.addEventListener("input", () => {
        const wanted = fold(field.value.trim());
        for (const row of part.parentElement.querySelectorAll("li")) row.hidden = !fold(row.textContent).includes(wanted);
        for (const place of part.parentElement.querySelectorAll(".ort")) place.hidden = !place.querySelector("li:not([hidden])");
      });
      field.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
    }
  };

  const prepare = () => {
    prepareBars();
    prepareLists();
  };

  prepare();
})();
