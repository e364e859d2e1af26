// What an editor can do in an `ecosystem!`, tried on the real rust-analyzer: a line for each claim.
//
//     node tests/editor/check.mjs
//
// The crate in `system/` is copied, given this repository as its dependency, and opened.

import { spawnSync } from "node:child_process";
import { cpSync, copyFileSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { Server } from "./server.mjs";

const HERE = import.meta.dirname ?? fileURLToPath(new URL(".", import.meta.url));
const REPOSITORY = resolve(HERE, "../..");
const RUST_ANALYZER = process.env.RUST_ANALYZER ?? "rust-analyzer";
const INSTALL = "cargo install ra_ap_rust-analyzer --version 0.0.345 --locked";
// Where std's sources are, if it shall see them.
const STD = process.env.RUST_SRC_PATH;
const MAIN = "src/main.rs";
const BASE = "src/base.rs";
const INFRA = "src/infra.rs";
// Of a file for each service: one that the crate names, and one that it names for rust-analyzer alone.
const HUB = "services/hub/ecosystem.rs";
const CLOCK = "services/clock/ecosystem.rs";
const FILES = [MAIN, BASE, INFRA, HUB, CLOCK];

const directory = realpathSync(mkdtempSync(join(tmpdir(), "promethean-editor-")));
const environment = { CARGO_TARGET_DIR: join(REPOSITORY, "target/editor"), ...process.env };
let server;
let failures = 0;

// ---- Places: `|` in a piece of a file stands before the token that is meant. ----

const path = (file) => join(directory, file);
const original = (file) => readFileSync(path(file), "utf8");

function at(file, piece, text = original(file)) {
  const start = text.indexOf(piece.replace("|", ""));
  if (start < 0) throw new Error(`${file} has no ${JSON.stringify(piece)}`);
  const lines = text.slice(0, start + piece.indexOf("|")).split("\n");
  return { file, line: lines.length - 1, character: lines.at(-1).length };
}

const show = ({ file, line, character }) => `${file}:${line + 1}:${character + 1}`;

function asked({ file, line, character }) {
  return { textDocument: { uri: pathToFileURL(path(file)).href }, position: { line, character } };
}

function answered({ uri, range }) {
  return show({ file: relative(directory, fileURLToPath(uri)), ...range.start });
}

// ---- Questions. ----

async function hover(place) {
  const answer = await server.request("textDocument/hover", asked(place));
  return answer?.contents.value ?? "";
}

async function definition(place) {
  const answer = await server.request("textDocument/definition", asked(place));
  return (answer === null ? [] : [answer].flat()).map(answered).sort();
}

async function references(place) {
  const context = { includeDeclaration: true };
  const answer = await server.request("textDocument/references", { ...asked(place), context });
  return (answer ?? []).map(answered).sort();
}

// The texts of the files that a rename changes.
async function renamed(place, newName) {
  const answer = await server.request("textDocument/rename", { ...asked(place), newName });
  const changes = answer.documentChanges.map(({ textDocument, edits }) => {
    const file = relative(directory, fileURLToPath(textDocument.uri));
    return [file, applied(original(file), edits)];
  });
  return Object.fromEntries(changes.sort());
}

function applied(text, edits) {
  const ranges = edits.map(({ range, newText }) => ({ start: offset(text, range.start), end: offset(text, range.end), newText }));
  ranges.sort((one, other) => other.start - one.start);
  return ranges.reduce((changed, { start, end, newText }) => changed.slice(0, start) + newText + changed.slice(end), text);
}

function offset(text, { line, character }) {
  return text.split("\n").slice(0, line).reduce((sum, before) => sum + before.length + 1, character);
}

// What rust-analyzer itself reports, without rustc. Where it does not see std it knows no coercions
// and reports all that the expansion has, on the word `ecosystem`.
async function reported(file) {
  const answer = await server.request("textDocument/diagnostic", { textDocument: asked({ file }).textDocument });
  return answer.items.filter(({ code }) => STD !== undefined || code !== "E0308");
}

// ---- Claims. ----

async function claim(words, prove) {
  let fault;
  try {
    await prove();
  } catch (error) {
    fault = error.message;
    failures += 1;
  }
  console.log(fault === undefined ? `ok    ${words}` : `FAIL  ${words}\n      ${fault.replaceAll("\n", "\n      ")}`);
}

function same(found, expected, about = "") {
  const [one, other] = [found, expected].map((value) => JSON.stringify(value, null, 1));
  if (one !== other) throw new Error(`${about}found ${one}\nexpected ${other}`);
}

function has(text, part) {
  if (!text.includes(part)) throw new Error(`${JSON.stringify(text)} has no ${JSON.stringify(part)}`);
}

const leads = async (from, ...to) => same(await definition(from), to.map(show).sort(), `${show(from)}: `);

// What the reference of all attributes says.
function meaning(attribute) {
  const page = readFileSync(join(REPOSITORY, "docs/attributes.md"), "utf8");
  const row = page.split("\n").find((line) => line.startsWith(`| \`${attribute}\` |`));
  return row.split(" | ").at(-1).replace(/ \|$/, "");
}

async function hovers() {
  await claim("hover on a kind shows what it is", async () => {
    has(await hover(at(MAIN, "|node cephalon")), "A Node program");
    has(await hover(at(MAIN, "|python indexer")), "pipenv run python -m main");
    has(await hover(at(MAIN, "|script chromadb")), "Any other program");
  });
  await claim("hover on an attribute shows its row of the table", async () => {
    for (const attribute of ["restart_delay", "runner", "run", "port"]) {
      has(await hover(at(MAIN, ` |${attribute} `)), meaning(attribute));
    }
    has(await hover(at(MAIN, " |out ")), meaning("out_file"));
    has(await hover(at(MAIN, "|watch \".\"; }\n        node tail")), meaning("watch"));
  });
  await claim("hover on a runner shows what it runs", async () => {
    has(await hover(at(MAIN, "runner |uv")), "uv run python -m");
  });
  await claim("hover on a statement and on an item shows what it does", async () => {
    has(await hover(at(MAIN, "|depends_on cephalon")), meaning("depends_on"));
    has(await hover(at(MAIN, "|template talker")), "Services that several agents share");
    has(await hover(at(MAIN, "|env discord")), "A named set");
    has(await hover(at(MAIN, "|without voice")), "excludes");
    has(await hover(at(INFRA, "|hint")), "when the external is not there");
  });
  await claim("hover on a unit shows its doc comment, where it is declared and where it is named", async () => {
    has(await hover(at(MAIN, "script |chromadb")), "Where the vectors are.");
    has(await hover(at(MAIN, "depends_on |chromadb")), "Where the vectors are.");
    has(await hover(at(MAIN, "depends_on |duck,")), "Reads, remembers and talks.");
    has(await hover(at(MAIN, "depends_on |cephalon")), "services/cephalon");
  });
}

async function definitions() {
  await claim("declaration of a service, from a template, an agent and another service", async () => {
    await leads(at(MAIN, "depends_on |chromadb, infra"), at(MAIN, "script |chromadb"));
    await leads(at(MAIN, "duck.type, |chromadb"), at(MAIN, "script |chromadb"));
    await leads(at(MAIN, "depends_on |cephalon"), at(MAIN, "node |cephalon"));
    await leads(at(MAIN, "depends_on |indexer"), at(MAIN, "python |indexer"));
    await leads(at(BASE, "depends_on |ears"), at(BASE, "node |ears"));
  });
  await claim("declaration of an agent and, behind a dot, of its services", async () => {
    await leads(at(MAIN, "depends_on |duck, "), at(MAIN, "agent |duck"));
    await leads(at(MAIN, ", |duck.cephalon"), at(MAIN, "agent |duck"));
    await leads(at(MAIN, "duck.|cephalon"), at(MAIN, "node |cephalon"));
    await leads(at(MAIN, "duck.|tail"), at(MAIN, "node |tail"));
  });
  await claim("declaration of a service that has one of Rust's words for a name", async () => {
    await leads(at(MAIN, "duck.|type"), at(MAIN, "node |type"));
  });
  await claim("declaration of a template, and of what `without` and `override` name", async () => {
    await leads(at(MAIN, "agent duck: |talker"), at(MAIN, "template |talker"));
    await leads(at(MAIN, "without |voice"), at(MAIN, "node |voice"));
    await leads(at(MAIN, "override |indexer"), at(MAIN, "python |indexer"));
  });
  await claim("declaration of an env set", async () => {
    await leads(at(MAIN, "..|discord"), at(MAIN, "env |discord"));
  });
  await claim("another ecosystem leads to its static, wherever it is named", async () => {
    await leads(at(MAIN, "use base::|BASE"), at(BASE, "static |BASE"));
    await leads(at(MAIN, "chromadb, infra::|INFRA"), at(INFRA, "static |INFRA"));
    await leads(at(MAIN, "eidolon-field, infra::|INFRA"), at(INFRA, "static |INFRA"));
    await leads(at(MAIN, "eidolon-field, |infra"), { file: INFRA, line: 0, character: 0 });
  });
  await claim("a unit, a template, a service and a set of another ecosystem lead to its static", async () => {
    await leads(at(MAIN, "chromadb, infra::INFRA.|mongodb"), at(INFRA, "static |INFRA"));
    await leads(at(MAIN, "agent owl: |listener"), at(BASE, "static |BASE"));
    await leads(at(MAIN, "override |memory"), at(BASE, "static |BASE"));
    await leads(at(MAIN, "..|locale"), at(BASE, "static |BASE"));
  });
  await claim("a constant in an (expression) is the user's own", async () => {
    await leads(at(MAIN, "ports::|WEB"), at(MAIN, "const |WEB"));
  });
}

async function uses() {
  const places = (...all) => all.map(([file, piece]) => show(at(file, piece))).sort();
  await claim("references of a service of a template, from any of them", async () => {
    const expected = places([MAIN, "node |cephalon"], [MAIN, "depends_on |cephalon"], [MAIN, "duck.|cephalon"]);
    same(await references(at(MAIN, "node |cephalon")), expected);
    same(await references(at(MAIN, "duck.|cephalon")), expected);
  });
  await claim("references of an agent, a template and an env set", async () => {
    same(
      await references(at(MAIN, "agent |duck")),
      places(...["agent |duck", "depends_on |duck,", ", |duck.cephalon", ", |duck.tail", ", |duck.type"].map((at) => [MAIN, at])),
    );
    same(await references(at(MAIN, "template |talker")), places([MAIN, "template |talker"], [MAIN, "duck: |talker"]));
    same(await references(at(MAIN, "env |discord")), places([MAIN, "env |discord"], [MAIN, "..|discord"]));
  });
  await claim("references of a static count each place in other ecosystems", async () => {
    same(
      await references(at(INFRA, "static |INFRA")),
      places([INFRA, "static |INFRA"], [MAIN, "chromadb, infra::|INFRA"], [MAIN, "field, infra::|INFRA"]),
    );
  });
}

async function renames() {
  const replaced = (file, word) => original(file).replaceAll(new RegExp(`(?<![\\w"/])${word}(?![\\w"])`, "g"), "renamed");
  for (const [what, piece, word] of [
    ["a service of a template", "depends_on |cephalon", "cephalon"],
    ["a service of an agent", "node |tail", "tail"],
    ["an agent", "depends_on |duck,", "duck"],
    ["a template", "duck: |talker", "talker"],
    ["an env set", "..|discord", "discord"],
  ]) {
    await claim(`rename of ${what} changes each of its places and nothing else`, async () => {
      same(await renamed(at(MAIN, piece), "renamed"), { [MAIN]: replaced(MAIN, word) });
    });
  }
  await claim("rename of a static changes the ecosystems that name it", async () => {
    same(await renamed(at(INFRA, "static |INFRA"), "renamed"), {
      [INFRA]: replaced(INFRA, "INFRA"),
      [MAIN]: replaced(MAIN, "INFRA"),
    });
  });
  await claim("a word of the language and a name of another ecosystem are not renamed", async () => {
    for (const piece of ["|restart_delay", "|node cephalon", "infra::INFRA.|mongodb"]) {
      const answer = await renamed(at(MAIN, piece), "renamed").catch(() => "refused");
      same(answer, "refused", `${piece}: `);
    }
  });
}

// Shows a file with `from` replaced while `prove` looks at it.
async function edited(from, to, prove, file = MAIN) {
  const text = original(file).replace(from, () => to);
  if (text === original(file)) throw new Error(`${file} has no ${JSON.stringify(from)}`);
  server.show(path(file), text);
  try {
    await prove(text);
  } finally {
    server.show(path(file));
  }
}

async function errors() {
  await claim("nothing is reported of a crate without mistakes", async () => {
    for (const file of FILES) same(await reported(file), [], `${file}: `);
  });
  for (const [what, from, to, piece] of [
    ["an unknown attribute", "restart_delay 10s", "restart_delya 10s", "|restart_delya"],
    ["a value of another type", "restart_delay 10s", "restart_delay 10", "restart_delay |10"],
    ["an unknown dependency", "depends_on cephalon", "depends_on cephlon", "depends_on |cephlon"],
    ["an unknown service of an agent", "duck.cephalon", "duck.cephlon", "duck.|cephlon"],
  ]) {
    await claim(`${what} is reported on its token, and its declaration leads nowhere else`, async () => {
      await edited(from, to, async (text) => {
        const place = at(MAIN, piece, text);
        const [problem, ...others] = await reported(MAIN);
        same([show({ file: MAIN, ...problem.range.start }), others], [show(place), []]);
        same((await definition(place)).filter((found) => found !== show(place)), []);
      });
    });
  }
  await claim("hover on a wrong word says what is wrong", async () => {
    await edited("restart_delay 10s", "restart_delya 10s", async (text) => {
      has(await hover(at(MAIN, "|restart_delya", text)), "did you mean `restart_delay`?");
    });
  });
  await claim("what rustc alone finds, over several ecosystems, does not lead into promethean either", async () => {
    for (const [from, to, piece] of [
      ["INFRA.mongodb;\n        env", "INFRA.mongdb;\n        env", "INFRA.|mongdb"],
      ["duck: talker", "duck: tolker", "duck: |tolker"],
      ["..discord", "..discrod", "..|discrod"],
      ["port (ports::WEB)", "port (ports::WEP)", "ports::|WEP"],
    ]) {
      await edited(from, to, async (text) => {
        const found = await definition(at(MAIN, piece, text));
        same(found.filter((place) => !place.startsWith("src/")), [], `${to}: `);
      });
    }
  });
}

async function typing() {
  // The edits are made in `main`'s ecosystem, in the middle of the file.
  for (const [what, from, to] of [
    ["half a line", 'watch ".";\n            instances', "wat\n            instances"],
    ["half a dependency", "depends_on first;", "depends_on first,"],
    ["a path that ends in `::`", "depends_on first;", "depends_on infra::"],
    ["a name that ends in a dot", "depends_on first;", "depends_on first."],
    ["a kind alone", "node second", "node\n        node second"],
    ["a missing semicolon", 'watch ".";\n            instances', 'watch "."\n            instances'],
    ["a `}` too many", "instances 2;\n        }", "instances 2;\n        } }"],
  ]) {
    await claim(`with ${what} it is still an ecosystem, and the rest of the file lives`, async () => {
      await edited(from, to, async (text) => {
        has(await hover(at(MAIN, "let |small", text)), "let small: Ecosystem");
        await before(text);
        same(await definition(at(MAIN, "main(|after", text)), [show(at(MAIN, "fn |after", text))]);
        same(await definition(at(MAIN, "    |before()\n", text)), [show(at(MAIN, "fn |before", text))]);
      });
    });
  }
  await claim("with half a line the names beside it live", async () => {
    await edited("instances 2;", "instan", async (text) => {
      same(await definition(at(MAIN, "depends_on |first", text)), [show(at(MAIN, "node |first", text))]);
    });
  });
  await claim("with an agent that has no block yet the unit behind it lives", async () => {
    const owl = original(MAIN).match(/agent owl: listener (\{.*?\n    \})/s)[1];
    await edited(owl, "", async (text) => {
      same(await definition(at(MAIN, "duck.|cephalon", text)), [show(at(MAIN, "node |cephalon", text))]);
      has(await hover(at(MAIN, "|port (", text)), meaning("port"));
    });
  });
  // Rust itself takes all that follows for the inside of what is open, to the end of the file, and
  // rust-analyzer gives such a macro no input. What stands before lives on.
  for (const [what, from, to] of [
    ["an open `{`", 'node first "services/first" {', 'node first "services/first" { env {'],
    ["a missing `}`", "depends_on first;\n        }", "depends_on first;\n        "],
    ["an unfinished string", "depends_on first;", 'out_file "./logs'],
  ]) {
    await claim(`with ${what} it is still an ecosystem, and the file before it lives`, async () => {
      await edited(from, to, async (text) => {
        has(await hover(at(MAIN, "let |small", text)), "let small: Ecosystem");
        await before(text);
      });
    });
  }
  await claim("with a missing `}` in a static it is still that static for all others", async () => {
    await edited('run "./run.sh";\n    }', 'run "./run.sh";\n    ', async (text) => {
      same(await definition(at(MAIN, "&|SYSTEM", text)), [show(at(MAIN, "static |SYSTEM", text))]);
      has(await hover(at(MAIN, "&|SYSTEM", text)), "static SYSTEM: Ecosystem");
      same(await definition(at(BASE, "depends_on |ears")), [show(at(BASE, "node |ears"))]);
    });
  });
}

// Files that `include each` finds.
async function many() {
  await claim("in a file of `include each` hover shows what an attribute and a unit are", async () => {
    has(await hover(at(CLOCK, " |restart_delay ")), meaning("restart_delay"));
    has(await hover(at(CLOCK, "depends_on |clock")), "services/clock");
    has(await hover(at(HUB, "node |hub")), "Where all are registered.");
  });
  await claim("in a file of `include each` names lead to their declarations, in it and in other files", async () => {
    await leads(at(CLOCK, "depends_on |clock"), at(CLOCK, "node |clock"));
    await leads(at(CLOCK, "depends_on hub::|ECOSYSTEM"), at(HUB, "static |ECOSYSTEM"));
    await leads(at(CLOCK, "url hub::|ECOSYSTEM"), at(HUB, "static |ECOSYSTEM"));
    await leads(at(CLOCK, "depends_on |hub"), { file: HUB, line: 0, character: 0 });
  });
  await claim("in a file of `include each` a rename changes each of a unit's places", async () => {
    const text = original(CLOCK).replace("node clock ", "node renamed ").replace("depends_on clock", "depends_on renamed");
    same(await renamed(at(CLOCK, "node |clock"), "renamed"), { [CLOCK]: text });
  });
  await claim("in a file of `include each` a mistake is reported on its token", async () => {
    const prove = async (text) => {
      const problems = (await reported(CLOCK)).map((problem) => show({ file: CLOCK, ...problem.range.start }));
      same(problems, [show(at(CLOCK, "|restart_delya", text))]);
      has(await hover(at(CLOCK, "|restart_delya", text)), "did you mean `restart_delay`?");
    };
    await edited("restart_delay 3s", "restart_delya 3s", prove, CLOCK);
  });
}

// The names that stand before the edits.
async function before(text) {
  same(await definition(at(MAIN, "depends_on |cephalon", text)), [show(at(MAIN, "node |cephalon", text))]);
  same(await definition(at(MAIN, "duck: |talker", text)), [show(at(MAIN, "template |talker", text))]);
  same(await definition(at(MAIN, "&|SYSTEM", text)), [show(at(MAIN, "static |SYSTEM", text))]);
}

// ---- The crate and the server. ----

function prepare() {
  if (spawnSync(RUST_ANALYZER, ["--version"]).status !== 0) {
    const tried = process.env.RUST_ANALYZER === undefined ? "on PATH" : `at RUST_ANALYZER=${RUST_ANALYZER}`;
    console.error(`There is no rust-analyzer ${tried}. This installs the one that this was written with:\n\n    ${INSTALL}\n`);
    return false;
  }
  cpSync(join(HERE, "system"), directory, { recursive: true });
  const dependency = `promethean = { path = ${JSON.stringify(REPOSITORY)} }`;
  writeFileSync(
    path("Cargo.toml"),
    `[package]\nname = "system"\nversion = "0.1.0"\nedition = "2024"\n\n[dependencies]\n${dependency}\n\n[workspace]\n`,
  );
  copyFileSync(join(REPOSITORY, "Cargo.lock"), path("Cargo.lock"));
  const built = spawnSync("cargo", ["check", "--quiet"], { cwd: directory, env: environment, stdio: "inherit" });
  if (built.status !== 0) console.error("The crate in tests/editor/system does not compile.");
  return built.status === 0;
}

try {
  if (prepare()) {
    server = await Server.start(RUST_ANALYZER, directory, environment, STD);
    for (const file of FILES) server.show(path(file));
    for (const prove of [hovers, definitions, uses, renames, errors, typing, many]) await prove();
    await server.stop();
  } else {
    failures += 1;
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
process.exit(failures === 0 ? 0 : 1);
