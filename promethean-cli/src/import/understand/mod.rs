//! PM2's reading of an app: its aliases, its types, what it splits and what it drops.
//!
//! 1. `keys` finds the value of each attribute where PM2's validator finds it;
//! 2. `values` gives it the type of its attribute;
//! 3. `program` turns script, interpreter and arguments into a kind of service;
//! 4. `variables` reads the environment.

mod keys;
mod program;
mod values;
mod variables;

use camino::{Utf8Path, Utf8PathBuf};
use promethean_core::attribute::{Attribute, Form, Owner, Part};
use promethean_core::declaration::Kind;
use promethean_core::paths;
use promethean_core::pm2::{is_node, is_node_itself};

use super::data::Data;
use super::places::Places;
use super::read::{Configuration, Environment};
use keys::Keys;

pub(super) use values::{Given, Raw, Setting, settled};
pub(super) use variables::Variable;

/// An app as PM2 reads it, in the terms of the language.
#[derive(Clone, Debug)]
pub(super) struct App {
    /// Its name in PM2.
    pub(super) name: String,
    /// Its namespace in PM2.
    pub(super) namespace: Option<String>,
    pub(super) kind: Kind,
    /// Its absolute directory.
    pub(super) directory: Utf8PathBuf,
    /// Its attributes, in the order of the table.
    pub(super) settings: Vec<Setting>,
    /// Its environment.
    pub(super) env: Vec<(String, Variable)>,
    /// What is different with `--env NAME`.
    pub(super) profiles: Vec<(String, Vec<(String, Variable)>)>,
    /// What a reader should know.
    pub(super) comments: Vec<String>,
    /// What is not as it was, and why.
    pub(super) changes: Vec<Change>,
}

/// Something that is not as PM2 reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    /// PM2's name of the attribute; a variable is `env.NAME`.
    pub(super) key: String,
    /// Why.
    pub(super) reason: String,
    /// What that means for who reads it.
    pub(super) sort: Sort,
}

/// What a change means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// PM2 comes to the same by itself.
    Same,
    /// It is better so: PM2 would not have done what was meant.
    Repaired,
    /// Something is not as it was.
    LeftOut,
}

impl App {
    pub(super) fn comment(&mut self, line: impl Into<String>) {
        let line = line.into();
        if !self.comments.contains(&line) {
            self.comments.push(line);
        }
    }

    /// Says in a comment what was left out, and remembers it for the comparison.
    pub(super) fn left_out(&mut self, key: &str, reason: impl Into<String>) {
        let reason = reason.into();
        self.comment(format!("{key} is omitted: {reason}."));
        self.changes.push(Change { key: key.to_owned(), reason, sort: Sort::LeftOut });
    }

    /// Says in a comment what is better now, and remembers it for the comparison.
    pub(super) fn repaired(&mut self, key: &str, reason: impl Into<String>) {
        let reason = reason.into();
        self.comment(format!("{reason}."));
        self.changes.push(Change { key: key.to_owned(), reason, sort: Sort::Repaired });
    }

    /// Remembers that something looks otherwise and comes to the same.
    pub(super) fn same(&mut self, key: &str, reason: &str) {
        let (key, reason) = (key.to_owned(), reason.to_owned());
        self.changes.push(Change { key, reason, sort: Sort::Same });
    }

    /// What an attribute is given.
    pub(super) fn setting(&self, name: &str) -> Option<&Setting> {
        self.settings.iter().find(|setting| setting.attribute.name == name)
    }

    /// The plain texts of its environment.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.env.iter().filter_map(|(_, variable)| match variable {
            Variable::Text(text) => Some(text.as_str()),
            _ => None,
        })
    }

    /// Takes an attribute away.
    pub(super) fn remove(&mut self, name: &str) -> Option<Setting> {
        let place = self.settings.iter().position(|setting| setting.attribute.name == name)?;
        Some(self.settings.remove(place))
    }

    /// Gives an attribute values, in its place of the table.
    pub(super) fn set(&mut self, name: &str, values: Vec<Raw>) {
        self.remove(name);
        let Some(attribute) = Attribute::find(name) else { return };
        let row = Attribute::position(name);
        let place =
            self.settings.partition_point(|other| Attribute::position(other.attribute.name) < row);
        self.settings.insert(place, Setting { attribute, raw: values::Given::Values(values) });
    }
}

/// Reads all apps of a configuration.
pub(super) fn apps(configuration: &Configuration, base: &Utf8Path) -> Vec<App> {
    let environment = &configuration.environment;
    let mut apps: Vec<App> = configuration
        .apps
        .iter()
        .enumerate()
        .map(|(index, data)| {
            let mut app = Reading { data, environment, base }.app(index);
            for (way, depends) in configuration.depends(index) {
                app.comment(depends.told(&format!("`{way}`")));
            }
            app
        })
        .collect();
    variables::tell_apart(&mut apps);
    apps
}

/// The directories of the apps as they are written.
pub(super) fn written_directories(configuration: &Configuration) -> Vec<&str> {
    let apps = configuration.apps.iter();
    apps.filter_map(|app| app.get("cwd").and_then(Data::as_text)).collect()
}

/// The name of the app of an entry, as PM2 gives it (`renderApplicationName` in its
/// `lib/Common.js`).
pub(super) fn name(data: &Data, index: usize) -> String {
    let text = |key: &str| data.get(key).and_then(values::text_of).filter(|text| !text.is_empty());
    if let Some(name) = text("name") {
        return name;
    }
    let script = ["script", "exec", "cmd", "command"].into_iter().find_map(text);
    let Some(script) = script else { return format!("app-{index}") };
    let file = script.rsplit(['/', '\\']).find(|part| !part.is_empty()).unwrap_or(&script);
    match file.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem.to_owned(),
        _ => file.to_owned(),
    }
}

/// One app while it is read.
struct Reading<'a> {
    data: &'a Data,
    environment: &'a Environment,
    /// The directory that is meant where none is written: that of the file.
    base: &'a Utf8Path,
}

impl Reading<'_> {
    fn app(&self, index: usize) -> App {
        let keys = Keys::of(self.data);
        keys.know("name");
        let mut app = App {
            name: name(self.data, index),
            namespace: None,
            kind: Kind::Script,
            directory: self.base.to_owned(),
            settings: Vec::new(),
            env: Vec::new(),
            profiles: Vec::new(),
            comments: Vec::new(),
            changes: Vec::new(),
        };
        self.names(&keys, &mut app);
        self.directory(&keys, &mut app);
        self.settings(&keys, &mut app);
        program::understand(self, &keys, &mut app);
        relative_paths(&mut app);
        variables::read(self, &mut app);
        keys.comment(&mut app);
        only_what_fits(&mut app);
        app
    }

    /// The text that a value outside of `env` has: with what is known of this machine, else what it
    /// is when nothing is set.
    fn text(&self, key: &str, data: &Data, app: &mut App) -> Option<String> {
        let Data::Outside(outside) = data else { return values::text_of(data) };
        match values::settled(outside, &self.environment.base) {
            Ok(text) => Some(text),
            Err(variables) => {
                let or = outside.or.as_deref().and_then(values::text_of);
                values::comment_on_outside(key, &variables, or.as_deref(), app);
                or
            }
        }
    }

    fn names(&self, keys: &Keys<'_>, app: &mut App) {
        if let Some(Data::Outside(_)) = self.data.get("name") {
            app.comment("Its name was built from environment variables.");
        }
        let namespace = keys.value("namespace").and_then(|data| self.text("namespace", data, app));
        app.namespace =
            namespace.filter(|namespace| namespace != "default" && !namespace.is_empty());
    }

    fn directory(&self, keys: &Keys<'_>, app: &mut App) {
        let Some(written) = keys.value("cwd").and_then(|data| self.text("cwd", data, app)) else {
            return;
        };
        app.directory = if Places::is_of_windows(&written) {
            Utf8PathBuf::from(written)
        } else {
            paths::join(self.base, Utf8Path::new(&written))
        };
    }

    /// All attributes that are PM2's and no part of the program.
    fn settings(&self, keys: &Keys<'_>, app: &mut App) {
        let rows = promethean_core::attribute::ATTRIBUTES.iter();
        for attribute in rows.filter(|row| matches!(row.owner, Owner::Pm2 { .. })) {
            let Some(data) = keys.value(attribute.name) else { continue };
            let of_program = matches!(
                attribute.part,
                Some(Part::Arguments | Part::Interpreter | Part::InterpreterArguments)
            );
            if of_program || attribute.name == "username" {
                continue;
            }
            match values::given(attribute, data, &self.environment.base, app) {
                Ok(None) => {}
                Ok(Some(raw)) => app.settings.push(Setting { attribute, raw }),
                Err(reason) => app.left_out(attribute.name, reason),
            }
        }
        two_delays(app);
    }
}

/// Paths are written relative to the directory of the app where they lie below the file.
fn relative_paths(app: &mut App) {
    let directory = app.directory.clone();
    for setting in &mut app.settings {
        let takes_paths = matches!(setting.attribute.name, "watch" | "ignore_watch" | "entry");
        let values::Given::Values(values) = &mut setting.raw else { continue };
        if !takes_paths {
            continue;
        }
        for value in values {
            if let Raw::Text(path) = value
                && let Some(relative) = Places::relative(Utf8Path::new(path), &directory)
            {
                *path = relative;
            }
        }
    }
}

/// PM2 takes the growing delay and drops the fixed one; the language refuses both.
fn two_delays(app: &mut App) {
    if app.setting("exp_backoff_restart_delay").is_some() && app.remove("restart_delay").is_some() {
        app.repaired(
            "restart_delay",
            "PM2 takes `exp_backoff_restart_delay` and never read `restart_delay`",
        );
    }
}

/// What means nothing to a kind of service is no part of one.
fn only_what_fits(app: &mut App) {
    let kind = app.kind;
    let unfit: Vec<&'static str> = app
        .settings
        .iter()
        .map(|setting| setting.attribute)
        .filter(|attribute| !attribute.applies_to(kind) && attribute.form != Form::Runner)
        .map(|attribute| attribute.name)
        .collect();
    for name in unfit {
        let wanted = app.remove(name).is_some_and(|setting| setting.is_true());
        match wanted {
            true => app.left_out(name, "it applies only to Node programs"),
            false => app.same(name, "it applies only to Node programs"),
        }
    }
    cluster_runs_node(app);
}

/// PM2's cluster is Node's: other programs cannot run in it, and messages do not reach them.
fn cluster_runs_node(app: &mut App) {
    let text = |name: &str| match app.setting(name).and_then(Setting::first) {
        Some(Raw::Text(text) | Raw::Word(text)) => Some(text.as_str()),
        _ => None,
    };
    let runs = |is_node: fn(&str) -> bool| match text("interpreter") {
        Some(interpreter) => is_node(interpreter),
        None => app.kind == Kind::Node && text("runner") != Some("npm"),
    };
    let (clusters, speaks) = (runs(is_node_itself), runs(is_node));
    if !clusters && text("exec_mode").is_some_and(|mode| mode.starts_with("cluster")) {
        app.remove("exec_mode");
        app.left_out("exec_mode", "PM2's cluster mode needs a Node program that PM2 starts itself");
    }
    for key in ["wait_ready", "shutdown_with_message"] {
        if !speaks && app.setting(key).is_some_and(Setting::is_true) {
            app.remove(key);
            app.left_out(key, "messages reach only Node programs that PM2 starts itself");
        }
    }
}
