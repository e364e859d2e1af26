//! Two readings of one app, side by side.

use std::collections::BTreeSet;

use camino::Utf8Path;
use promethean_core::attribute::{Attribute, Owner};
use promethean_core::endpoint::PORT;
use promethean_core::paths;
use promethean_core::pm2;
use serde_json::{Map, Value, json};

use crate::import::app::Change;
use crate::import::pm2_reader::data::whole;
use crate::import::pm2_reader::evaluate::trace::legible_names;
use crate::import::secret::{hide, is_secret, looks_secret};
use crate::import::verification::Difference;

/// An app that is not there any more.
pub(super) fn absent(app: &str) -> Difference {
    Difference {
        app: app.to_owned(),
        key: "name".to_owned(),
        original: Some(app.to_owned()),
        imported: None,
        reason: None,
    }
}

/// What the importer itself says about an app.
pub(super) fn told(app: &str, change: &Change) -> Difference {
    Difference {
        app: app.to_owned(),
        key: change.key.clone(),
        original: None,
        imported: None,
        reason: Some(change.reason.clone()),
    }
}

/// That something is another when variables are set.
pub(super) fn in_an_environment(app: &str, key: &str) -> Difference {
    let reason = "with variables of the environment set, it is another".to_owned();
    let (app, key) = (app.to_owned(), key.to_owned());
    Difference { app, key, original: None, imported: None, reason: Some(reason) }
}

/// The name that the table of attributes has for what differs.
pub(super) fn table_name(difference: &Difference) -> &str {
    if difference.key == "exec_interpreter" { "interpreter" } else { &difference.key }
}

/// The two readings.
pub(super) struct Sides<'a> {
    pub(super) app: &'a str,
    /// The directory that relative paths of the original are meant in.
    pub(super) base: &'a Utf8Path,
    pub(super) original: &'a Map<String, Value>,
    pub(super) imported: &'a Map<String, Value>,
}

impl Sides<'_> {
    /// All differences. `clear` are the variables that stand in the clear in the original, each
    /// with the mark that stands for it in what was imported.
    pub(super) fn differences(&self, clear: &[(String, String)]) -> Vec<Difference> {
        let keys: BTreeSet<&String> = self.original.keys().chain(self.imported.keys()).collect();
        let mut differences = Vec::new();
        self.variables("env", clear, &mut differences);
        // `port` is a variable.
        for key in keys.into_iter().filter(|key| !matches!(key.as_str(), "env" | "port")) {
            if key.starts_with("env_") {
                self.variables(key, clear, &mut differences);
                continue;
            }
            let original = Sides::changing(key, self.original, self.normal(key, self.original));
            let imported = Sides::changing(key, self.imported, self.normal(key, self.imported));
            if original != imported && !self.is_added(key, original.as_ref(), imported.as_ref()) {
                differences.push(self.difference(key, original.as_ref(), imported.as_ref()));
            }
        }
        differences
    }

    fn difference(
        &self,
        key: &str,
        original: Option<&Value>,
        imported: Option<&Value>,
    ) -> Difference {
        let text = |value: Option<&Value>| value.map(|value| hide_all(&value.to_string()));
        Difference {
            app: self.app.to_owned(),
            key: key.to_owned(),
            original: text(original),
            imported: text(imported),
            reason: None,
        }
    }

    fn variables(
        &self,
        block: &str,
        clear: &[(String, String)],
        differences: &mut Vec<Difference>,
    ) {
        // What PM2 takes for the environment called `file` is a file to the importer.
        if self.original.get(block).is_some_and(|value| !value.is_object()) {
            return;
        }
        // PM2 sets PORT to `port`, whatever the variables say (`prepareAppConf` in its `lib/Common.js`).
        let port = |map: &Map<String, Value>| {
            let port = map.get("port").filter(|port| !port.is_null());
            port.map(|port| {
                (PORT.to_owned(), port.as_str().map_or(port.to_string(), str::to_owned))
            })
        };
        let side = |map: &Map<String, Value>, block: &str| {
            let mut variables = self::variables(map.get("env"));
            variables.extend(port(map));
            if block != "env" {
                variables.extend(self::variables(map.get(block)));
            }
            variables
        };
        let mut original = side(self.original, block);
        original.extend(port(self.original));
        let imported = side(self.imported, block);
        if block != "env" && !self.original.contains_key(block) {
            // It is another app's profile, and this one is the same with it.
            if imported == side(self.imported, "env") {
                return;
            }
        }
        let keys: BTreeSet<&String> = original.keys().chain(imported.keys()).collect();
        for key in keys {
            let (before, after) = (original.get(key), imported.get(key));
            let way = format!("{block}.{key}");
            if before == after || is_of_python(key, before, after) {
                continue;
            }
            let stored = clear.iter().any(|(known, mark)| {
                let own = [format!("env.{key}"), way.clone()];
                own.contains(known) && after == Some(mark)
            });
            if stored && before.is_some() {
                continue;
            }
            let json = |text: &String| match is_secret(key) || looks_secret(text) {
                true => json!("…"),
                false => json!(legible_names(text)),
            };
            let (before, after) = (before.map(json), after.map(json));
            differences.push(self.difference(&way, before.as_ref(), after.as_ref()));
        }
    }

    /// A value that changes something: PM2's own defaults are nothing.
    fn changing(key: &str, side: &Map<String, Value>, value: Option<Value>) -> Option<Value> {
        let text = match value.as_ref()? {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let one_fork = || {
            let is = |key: &str, all: &[&str]| {
                side.get(key).is_none_or(|value| {
                    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                    all.contains(&text.as_str())
                })
            };
            // PM2 clusters Node programs with `instances` where no mode is written.
            is("instances", &["1"])
                && side.contains_key("exec_mode")
                && is("exec_mode", &["fork", "fork_mode"])
        };
        let is_default = match key {
            "exec_mode" | "instances" => one_fork(),
            key => is_default(key, &text),
        };
        value.filter(|_| !is_default)
    }

    /// The directory of a side.
    fn directory(&self, side: &Map<String, Value>) -> camino::Utf8PathBuf {
        let cwd = side.get("cwd").and_then(Value::as_str).unwrap_or(".");
        paths::join(self.base, Utf8Path::new(cwd))
    }

    /// A value in the one form that all that mean the same have.
    fn normal(&self, key: &str, side: &Map<String, Value>) -> Option<Value> {
        let value = side.get(key).filter(|value| !value.is_null()).cloned();
        let directory = self.directory(side);
        let absolute = |path: &str| json!(paths::join(&directory, Utf8Path::new(path)));
        match (key, value) {
            ("cwd", _) => Some(json!(directory)),
            ("script" | "args" | "exec_interpreter", _) => self.program(key, side),
            ("namespace", Some(Value::String(name))) if name == "default" => None,
            ("exec_mode", Some(Value::String(mode))) => {
                Some(json!(mode.strip_suffix("_mode").unwrap_or(&mode)))
            }
            ("out_file" | "error_file" | "log_file" | "pid_file", Some(Value::String(path))) => {
                let own = path == "NULL" || path.starts_with('~');
                Some(if own { json!(path) } else { absolute(&path) })
            }
            ("watch", Some(Value::String(path))) => Some(json!([absolute(&path)])),
            ("watch", Some(Value::Array(paths))) => {
                let paths = paths.iter().filter_map(Value::as_str);
                let paths: Vec<Value> = paths.map(absolute).collect();
                (!paths.is_empty()).then(|| json!(paths))
            }
            ("max_memory_restart", Some(value)) => Some(bytes(&value)),
            ("port" | "uid" | "gid", Some(Value::String(text))) => {
                Some(text.parse::<i64>().map_or(json!(text), |number| json!(number)))
            }
            ("filter_env" | "post_update" | "stop_exit_codes", Some(value)) => match value {
                Value::Array(items) if items.is_empty() => None,
                Value::Array(_) | Value::Bool(_) => Some(value),
                single => Some(json!([single])),
            },
            ("ignore_watch", Some(Value::Array(items))) => {
                let items: BTreeSet<String> = items
                    .iter()
                    .filter_map(Value::as_str)
                    .map(|glob| match glob.starts_with('/') {
                        true => glob.to_owned(),
                        false => paths::join(&directory, Utf8Path::new(glob)).into_string(),
                    })
                    .collect();
                (!items.is_empty()).then(|| json!(items))
            }
            ("username", _) => None,
            ("node_args", Some(Value::Array(items))) => {
                let items = items.iter().filter_map(Value::as_str).map(|item| {
                    let (option, path) = item.rsplit_once('=').unwrap_or(("", item));
                    let is_path = ["/", "./", "../"].iter().any(|start| path.starts_with(start));
                    match is_path {
                        true => json!([option, absolute(path)]),
                        false => json!(item),
                    }
                });
                let items: Vec<Value> = items.collect();
                (!items.is_empty()).then(|| json!(items))
            }
            (_, Some(Value::Array(items))) if items.is_empty() => None,
            (_, Some(Value::Object(entries))) => {
                let entries = entries.into_iter().filter(|(_, value)| !value.is_null());
                let entries: Map<String, Value> =
                    entries.map(|(key, value)| (key, number(value))).collect();
                (!entries.is_empty()).then_some(Value::Object(entries))
            }
            (_, value) => value.map(number),
        }
    }

    /// The program as what it comes to: an interpreter that PM2 would take by itself is none.
    fn program(&self, key: &str, side: &Map<String, Value>) -> Option<Value> {
        let text = |key: &str| side.get(key).and_then(Value::as_str).unwrap_or_default();
        let script = text("script");
        let args: Vec<String> = match side.get("args") {
            Some(Value::Array(args)) => args
                .iter()
                .map(|arg| match arg {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                })
                .collect(),
            _ => Vec::new(),
        };
        match key {
            "script" => {
                let directory = self.directory(side);
                let is_path = script.contains('/') || script == "." || script.contains('.');
                Some(match is_path {
                    true => json!(paths::join(&directory, Utf8Path::new(script))),
                    false => json!(script),
                })
            }
            "args" => {
                let mut args = args;
                // `npm start` is `npm run start`.
                if script == "npm"
                    && let Some(first) = args.first()
                    && matches!(first.as_str(), "start" | "test" | "stop" | "restart")
                {
                    args.insert(0, "run".to_owned());
                }
                (!args.is_empty()).then(|| json!(args))
            }
            _ => {
                let interpreter = text("exec_interpreter");
                let by_itself = own_interpreter(script);
                let interpreter = if interpreter.is_empty() { by_itself } else { interpreter };
                // A relative path is looked for elsewhere by PM2, where nothing is.
                Some(match interpreter.contains('/') {
                    true => json!(paths::join(&self.directory(side), Utf8Path::new(interpreter))),
                    false => json!(interpreter),
                })
            }
        }
    }

    /// Whether it is what the language adds by itself: what is watched ignores the logs and what PM2
    /// ignores by default.
    fn is_added(&self, key: &str, original: Option<&Value>, imported: Option<&Value>) -> bool {
        if key == "watch_options" && original.is_none() {
            return imported == Some(&json!({"disableGlobbing": true}));
        }
        let watches = self.normal("watch", self.imported);
        if key != "ignore_watch" || watches.is_none_or(|watch| watch == json!(false)) {
            return false;
        }
        let items = |value: Option<&Value>| -> BTreeSet<String> {
            let items = value.and_then(Value::as_array).cloned().unwrap_or_default();
            items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        items(imported).is_superset(&items(original))
    }
}

/// Whether it is the variable that Python gets by itself: PM2 sets it, too, where it knows that it starts
/// Python.
pub(super) fn is_of_python(key: &str, before: Option<&String>, after: Option<&String>) -> bool {
    key == "PYTHONUNBUFFERED" && before.is_none() && after.is_some_and(|after| after == "1")
}

/// The variables of a block, as texts.
pub(super) fn variables(block: Option<&Value>) -> std::collections::BTreeMap<String, String> {
    let entries = block.and_then(Value::as_object).into_iter().flatten();
    let text = |value: &Value| match value {
        // `/a/../b` is `/b`.
        Value::String(text) if text.starts_with('/') && text.contains("/../") => {
            paths::join(Utf8Path::new("/"), Utf8Path::new(text)).into_string()
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    entries.map(|(key, value)| (key.clone(), text(value))).collect()
}

/// Whether PM2 does that by itself.
fn is_default(key: &str, text: &str) -> bool {
    match Attribute::find(key).map(|attribute| attribute.owner) {
        Some(Owner::Pm2 { default }) => !default.is_empty() && default == text,
        Some(Owner::Language) | None => false,
    }
}

/// JSON without secrets.
pub(super) fn hide_all(json: &str) -> String {
    match looks_secret(json) {
        true => "…".to_owned(),
        false => hide(json),
    }
}

/// The interpreter that PM2 takes where none is written; for a program on PATH and a file without an
/// ending it looks into the file, and the importer did, too.
fn own_interpreter(script: &str) -> &'static str {
    match pm2::interpreter_of(script) {
        // PM2 takes Bun for TypeScript only if it is there.
        Some("bun") => "node",
        Some(interpreter) => interpreter,
        None if !script.contains(['/', '.']) => "none",
        None => "node",
    }
}

/// `300M` and its bytes are one.
fn bytes(value: &Value) -> Value {
    let Value::String(text) = value else { return number(value.clone()) };
    let unit: i64 = match text.chars().last() {
        Some('K') => 1 << 10,
        Some('M') => 1 << 20,
        Some('G') => 1 << 30,
        _ => 1,
    };
    let digits = text.trim_end_matches(['K', 'M', 'G']);
    digits
        .parse::<i64>()
        .ok()
        .and_then(|amount| amount.checked_mul(unit))
        .map_or(json!(text), |bytes| json!(bytes))
}

/// JavaScript has one sort of number.
fn number(value: Value) -> Value {
    match value.as_f64().filter(|_| value.is_f64()) {
        Some(float) => whole(float).map_or(value, |whole| json!(whole)),
        None => value,
    }
}
