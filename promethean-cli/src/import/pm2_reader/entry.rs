//! PM2's reading of one entry: its aliases, its types, what it splits and what it drops.

use camino::{Utf8Path, Utf8PathBuf};
use promethean_core::attribute::{Form, Owner, Part};
use promethean_core::declaration::Kind;
use promethean_core::list::some_of;
use promethean_core::paths;
use promethean_core::pm2::{is_node, is_node_itself};
use promethean_core::shell::is_shell;

use super::configuration::{Configuration, Environment};
use super::data::{Data, Outside};
use super::evaluate::trace::{Depends, Sort as DependsKind};
use super::keys::Keys;
use super::{program, values, variables};
use crate::import::app::{App, Given, Raw, Setting, capital};
use crate::import::import_paths::ImportPaths;
use crate::import::secret::{is_secret, looks_secret};

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
                depend(&mut app, way, depends);
            }
            app
        })
        .collect();
    variables::tell_apart(&mut apps);
    apps
}

/// Says that something depends on the environment, and that this is not imported.
fn depend(app: &mut App, way: &str, depends: &Depends) {
    let key = way.split('[').next().unwrap_or(way);
    let reason = depends.reason();
    if depends.sort == DependsKind::Absent {
        return app.left_out(key, reason);
    }
    app.comment_on(key, format!("{}.", capital(&reason)));
    let name = key.rsplit('.').next().unwrap_or(key);
    let value = depends.value.as_deref().filter(|value| !is_secret(name) && !looks_secret(value));
    match value {
        Some(value) => app.changed(key, format!("here it is {value}: {reason}")),
        None => app.changed(key, reason),
    }
}

/// The directories of the apps as they are written.
pub(super) fn written_directories(configuration: &Configuration) -> Vec<&str> {
    let apps = configuration.apps.iter();
    apps.filter_map(|app| app.get("cwd").and_then(Data::as_text)).collect()
}

/// The relative paths that the apps name: directories, and scripts that have none.
pub(super) fn written_paths(configuration: &Configuration) -> Vec<&str> {
    let paths = configuration.apps.iter().filter_map(|app| {
        let written = app.get("cwd").or_else(|| app.get("script"))?;
        written.as_text().filter(|path| !path.starts_with('/'))
    });
    paths.collect()
}

/// The name of the app of an entry, as PM2 gives it (`renderApplicationName` in its
/// `lib/Common.js`).
pub(super) fn name(data: &Data, index: usize) -> String {
    let text = |key: &str| data.get(key).and_then(values::text_of).filter(|text| !text.is_empty());
    if let Some(name) = text("name") {
        return name;
    }
    let script = ["script", "exec", "cmd", "command"].into_iter().find_map(text);
    script.map_or_else(|| format!("app-{index}"), |script| name_of_script(&script).to_owned())
}

/// The name that PM2 gives an app by its script: the file without its ending.
pub(super) fn name_of_script(script: &str) -> &str {
    let file = script.rsplit(['/', '\\']).find(|part| !part.is_empty()).unwrap_or(script);
    match file.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        Some(_) | None => file,
    }
}

/// One app while it is read.
pub(super) struct Reading<'a> {
    pub(super) data: &'a Data,
    pub(super) environment: &'a Environment,
    /// The directory that is meant where none is written: that of the file.
    pub(super) base: &'a Utf8Path,
}

impl Reading<'_> {
    fn app(&self, index: usize) -> App {
        let keys = Keys::of(self.data);
        keys.know("name");
        let mut app =
            App { name: name(self.data, index), directory: self.base.to_owned(), ..App::nobody() };
        self.names(&keys, &mut app);
        self.directory(&keys, &mut app);
        self.settings(&keys, &mut app);
        let node_options = program::read(self, &keys, &mut app);
        relative_paths(&mut app, self.base);
        variables::read(self, &mut app);
        if let Some(options) = node_options {
            variables::add_node_options(&options, &mut app);
        }
        keys.comment(&mut app);
        only_what_fits(&mut app);
        let is_off = Given::Values(vec![Raw::Boolean(false)]);
        let never_starts = app.setting("autostart").is_some_and(|setting| setting.raw == is_off);
        if never_starts && app.setting("cron_restart").is_some() {
            app.comment_on(
                "cron_restart",
                "PM2 never starts it, because of `autostart: false`; `check` reports it.",
            );
        }
        app
    }

    /// The text that a value outside of `env` has: with what is known of this machine, else what it
    /// is when nothing is set.
    pub(super) fn text(&self, key: &str, data: &Data, app: &mut App) -> Option<String> {
        let Data::Outside(outside) = data else { return values::text_of(data) };
        match values::settled(outside, &self.environment.base) {
            Ok(text) => {
                values::comment_on_machine(key, outside, app);
                Some(text)
            }
            Err(variables) => {
                let or = outside.or.as_deref().and_then(values::text_of);
                values::comment_on_outside(key, &variables, or.as_deref(), app);
                or
            }
        }
    }

    /// Whether something from outside has a value here: that of this machine, or a default.
    pub(super) fn is_settled(&self, outside: &Outside) -> bool {
        outside.or.is_some() || values::settled(outside, &self.environment.base).is_ok()
    }

    fn names(&self, keys: &Keys<'_>, app: &mut App) {
        if let Some(Data::Outside(outside)) = self.data.get("name") {
            let (variables, name) = (outside.variables(), &app.name);
            let here = format!("here it is {name}: the original builds it from {variables}");
            let comment = format!("The original builds its name from {variables}.");
            app.changed("name", here);
            app.comment(comment);
        }
        let namespace = keys.value("namespace").and_then(|data| self.text("namespace", data, app));
        app.namespace =
            namespace.filter(|namespace| namespace != "default" && !namespace.is_empty());
    }

    fn directory(&self, keys: &Keys<'_>, app: &mut App) {
        let Some(written) = keys.value("cwd").and_then(|data| self.text("cwd", data, app)) else {
            return;
        };
        app.directory = if ImportPaths::is_of_windows(&written) {
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
            // The namespace is known, and `factor` finds its place.
            if of_program || matches!(attribute.name, "username" | "namespace") {
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

/// Paths are written relative to the directory of the app where they lie below the root.
fn relative_paths(app: &mut App, base: &Utf8Path) {
    let directory = app.directory.clone();
    for setting in &mut app.settings {
        let takes_paths = matches!(
            setting.attribute.name,
            "watch" | "ignore_watch" | "entry" | "node_args" | "runner"
        );
        let Given::Values(values) = &mut setting.raw else { continue };
        if !takes_paths {
            continue;
        }
        for value in values {
            let Raw::Text(text) = value else { continue };
            // `--require=/path`
            let (option, path) = match text.split_once('=') {
                Some((option, path)) if setting.attribute.name == "node_args" => (option, path),
                _ => ("", text.as_str()),
            };
            if let Some(relative) = ImportPaths::within(Utf8Path::new(path), &directory, base) {
                *text = match option {
                    "" => relative,
                    option => format!("{option}={relative}"),
                };
            }
        }
    }
}

/// PM2 passes its whole environment on: what a line of the shell reads of it is named.
pub(super) fn variables_of_line(app: &mut App) {
    let Some(Given::Values(values)) = app.setting("run").map(|setting| &setting.raw) else {
        return;
    };
    let [Raw::Text(shell), Raw::Text(option), Raw::Text(line), ..] = values.as_slice() else {
        return;
    };
    if !is_shell(shell) || option != "-c" {
        return;
    }
    let names = super::read_by_shell(line).into_iter();
    let names = names.filter(|name| app.env.iter().all(|(known, _)| known != name));
    let names: Vec<String> = names.collect();
    if names.is_empty() || app.setting("env_file").is_some() {
        return;
    }
    let entries = names.iter().map(|name| {
        let source = if variables::is_hidden(name) { "secret" } else { "inherit" };
        format!("{name} = {source} or unset;")
    });
    let entries: Vec<String> = entries.collect();
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let reason = format!(
        "the line reads {}, which PM2 passes on from its own environment; here `env {{ {} }}` gives it to the program",
        some_of(&names, usize::MAX - 1),
        entries.join(" ")
    );
    app.differs("run", reason);
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
        Some(
            Raw::Boolean(_) | Raw::Integer(_) | Raw::Float(_) | Raw::Duration(_) | Raw::Size(_),
        )
        | None => None,
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
