//! PM2's configuration as a value that serde can write.

use std::borrow::Cow;

use serde_core::ser::SerializeMap as _;
use serde_core::{Serialize, Serializer};
use smol_str::SmolStr;

use crate::app::{App, Interpreter, Program, System, Variable};
use crate::attribute::{Attribute, NAMESPACE, Setting, camel_case};
use crate::pm2;
use crate::secrets::Environment;

/// PM2's configuration of a system: `{"apps": [ … ]}`.
///
/// Without environments, secrets and inherited variables are left out; [`super::LeftOut`] says
/// which.
#[derive(Debug)]
pub struct Config<'a> {
    system: &'a System,
    environments: Option<&'a [Environment]>,
}

impl<'a> Config<'a> {
    /// The configuration without secrets.
    #[must_use]
    pub fn new(system: &'a System) -> Config<'a> {
        Config { system, environments: None }
    }

    /// The configuration with its secrets in the clear. `environments` are those of the apps, in
    /// their order; variables that are inherited stay out.
    #[must_use]
    pub fn revealing(system: &'a System, environments: &'a [Environment]) -> Config<'a> {
        Config { system, environments: Some(environments) }
    }

    /// The apps, each as it is written.
    pub(super) fn apps(&self) -> impl ExactSizeIterator<Item = Entry<'a>> + Clone + use<'a> {
        let environments = self.environments;
        self.system.apps.iter().enumerate().map(move |(position, app)| Entry {
            app,
            environment: environments.and_then(|all| all.get(position)),
        })
    }
}

impl Serialize for Config<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut config = serializer.serialize_map(Some(1))?;
        config.serialize_entry("apps", &Sequence(self.apps()))?;
        config.end()
    }
}

/// An iterator as a sequence.
struct Sequence<I>(I);

impl<I: Iterator<Item: Serialize> + Clone> Serialize for Sequence<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.clone())
    }
}

/// One app.
pub(super) struct Entry<'a> {
    app: &'a App,
    environment: Option<&'a Environment>,
}

impl<'a> Entry<'a> {
    /// Gives `write` what every app has, under PM2's names.
    pub(super) fn head<E>(
        &self,
        write: impl FnMut(&str, Given<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        head(self.app, write)
    }

    /// The attributes that follow what every app has.
    pub(super) fn settings(&self) -> impl Iterator<Item = (&'a Attribute, &'a Setting)> + use<'a> {
        settings(self.app)
    }

    /// The variables that may be written as they are in the app; `None` where secrets are, too.
    pub(super) fn plain(
        &self,
    ) -> Option<impl Iterator<Item = (&'a SmolStr, &'a SmolStr)> + use<'a>> {
        self.environment.is_none().then(|| plain(self.app))
    }

    /// The environment as far as it may be written.
    pub(super) fn env(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let app = self.app;
        let plain = self.plain().into_iter().flatten();
        let plain = plain.map(|(key, text)| (key.as_str(), text.as_str()));
        let revealed = self.environment.into_iter().flat_map(Environment::iter);
        let inherited = move |key: &str| app.env.get(key).is_some_and(Variable::reads_inherited);
        plain.chain(revealed.filter(move |(key, _)| !inherited(key)))
    }
}

impl Serialize for Entry<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        attributes(self.app, |name, given| map.serialize_entry(name, &given))?;
        if self.env().next().is_some() {
            map.serialize_entry("env", &Env(self))?;
        }
        map.end()
    }
}

/// The environment of an app.
struct Env<'e, 'a>(&'e Entry<'a>);

impl Serialize for Env<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.env())
    }
}

/// What an attribute is given in PM2's configuration.
#[derive(Clone, Copy)]
pub(super) enum Given<'a> {
    Text(&'a str),
    Texts(&'a [SmolStr]),
    Setting(&'a Setting),
}

impl Serialize for Given<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Given::Text(text) => serializer.serialize_str(text),
            Given::Texts(texts) => serializer.collect_seq(*texts),
            Given::Setting(setting) => setting.serialize(serializer),
        }
    }
}

/// All attributes of an app but its environment, under PM2's names.
#[must_use]
pub fn definition(app: &App) -> serde_json::Map<String, serde_json::Value> {
    let mut definition = serde_json::Map::new();
    // Texts, numbers and booleans become values without fail.
    let written = attributes(app, |name, given| {
        definition.insert(name.to_owned(), serde_json::to_value(given)?);
        Ok::<(), serde_json::Error>(())
    });
    debug_assert!(written.is_ok(), "{written:?}");
    definition
}

/// Gives `write` all attributes of an app but its environment, under PM2's names.
pub(super) fn attributes<E>(
    app: &App,
    mut write: impl FnMut(&str, Given<'_>) -> Result<(), E>,
) -> Result<(), E> {
    head(app, &mut write)?;
    for (attribute, setting) in settings(app) {
        write(attribute.name, Given::Setting(setting))?;
        if let Some(name) = second_name(attribute, setting) {
            write(&name, Given::Setting(setting))?;
        }
    }
    Ok(())
}

/// The variables of an app that are not read when they are needed.
fn plain(app: &App) -> impl Iterator<Item = (&SmolStr, &SmolStr)> {
    app.env.iter().filter_map(|(key, variable)| match variable {
        Variable::Plain(text) => Some((key, text)),
        Variable::Read(_) => None,
    })
}

/// The attributes that are not among those of [`head`].
fn settings(app: &App) -> impl Iterator<Item = (&Attribute, &Setting)> {
    let settings = app.settings.iter().map(|(attribute, setting)| (*attribute, setting));
    settings.filter(|(attribute, _)| attribute.name != NAMESPACE)
}

fn head<E>(app: &App, mut write: impl FnMut(&str, Given<'_>) -> Result<(), E>) -> Result<(), E> {
    let program = pm2_program(&app.program);
    write("name", Given::Text(&app.name))?;
    if let Some(namespace) = app.namespace() {
        write(NAMESPACE, Given::Text(namespace))?;
    }
    write("script", Given::Text(&program.script))?;
    if !program.args.is_empty() {
        write("args", Given::Texts(&program.args))?;
    }
    if let Some(interpreter) = pm2_interpreter(app, &program) {
        write("interpreter", Given::Text(&interpreter))?;
    }
    if !program.interpreter_args.is_empty() {
        write("node_args", Given::Texts(&program.interpreter_args))?;
    }
    write("cwd", Given::Text(app.directory.as_str()))
}

/// The second name under which PM2 has to find a value that it loses under the first.
pub(super) fn second_name(attribute: &Attribute, setting: &Setting) -> Option<String> {
    (is_falsy(setting) && attribute.name.contains('_')).then(|| camel_case(attribute.name))
}

/// Whether PM2 loses the value: its validator (`validateJSON` in `lib/tools/Config.js`) replaces
/// `false`, `0` and `""` by what is under the attribute's camelCase name, which is nothing
/// unless the value is there too.
fn is_falsy(setting: &Setting) -> bool {
    match setting {
        Setting::Boolean(boolean) => !boolean,
        Setting::Integer(integer) => *integer == 0,
        Setting::Duration(duration) => duration.as_millis() == 0,
        Setting::Text(text) => text.is_empty(),
        Setting::Size(_) | Setting::Float(_) | Setting::List(_) | Setting::Object(_) => false,
    }
}

/// PM2's name for what runs a program; `None` where that is PM2's own Node. PM2 takes every
/// executable that is no binary for JavaScript, so that it needs a word for what has no interpreter.
///
/// For some endings PM2 takes another interpreter than Node if it is there: Bun for `.ts`
/// ([`pm2::interpreter_of`]). It looks for a path from where it was started, not from the app's
/// directory (`Common.sink.resolveInterpreter` in `lib/Common.js`).
pub(super) fn pm2_interpreter<'p>(app: &App, program: &'p Program) -> Option<Cow<'p, str>> {
    match &program.interpreter {
        Interpreter::Node => {
            let by_itself = pm2::interpreter_of(&program.script);
            by_itself.filter(|interpreter| *interpreter != "node").map(|_| Cow::Borrowed("node"))
        }
        Interpreter::None => Some(Cow::Borrowed("none")),
        Interpreter::Program(interpreter) if interpreter.contains('/') => {
            Some(Cow::Owned(app.absolute(interpreter.as_str()).into_string()))
        }
        Interpreter::Program(interpreter) => Some(Cow::Borrowed(interpreter)),
    }
}

/// The program as PM2 has to see it.
///
/// PM2 hands a script with a space in its name to bash and forgets its arguments (`verifyConfs` in
/// `lib/Common.js`), and takes `serve` for its own file server (`lib/API.js`). Such programs are
/// started by a shell that does nothing else.
#[must_use]
pub fn pm2_program(program: &Program) -> Cow<'_, Program> {
    if !program.script.contains(' ') && program.script != "serve" {
        return Cow::Borrowed(program);
    }
    let mut args = vec!["-c".into(), r#"exec "$0" "$@""#.into()];
    args.extend(program.command_line().into_iter().map(SmolStr::from));
    Cow::Owned(Program {
        script: "sh".into(),
        args,
        interpreter: Interpreter::None,
        interpreter_args: Vec::new(),
    })
}
