// The list: searched, filtered and shown in the browser, from the JSON beside this script.
//
// Titles come from the world outside. They are put in with textContent and as encoded parts of
// addresses, and in no other way. Only what is near the window is in the document: 100,000 rows at
// once would make every browser slow; for printing all that is listed is put in.
(() => {
  "use strict";

  const RECORDS_IN_A_BLOCK = 20;
  const data = JSON.parse(document.getElementById("data").textContent);
  const { records, tracks, strings, statuses } = data;
  const nobody = new Set(data.nobody);
  const all = records.id.map((_, record) => record);
  const firstTrack = [];
  let trackCount = 0;
  for (const count of records.tracks) {
    firstTrack.push(trackCount);
    trackCount += count;
  }

  const section = document.getElementById("list");
  const form = section.querySelector("form");
  const list = section.querySelector(".records");
  const fields = form.elements;

  // --- Searching ---------------------------------------------------------------------------------

  const fold = (text) => text.normalize("NFKD").replace(/\p{M}+/gu, "").toLowerCase();
  let folded = null;

  // What is searched, folded once, when somebody searches first.
  function texts() {
    if (!folded) {
      const shared = strings.map(fold);
      folded = {
        record: all.map((record) =>
          [shared[records.artist[record]], fold(records.title[record]), shared[records.label[record]],
            fold(records.catalog[record]), records.year[record] || ""].join("\n")),
        track: tracks.title.map((title, track) =>
          [fold(tracks.position[track]), shared[tracks.artist[track]], fold(title)].join("\n")),
        label: shared,
      };
    }
    return folded;
  }

  const tracksOf = (record) =>
    Array.from({ length: records.tracks[record] }, (_, number) => firstTrack[record] + number);

  // Every word has to be in the track or in what is known of its record.
  function find(wanted) {
    const words = fold(wanted.text).split(/\s+/).filter(Boolean);
    const label = fold(wanted.label.trim());
    const folder = strings.indexOf(wanted.folder);
    const shown = statuses.map((status) => wanted.statuses.includes(status));
    const found = [];
    for (const record of order(wanted.order)) {
      if (wanted.folder && !records.folders[record].includes(folder)) continue;
      if (label && !texts().label[records.label[record]].includes(label)) continue;
      const left = words.filter((word) => !texts().record[record].includes(word));
      const fitting = tracksOf(record).filter((track) =>
        shown[tracks.status[track]] && left.every((word) => texts().track[track].includes(word)));
      if (fitting.length) found.push({ record, tracks: fitting });
    }
    return found;
  }

  const missing = statuses.indexOf("missing");
  const missingOf = (record) =>
    tracksOf(record).reduce((sum, track) => sum + (Number(tracks.status[track]) === missing), 0);
  const orders = { artist: all };

  // The records come sorted by artist; every other order is made when it is asked for.
  function order(name) {
    if (!orders[name]) {
      const collator = new Intl.Collator("en", { numeric: true });
      const sortedBy = {
        label: (a, b) => (!records.label[a] - !records.label[b])
          || collator.compare(strings[records.label[a]], strings[records.label[b]])
          || collator.compare(records.catalog[a], records.catalog[b]),
        added: (a, b) => (records.added[a] < records.added[b] ? 1 : -1) * (records.added[a] !== records.added[b]),
        missing: (() => {
          const counts = all.map(missingOf);
          return (a, b) => counts[b] - counts[a];
        })(),
      };
      orders[name] = [...all].sort(sortedBy[name]);
    }
    return orders[name];
  }

  // --- Showing -----------------------------------------------------------------------------------

  function element(name, kind, ...children) {
    const made = document.createElement(name);
    if (kind) made.className = kind;
    made.append(...children); // texts become text nodes
    return made;
  }

  function text(value) {
    const made = document.createElement("bdi");
    made.textContent = value;
    return made;
  }

  function outside(address, ...children) {
    const made = element("a", "", ...children);
    made.href = address;
    made.target = "_blank";
    made.rel = "noopener noreferrer";
    return made;
  }

  const inWords = (status) => status.replace("_", " ");
  const count = (number, one) => `${number.toLocaleString("en")} ${one}${number === 1 ? "" : "s"}`;

  // As Python's quote(): encodeURIComponent leaves these five as they are.
  const encoded = (words) => encodeURIComponent(words).replace(/[!'()*]/g, (sign) =>
    `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

  function shops(track) {
    if (!tracks.title[track]) return [];
    const artist = nobody.has(tracks.artist[track]) ? "" : strings[tracks.artist[track]];
    const words = encoded(`${artist} ${tracks.title[track]}`.trim().replace(/\s+/g, " "));
    return data.shops.map(([name, before, after]) => outside(before + words + after, name));
  }

  function trackRow(track, record) {
    const status = statuses[tracks.status[track]];
    const title = element("span", "title");
    const artist = tracks.artist[track];
    if (artist && artist !== records.artist[record]) title.append(text(strings[artist]), " \u2013 ");
    title.append(text(tracks.title[track] || "(no title)"));
    const row = element("li", "",
      element("span", `box ${status}`),
      element("span", "position", text(tracks.position[track])),
      title,
      element("span", "duration", tracks.duration[track]),
      element("span", `status ${status}`, inWords(status)),
      element("span", "shops", ...(status === "owned" ? [strings[tracks.sound[track]]] : shops(track))));
    const why = [];
    const file = tracks.file[track];
    if (file && (fields.reasons.checked || status === "other_version" || status === "review")) {
      why.push(element("span", "", "there is: ", text(file)));
    }
    if (fields.reasons.checked && strings[tracks.reason[track]]) {
      why.push(element("span", "", `confidence ${tracks.confidence[track]}: `, text(strings[tracks.reason[track]])));
    }
    if (tracks.disagreement[track]) {
      why.push(element("span", "", "the files disagree: ", text(strings[tracks.disagreement[track]])));
    }
    const joined = why.flatMap((each) => ["; ", each]).slice(1);
    if (joined.length) row.append(element("span", "there-is", ...joined));
    return row;
  }

  function recordPart({ record, tracks: listed }) {
    const name = outside(data.release + records.id[record],
      text(strings[records.artist[record]] || "(no artist)"), " \u2013 ",
      text(records.title[record] || "(no title)"));
    const facts = [strings[records.label[record]], records.catalog[record], records.year[record],
      strings[records.format[record]], ...records.folders[record].map((folder) => `in ${strings[folder]}`)];
    const known = facts.filter(Boolean).flatMap((fact) => [", ", text(fact)]).slice(1);
    return element("article", "record",
      element("h3", "", name),
      element("p", "filed", element("span", "", ...known),
        element("span", "", `${missingOf(record)} of ${records.tracks[record]} missing`)),
      element("ul", "tracks", ...listed.map((track) => trackRow(track, record))));
  }

  let blocks = new Map();
  const near = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) fill(target);
      else if (target.firstChild) empty(target);
    }
  }, { rootMargin: "1500px" });

  function fill(block) {
    if (block.firstChild) return;
    block.append(...blocks.get(block).map(recordPart));
    block.style.height = "";
  }

  function empty(block) {
    block.style.height = `${block.offsetHeight}px`;
    block.replaceChildren();
  }

  // A guess at a height that is put right as soon as the block comes near.
  const likelyHeight = (part) => part.reduce((sum, each) => sum + 70 + 25 * each.tracks.length, 0);

  function show(found) {
    near.disconnect();
    blocks = new Map();
    list.replaceChildren();
    for (let start = 0; start < found.length; start += RECORDS_IN_A_BLOCK) {
      const part = found.slice(start, start + RECORDS_IN_A_BLOCK);
      const block = element("div", "block");
      blocks.set(block, part);
      if (start) block.style.height = `${likelyHeight(part)}px`;
      else fill(block);
      list.append(block);
      near.observe(block);
    }
    const listed = found.reduce((sum, each) => sum + each.tracks.length, 0);
    section.querySelector(".found").textContent = found.length
      ? `${count(listed, "track")} on ${count(found.length, "record")}`
      : "No track fits. Clear the filters to see all.";
  }

  // --- Filters, kept in the address --------------------------------------------------------------

  const empties = { text: "", folder: "", label: "", order: "artist" };

  function wanted() {
    const chosen = statuses.filter((status) => fields[status].checked);
    return {
      ...Object.fromEntries(Object.keys(empties).map((name) => [name, fields[name].value])),
      statuses: chosen.length ? chosen : statuses,
    };
  }

  function describe(now) {
    const said = [
      now.statuses.length < statuses.length && now.statuses.map(inWords).join(" or "),
      now.folder && `in ${now.folder}`,
      now.label && `label ${now.label}`,
      now.text && `\u201c${now.text}\u201d`,
    ].filter(Boolean).join(", ");
    const title = element("b", "", "Crate list");
    const found = section.querySelector(".found").textContent;
    section.querySelector(".printed-for").replaceChildren(
      title, ` ${said ? `${said}: ` : ""}${found}. Ticked: there as a file.`);
  }

  function update() {
    const now = wanted();
    show(find(now));
    describe(now);
  }

  function keep() {
    const now = wanted();
    const said = new URLSearchParams();
    for (const [name, none] of Object.entries(empties)) {
      if (now[name] !== none) said.set(name, now[name]);
    }
    if (now.statuses.length < statuses.length) said.set("status", now.statuses.join(" "));
    history.replaceState(null, "", `#${said}`);
  }

  // From the address, as links in the overview write it too.
  function recall() {
    const said = new URLSearchParams(location.hash.slice(1));
    for (const [name, none] of Object.entries(empties)) {
      fields[name].value = said.get(name) ?? none;
      if (fields[name].selectedIndex === -1) fields[name].value = none;
    }
    const chosen = (said.get("status") ?? "").split(" ");
    for (const status of statuses) fields[status].checked = chosen.includes(status);
    update();
    if (said.size) section.scrollIntoView();
  }

  let waiting = 0;
  form.addEventListener("input", (event) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { update(); keep(); }, event.target.type === "search" ? 120 : 0);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => { update(); keep(); }));
  fields.print.addEventListener("click", () => window.print());
  // The link at the top leads to the list as it is filtered now.
  window.addEventListener("hashchange", () => { if (location.hash !== "#list") recall(); });
  window.addEventListener("beforeprint", () => {
    near.disconnect();
    for (const block of blocks.keys()) fill(block);
  });
  window.addEventListener("afterprint", () => {
    for (const block of blocks.keys()) near.observe(block);
  });

  function options(numbers, into) {
    const names = [...new Set(numbers)].filter(Boolean).map((number) => strings[number]);
    for (const name of names.sort(new Intl.Collator("en").compare)) {
      const option = element("option", "", name);
      option.value = name;
      into.append(option);
    }
  }

  for (const status of statuses) {
    const box = element("input");
    box.type = "checkbox";
    box.name = status;
    form.querySelector("fieldset").append(element("label", "", box, ` ${inWords(status)}`));
  }
  options(records.folders.flat(), fields.folder);
  options(records.label, document.getElementById("labels-known"));
  section.hidden = false;
  document.getElementById("to-list").hidden = false;
  recall();
})();
