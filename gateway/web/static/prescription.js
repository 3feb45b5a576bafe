// Makes the prescription form quicker: strengths of the chosen medicine only, lines added and
// removed in place. Without scripts the server adds lines, and each lists every strength by medicine.

const form = document.querySelector("[data-prescription]");
const lines = form?.querySelector("[data-lines]");
const strengths = lines?.querySelector("select[name=strength]").cloneNode(true);

function groupOf(name) {
  const wanted = name.trim().replace(/\s+/g, " ").toLowerCase();
  return [...strengths.querySelectorAll("optgroup")].find((group) =>
    group.dataset.names.split("|").includes(wanted));
}

function narrow(line) {
  const select = line.querySelector("select[name=strength]");
  const group = groupOf(line.querySelector("input[name=medicine]").value);
  const before = select.value;
  const offered = group ? [group.cloneNode(true)] : [...strengths.querySelectorAll("optgroup")].map((g) => g.cloneNode(true));
  select.replaceChildren(strengths.options[0].cloneNode(true), ...offered);
  select.value = before;
  if (select.selectedIndex < 0) select.selectedIndex = 0;
  if (group && group.children.length === 1) select.selectedIndex = 1;
}

function number() {
  const all = [...lines.querySelectorAll("[data-line]")];
  all.forEach((line, place) => {
    line.querySelector("[data-number]").textContent = String(place + 1);
    for (const field of line.querySelectorAll("[id]")) {
      const id = field.id.replace(/\d+$/, String(place + 1));
      line.querySelectorAll(`[for="${field.id}"]`).forEach((label) => { label.htmlFor = id; });
      field.id = id;
    }
    line.querySelector("[data-remove]").hidden = all.length === 1;
  });
  form.querySelector("[data-add]").hidden = all.length >= Number(lines.dataset.most);
}

function add() {
  const line = lines.querySelector("[data-line]").cloneNode(true);
  line.classList.remove("is-refused");
  line.querySelectorAll(".refusals, [data-testid=echo]").forEach((old) => old.remove());
  line.querySelectorAll("[aria-invalid]").forEach((field) => field.removeAttribute("aria-invalid"));
  line.querySelectorAll("input").forEach((field) => { field.value = ""; });
  lines.append(line);
  narrow(line);
  line.querySelector("select").selectedIndex = 0;
  number();
  line.querySelector("input").focus();
}

const PAUSE_MS = 250;

// Shows how the line under the cursor reads; a line that comes nearer takes its place.
function echoLines(quick, echo) {
  let waiting;
  let asked = 0;

  function place() {
    return quick.value.slice(0, quick.selectionStart).split("\n").length - 1;
  }

  async function look() {
    const mine = ++asked;
    const body = new URLSearchParams({ line: quick.value.split("\n")[place()] });
    body.set("csrf_token", form.elements.csrf_token.value);
    try {
      const answer = await fetch(echo.dataset.echo, { method: "POST", body });
      // A later line was asked for since, or the session has ended: the button still reads it.
      if (mine === asked && answer.ok && !answer.redirected) echo.innerHTML = await answer.text();
    } catch {
      echo.replaceChildren();
    }
  }

  quick.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(look, PAUSE_MS);
  });
  echo.addEventListener("click", (event) => {
    if (!event.target.matches("[data-choice]")) return;
    event.preventDefault();
    const all = quick.value.split("\n");
    all[place()] = event.target.dataset.choice;
    quick.value = all.join("\n");
    quick.focus();
    look();
  });
}

if (form) {
  echoLines(form.querySelector("[name=quick]"), form.querySelector("[data-echo]"));
  lines.querySelectorAll("[data-line]").forEach(narrow);
  number();
  lines.addEventListener("input", (event) => {
    if (event.target.name === "medicine") narrow(event.target.closest("[data-line]"));
  });
  lines.addEventListener("click", (event) => {
    if (!event.target.matches("[data-remove]")) return;
    event.target.closest("[data-line]").remove();
    number();
  });
  form.querySelector("[data-add]").addEventListener("click", (event) => {
    event.preventDefault();
    add();
  });
}
