//! PM2's configuration as a `.config.cjs`: plain Node that reads secrets and inherited variables
//! when PM2 loads it, so that it can be committed.

use std::fmt::Write as _;

use camino::Utf8Path;
use smol_str::SmolStr;

use super::config;
use crate::app::{App, SourcePiece, SourceText, Sources, System, Variable};
use crate::reserved::RESERVED_KEYS;
use crate::secrets::DOTENV_LINE;

/// Writes a configuration as a `CommonJS` module.
///
/// `place` is the directory the file will be in, where that is known. A file in the crate's
/// directory, in a root or above one finds the roots from its own place and works in every checkout;
/// elsewhere the paths are absolute.
#[must_use]
pub fn javascript(system: &System, place: Option<&Utf8Path>) -> String {
    let mut text = String::new();
    let writer = Writer { system, roots: roots(system, place) };
    let written = writer.write(&mut text);
    debug_assert!(written.is_ok(), "writing to a String fails for nothing");
    text
}

/// A root of the system and the constant that holds it.
struct Root<'a> {
    path: &'a Utf8Path,
    constant: String,
    /// The path relative to the module's own directory, where it is.
    relative: Option<String>,
}

/// The main root, and those of other ecosystems that are not in it.
fn roots<'a>(system: &'a System, place: Option<&Utf8Path>) -> Vec<Root<'a>> {
    let others = system.other_roots.iter().filter(|root| !root.starts_with(&system.root));
    let paths = std::iter::once(&system.root).chain(others).enumerate();
    let roots = paths.map(|(number, path)| Root {
        path,
        constant: if number == 0 { "root".to_owned() } else { format!("root{}", number + 1) },
        relative: place.and_then(|place| relative(system, path, place)),
    });
    roots.collect()
}

/// The way from the module's directory to a root, if the two belong together.
fn relative(system: &System, root: &Utf8Path, place: &Utf8Path) -> Option<String> {
    if root.parent().is_none() || place.parent().is_none() {
        return None;
    }
    let within = |path: &Utf8Path| {
        system.crate_directory.as_ref().is_some_and(|directory| path.starts_with(directory))
    };
    let together =
        root.starts_with(place) || place.starts_with(root) || within(root) && within(place);
    let shared = root.components().zip(place.components()).take_while(|(one, other)| one == other);
    let shared = shared.count();
    let up = place.components().skip(shared).map(|_| "..");
    let down = root.components().skip(shared).map(|part| part.as_str());
    together.then(|| up.chain(down).collect::<Vec<_>>().join("/"))
}

struct Writer<'a> {
    system: &'a System,
    /// The main root comes first.
    roots: Vec<Root<'a>>,
}

impl Writer<'_> {
    fn write(&self, out: &mut String) -> std::fmt::Result {
        let apps = &self.system.apps;
        let variables = || apps.iter().flat_map(|app| &app.env).map(|(_, variable)| variable);
        let chains = || {
            variables().filter_map(|variable| match variable {
                Variable::Read(sources) if sources.only().is_none() => Some(sources),
                Variable::Plain(_) | Variable::Read(_) => None,
            })
        };
        let secrets = variables().any(Variable::reads_secrets);
        let inherited = variables().any(Variable::reads_inherited);
        let texts = chains().flat_map(|chain| &chain.in_order).any(|source| source.0.len() > 1);
        let needed = chains().any(|chain| !chain.or_unset && chain.defaults().next().is_none());
        let optional = chains().any(|chain| chain.or_unset);
        let env_files = apps.iter().any(|app| !app.env_files.is_empty());
        let relative = self.roots.iter().any(|root| root.relative.is_some());
        out.push_str(HEAD);
        if secrets || env_files {
            out.push_str("const fs = require(\"node:fs\");\n");
        }
        if relative {
            out.push_str("const path = require(\"node:path\");\n");
        }
        if secrets || env_files || relative {
            out.push('\n');
        }
        for Root { path, constant, relative } in &self.roots {
            match relative {
                Some(way) => {
                    writeln!(out, "const {constant} = path.resolve(__dirname, {});", string(way))?;
                }
                None => writeln!(out, "const {constant} = {};", string(path.as_str()))?,
            }
        }
        out.push('\n');
        if secrets || inherited || env_files {
            out.push_str("const missing = [];\n\n");
        }
        if secrets || env_files {
            write!(out, "{}", DOTENV.replace("LINE", DOTENV_LINE))?;
        }
        if secrets {
            out.push_str(SECRET);
        }
        if env_files {
            let names = serde_json::Value::from(RESERVED_KEYS.to_vec()).to_string();
            out.push_str(&ENV_FILE.replace("RESERVED", &names));
        }
        if inherited {
            out.push_str(INHERITED);
        }
        let of_chains = [(texts, TEXT), (needed, NEEDED), (optional, OPTIONAL)];
        for (_, function) in of_chains.into_iter().filter(|(is_called, _)| *is_called) {
            out.push_str(function);
        }
        out.push_str("const apps = [\n");
        for app in apps {
            self.app(out, app)?;
        }
        out.push_str("];\n\n");
        if secrets || inherited || env_files {
            out.push_str(THROW);
        }
        out.push_str("module.exports = { apps };\n");
        Ok(())
    }

    fn app(&self, out: &mut String, app: &App) -> std::fmt::Result {
        out.push_str("  {\n");
        config::attributes(app, |name, given| {
            let value = serde_json::to_value(given).map_err(|_| std::fmt::Error)?;
            // The names are PM2's, all of them identifiers.
            writeln!(out, "    {name}: {},", self.literal(&value))
        })?;
        if !app.env.is_empty() || !app.env_files.is_empty() {
            out.push_str("    env: {\n");
            self.env(out, app)?;
            out.push_str("    },\n");
        }
        out.push_str("  },\n");
        Ok(())
    }

    /// The variables that a file overrides before it, and those that no file overrides last.
    fn env(&self, out: &mut String, app: &App) -> std::fmt::Result {
        let mut left: Vec<(&SmolStr, &Variable)> = app.env.iter().collect();
        for file in &app.env_files {
            let (weaker, stronger): (Vec<_>, Vec<_>) =
                left.into_iter().partition(|(key, _)| file.overrides.contains(key.as_str()));
            left = stronger;
            self.variables(out, app, weaker)?;
            let function = if file.if_exists { "envFileIfExists" } else { "envFile" };
            let (name, path) = (string(&app.name), self.expression(file.path.as_str()));
            writeln!(out, "      ...{function}({name}, {path}),")?;
        }
        self.variables(out, app, left)
    }

    fn variables<'v>(
        &self,
        out: &mut String,
        app: &App,
        variables: impl IntoIterator<Item = (&'v SmolStr, &'v Variable)>,
    ) -> std::fmt::Result {
        variables.into_iter().try_for_each(|(key, variable)| self.variable(out, app, key, variable))
    }

    fn variable(
        &self,
        out: &mut String,
        app: &App,
        key: &str,
        variable: &Variable,
    ) -> std::fmt::Result {
        let name = string(&app.name);
        let value = match variable {
            Variable::Plain(text) => self.expression(text),
            Variable::Read(sources) => match sources.only() {
                Some(source) => {
                    let files = self.secret_files(app);
                    let pieces = source.0.iter().map(|piece| match piece {
                        SourcePiece::Literal(text) => self.expression(text),
                        SourcePiece::Secret(stored) => {
                            format!("secret({name}, {}, {files})", string(stored))
                        }
                        SourcePiece::Inherited(from) => {
                            format!("inherited({name}, {})", string(from))
                        }
                    });
                    pieces.collect::<Vec<_>>().join(" + ")
                }
                None => {
                    let value = self.chain(app, sources);
                    match sources.or_unset {
                        true => {
                            return writeln!(out, "      ...optional({}, {value}),", string(key));
                        }
                        false if sources.defaults().next().is_some() => value,
                        false => {
                            format!("needed({name}, {}, {value})", string(&sources.none_there(key)))
                        }
                    }
                }
            },
        };
        // A key in brackets: `__proto__` is a name like any other there.
        let key = string(key);
        match key.as_str() {
            "\"__proto__\"" => writeln!(out, "      [{key}]: {value},"),
            _ => writeln!(out, "      {key}: {value},"),
        }
    }

    fn secret_files(&self, app: &App) -> String {
        let files = app.secret_files.iter().map(|file| self.expression(file.as_str()));
        format!("[{}]", files.collect::<Vec<_>>().join(", "))
    }

    /// The first source that is there, else `undefined`.
    fn chain(&self, app: &App, Sources { in_order, .. }: &Sources) -> String {
        let files = self.secret_files(app);
        let piece = |piece: &SourcePiece| match piece {
            SourcePiece::Literal(text) => self.expression(text),
            SourcePiece::Secret(stored) => format!("stored({}, {files})", string(stored)),
            SourcePiece::Inherited(from) => format!("process.env[{}]", string(from)),
        };
        let source = |SourceText(pieces): &SourceText| match pieces.as_slice() {
            [] => string(""),
            // A sum has to be one operand.
            [SourcePiece::Literal(text)] => {
                let text = self.expression(text);
                if text.contains(" + ") { format!("({text})") } else { text }
            }
            [only] => piece(only),
            pieces => format!("text({})", pieces.iter().map(piece).collect::<Vec<_>>().join(", ")),
        };
        in_order.iter().map(source).collect::<Vec<_>>().join(" ?? ")
    }

    /// A text as an expression, with the roots in the places of their paths.
    fn expression(&self, text: &str) -> String {
        let mut parts: Vec<String> = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some((position, root)) = self.first_root(rest) {
            let (before, from_root) = rest.split_at(position);
            let after = from_root.strip_prefix(root.path.as_str()).unwrap_or_default();
            literal.push_str(before);
            if ends_a_path(&literal) && begins_after_a_path(after) {
                if !literal.is_empty() {
                    parts.push(string(&literal));
                    literal.clear();
                }
                parts.push(root.constant.clone());
            } else {
                literal.push_str(root.path.as_str());
            }
            rest = after;
        }
        literal.push_str(rest);
        if !literal.is_empty() || parts.is_empty() {
            parts.push(string(&literal));
        }
        parts.join(" + ")
    }

    /// A value as a literal, with the roots in the places of their paths.
    fn literal(&self, value: &serde_json::Value) -> String {
        match value {
            serde_json::Value::String(text) => self.expression(text),
            serde_json::Value::Array(items) => {
                let items: Vec<String> = items.iter().map(|item| self.literal(item)).collect();
                format!("[{}]", items.join(", "))
            }
            serde_json::Value::Object(entries) => {
                let entries = entries.iter();
                let entries =
                    entries.map(|(key, value)| format!("{}: {}", string(key), self.literal(value)));
                format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
            }
            other => other.to_string(),
        }
    }

    /// The root whose path is first in a text; of two in one place the longer one.
    fn first_root(&self, text: &str) -> Option<(usize, &Root<'_>)> {
        let roots = self.roots.iter().filter(|root| root.path.as_str().len() > 1);
        let found = roots.filter_map(|root| Some((text.find(root.path.as_str())?, root)));
        found.min_by_key(|(position, root)| (*position, usize::MAX - root.path.as_str().len()))
    }
}

/// Whether a path can begin behind this text.
fn ends_a_path(before: &str) -> bool {
    !before.ends_with(|last: char| last.is_alphanumeric() || "._-/".contains(last))
}

/// Whether a path ends before this text, or goes on below.
fn begins_after_a_path(after: &str) -> bool {
    !after.starts_with(|first: char| first.is_alphanumeric() || "._-".contains(first))
}

/// A text as a JavaScript literal: JSON is one.
fn string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

const HEAD: &str = "\
// Written by `pm2 --format js` of a Promethean ecosystem; change the ecosystem, not this file.
// Secrets and inherited variables are read when PM2 loads it.
\"use strict\";

";

const DOTENV: &str = r#"// Reads a dotenv file as the npm package `dotenv` does, once; undefined where there is none.
const files = new Map();
function dotenv(file) {
  if (!files.has(file)) files.set(file, readDotenv(file));
  return files.get(file);
}

function readDotenv(file) {
  let text;
  try {
    text = fs.readFileSync(file, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
  const variables = Object.create(null);
  const line = /LINE/gm;
  for (const [, key, written = ""] of text.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n").matchAll(line)) {
    let value = written.trim();
    const quote = value[0];
    if (value.length > 1 && "'\"`".includes(quote) && value.endsWith(quote)) value = value.slice(1, -1);
    if (quote === '"') value = value.replaceAll("\\n", "\n").replaceAll("\\r", "\r");
    if (value.includes("\0")) throw new Error(`the value of ${key}, from ${file}, has a NUL in it`);
    variables[key] = value;
  }
  return variables;
}

"#;

const SECRET: &str = r#"// A secret from the nearest file that has it, else from the environment.
function stored(name, files) {
  for (const file of files) {
    const variables = dotenv(file);
    if (variables !== undefined && Object.hasOwn(variables, name)) return variables[name];
  }
  return process.env[name];
}

function secret(app, name, files) {
  const value = stored(name, files);
  if (value !== undefined) return value;
  missing.push(`${app}: the secret ${name} is neither in ${[...files, "the environment"].join(" nor in ")}`);
  return "";
}

"#;

const ENV_FILE: &str = r"// All variables of a file. PM2 reads some names as settings of the app: these are errors.
const reserved = new Set(RESERVED);
function envFileIfExists(app, file) {
  const variables = dotenv(file);
  for (const key of Object.keys(variables ?? {})) {
    if (reserved.has(key)) missing.push(`${app}: PM2 reads the variable ${key} of ${file} as a setting of the app`);
  }
  return variables;
}

function envFile(app, file) {
  const variables = envFileIfExists(app, file);
  if (variables === undefined) missing.push(`${app}: the env_file ${file} does not exist`);
  return variables;
}

";

const INHERITED: &str = r"// A variable of the environment in which PM2 loads this.
function inherited(app, name) {
  const value = process.env[name];
  if (value === undefined) missing.push(`${app}: ${name} is not set`);
  return value;
}

";

const TEXT: &str = r#"// A text that is there when all its pieces are.
function text(...pieces) {
  return pieces.includes(undefined) ? undefined : pieces.join("");
}

"#;

const NEEDED: &str = r"// A value that one of several sources has to give.
function needed(app, otherwise, value) {
  if (value === undefined) missing.push(`${app}: ${otherwise}`);
  return value;
}

";

const OPTIONAL: &str = r"// A variable that is left out when no source gives it a value.
function optional(key, value) {
  return value === undefined ? {} : { [key]: value };
}

";

const THROW: &str = r#"if (missing.length > 0) throw new Error(missing.join("\n"));

"#;
