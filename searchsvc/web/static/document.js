// The document page with script: jump from hit to hit, large pictures of pages. All of it works without.
"use strict";

(() => {
  document.documentElement.classList.add("js");

  // --- From hit to hit ------------------------------------------------------------------------------------------------

  const marks = [...document.querySelectorAll(".wortlaut mark")];
  const template = document.getElementById("springen");
  const group = document.getElementById("fundstellen");
  if (template && group && marks.length) {
    // A sibling of the pages, so that it stays in sight while they scroll.
    group.parentElement.after(template.content);
    const said = document.getElementById("stelle");
    const tell = (number) => { said.textContent = said.dataset.stelle.replace("#1", number).replace("#2", marks.length); };
    const previous = document.querySelector("a[rel=prev]");
    const next = document.querySelector("a[rel=next]");
    let current = -1;
    const go = (to) => {
      // Beyond the hits that are shown there may be others on the neighbouring pages.
      if (to < 0 && previous) return location.assign(previous.href);
      if (to >= marks.length && next) return location.assign(next.href);
      marks[current]?.classList.remove("aktuell");
      current = (to + marks.length) % marks.length;
      const mark = marks[current];
      mark.classList.add("aktuell");
      mark.scrollIntoView({ block: "center" });
      tell(current + 1);
      return undefined;
    };
    const fromHere = () => {
      const place = location.hash && document.getElementById(location.hash.slice(1));
      const at = place ? marks.findIndex((mark) => place.compareDocumentPosition(mark) & Node.DOCUMENT_POSITION_FOLLOWING) : 0;
      return Math.max(0, at);
    };
    document.getElementById("vorige-stelle").addEventListener("click", () => go(current < 0 ? marks.length - 1 : current - 1));
    document.getElementById("naechste-stelle").addEventListener("click", () => go(current < 0 ? fromHere() : current + 1));
  }

  // --- The slash key leads to the search box, as on the search page -----------------------------------------------------

  const box = document.getElementById("q");
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || !box) return;
    if (event.target.closest?.("input, textarea, select, dialog")) return;
    event.preventDefault();
    box.focus();
    box.select();
  });

  // --- Reporting: the link opens the form -----------------------------------------------------------------------------

  const openReport = () => { if (location.hash === "#melden") document.getElementById("meldung").open = true; };
  addEventListener("hashchange", openReport);
  openReport();

  // --- Large pictures --------------------------------------------------------------------------------------------------

  const dialog = document.getElementById("grossbild");
  if (!dialog) return;
  const links = [...document.querySelectorAll("a.bild")];
  const title = document.getElementById("grossbild-titel");
  const picture = document.createElement("img");
  picture.id = "bild-gross";
  dialog.querySelector(".flaeche").append(picture);
  const back = document.getElementById("bild-zurueck");
  const on = document.getElementById("bild-weiter");
  let shown = 0;

  const show = (at) => {
    if (!links[at]) return;
    shown = at;
    title.textContent = title.dataset.titel.replace("#", links[at].dataset.seite);
    picture.alt = links[at].querySelector("img").alt;
    picture.src = links[at].href;
    back.disabled = at === 0;
    on.disabled = at === links.length - 1;
    picture.parentElement.scrollTop = 0;
  };

  links.forEach((link, at) => link.addEventListener("click", (event) => {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    show(at);
    dialog.showModal();
  }));
  back.addEventListener("click", () => show(shown - 1));
  on.addEventListener("click", () => show(shown + 1));
  document.getElementById("bild-zu").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowRight") show(shown + 1);
    else if (event.key === "ArrowLeft") show(shown - 1);
    else return;
    event.preventDefault();
  });
  dialog.addEventListener("close", () => {
    links[shown].focus();
    picture.removeAttribute("src");
  });
})();
