//! What a file configures, found where PM2 finds it.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::data::Data;
use super::evaluate::trace::Depends;
use super::keys::is_read;
use crate::import::error::ImportError;

/// What a file configures.
#[derive(Debug)]
pub(super) struct Configuration {
    /// The apps, each an object.
    pub(super) apps: Vec<Data>,
    /// The ways to them: `apps[0]`.
    pub(super) ways: Vec<String>,
    /// What PM2's `deploy` is given.
    pub(super) deploy: Option<Data>,
    /// Other keys beside the apps.
    pub(super) others: Vec<String>,
    /// The environment that it reads.
    pub(super) environment: Environment,
}

/// What a file reads of its environment.
#[derive(Debug, Default)]
pub(super) struct Environment {
    /// The variables that it reads and that show nowhere in what it says, in the order of the first
    /// reading.
    pub(super) variables: Vec<String>,
    /// Those of them that made it fail whatever they were set to.
    pub(super) untried: Vec<String>,
    /// The absolute paths of the dotenv files.
    pub(super) files: Vec<Utf8PathBuf>,
    /// What tells a program its way on this machine, as it is now: `HOME`, `PATH`.
    pub(super) base: BTreeMap<String, String>,
    /// What is another when variables are set, in ways that are not imported.
    pub(super) depends: Vec<Depends>,
    /// Variables whose absence makes the file throw, or whose presence does.
    pub(super) without_default: bool,
    /// Which of the files it put into the environment as a whole, and reads nothing of.
    pub(super) loaded: Vec<usize>,
    /// Which of them it also reads variables of.
    pub(super) read_one_by_one: Vec<usize>,
    /// The variables that it sets and reads back.
    pub(super) flags: Vec<String>,
    /// The variables that fall back when they are empty, as those before `||` do.
    pub(super) empty_is_unset: Vec<String>,
    /// In how many environments it was evaluated.
    pub(super) runs: usize,
    /// Some of them.
    pub(super) samples: Vec<Sample>,
    /// Why Node gave no answer in others.
    pub(super) unanswered: BTreeSet<String>,
    /// The programs that it runs.
    pub(super) programs: Vec<String>,
    /// The absolute paths of the modules that Node has loaded for it.
    pub(super) modules: Vec<Utf8PathBuf>,
}

/// What a file comes to in some environment.
#[derive(Debug)]
pub(super) struct Sample {
    pub(super) data: Data,
    /// The variables that are set, by their [`key`](super::evaluate::trace::key).
    pub(super) given: BTreeMap<String, String>,
}

impl Configuration {
    /// What of an app depends on the environment in ways that are not imported: each with the way to
    /// it within the app.
    pub(super) fn depends(&self, app: usize) -> impl Iterator<Item = (&str, &Depends)> {
        let way = self.ways.get(app);
        self.environment.depends.iter().filter_map(move |depends| {
            let within = depends.way.strip_prefix(way?.as_str())?;
            let within = within.strip_prefix('.').unwrap_or(within);
            // All of it, or another that begins alike.
            let is_within = !within.is_empty() && !within.starts_with('[');
            is_within.then_some((within, depends))
        })
    }

    /// The same for what is no part of an app.
    pub(super) fn depends_around(&self) -> impl Iterator<Item = &Depends> {
        self.environment.depends.iter().filter(|depends| {
            (0..self.apps.len())
                .all(|app| self.depends(app).all(|(_, within)| within.way != depends.way))
        })
    }
}

/// Finds the apps where PM2 finds them (`_startJson` in its `lib/API.js`).
pub(super) fn configuration(
    file: &Utf8Path,
    data: &Data,
    environment: Environment,
) -> Result<Configuration, ImportError> {
    let nothing = |what: &str| ImportError::Nothing {
        what: format!("{file} {what}"),
        help: "PM2 accepts `{ apps: [ … ] }`, a list of apps, or one app",
    };
    let at = |key: &str| data.get(key).filter(|value| !value.is_falsy()).cloned();
    let deploy = at("deploy");
    let (found, key) = match (at("apps"), at("pm2")) {
        (Some(apps), _) => (apps, Some("apps")),
        // In a `package.json` they stand one deeper.
        (None, Some(pm2)) => (pm2.get("apps").cloned().unwrap_or(pm2), Some("pm2")),
        (None, None) => (data.clone(), None),
    };
    let mut others = Vec::new();
    if let (Data::Object(entries), Some(key)) = (data, key) {
        let beside = entries.iter().map(|(key, _)| key);
        others.extend(beside.filter(|other| !["deploy", key].contains(&other.as_str())).cloned());
    }
    let around = match (key, data.get("pm2").is_some_and(|pm2| pm2.get("apps").is_some())) {
        (Some("pm2"), true) => "pm2.apps",
        (key, _) => key.unwrap_or_default(),
    };
    let is_list = matches!(found, Data::List(_));
    let apps = match found {
        Data::List(apps) => apps,
        Data::Object(entries) if key.is_none() => {
            let own = entries.into_iter().filter(|(key, _)| key != "deploy").collect();
            vec![Data::Object(own)]
        }
        object @ Data::Object(_) => vec![object],
        Data::Null | Data::Boolean(_) | Data::Number(_) | Data::Text(_) | Data::Outside(_) => {
            return Err(nothing("has no list of apps"));
        }
    };
    if apps.is_empty() {
        return Err(nothing("has no apps"));
    }
    if let Some(odd) = apps.iter().find(|app| !matches!(app, Data::Object(_))) {
        return Err(nothing(&format!("has {} instead of an app", odd.kind())));
    }
    if key.is_none() && apps.iter().all(|app| app_keys(app).next().is_none()) {
        return Err(nothing("has no apps"));
    }
    let way = |index| if is_list { format!("{around}[{index}]") } else { around.to_owned() };
    let ways: Vec<String> = (0..apps.len()).map(way).collect();
    for (app, way) in apps.iter().zip(&ways) {
        no_functions(app, way)?;
    }
    Ok(Configuration { apps, ways, deploy, others, environment })
}

/// The keys by which an object is known to be an app.
fn app_keys(app: &Data) -> impl Iterator<Item = &'static str> {
    ["script", "exec", "cmd", "command"].into_iter().filter(|key| app.get(key).is_some())
}

/// A function where PM2 looks for a value; elsewhere it never sees it.
fn no_functions(app: &Data, way: &str) -> Result<(), ImportError> {
    let read = app.as_object().unwrap_or_default().iter().filter(|(key, _)| is_read(key));
    match read
        .map(|(key, value)| value.way_to_function(&format!("{way}.{key}")))
        .find_map(|way| way)
    {
        Some(path) => Err(ImportError::NoData {
            path,
            what: "is a function",
            help: "PM2 accepts only values; call it, or remove it",
        }),
        None => Ok(()),
    }
}
