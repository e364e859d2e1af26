//! The definition of an app for PM2.

use promethean_core::app::App;
use promethean_core::emit;
use promethean_core::reserved::COUNTERS;
use serde_json::{Map, Value};

use super::files;
use super::home::Home;
use crate::engine::instance_var;

/// All attributes with which PM2 starts an app.
pub(super) fn told(app: &App, home: &Home) -> Map<String, Value> {
    let mut attributes = emit::definition(app);
    attributes.extend(files::told(app, home));
    if let Some(program) = hidden_program(app, &attributes) {
        attributes.insert("script".to_owned(), program.into());
    }
    attributes
}

/// The program on PATH that PM2 would not run: it takes what has the name in the app's directory, be it
/// a folder (`Common.prepareAppConf` in `lib/Common.js`).
fn hidden_program(app: &App, attributes: &Map<String, Value>) -> Option<String> {
    let text = |name: &str| attributes.get(name).and_then(Value::as_str);
    let script = text("script").filter(|script| !script.contains('/'))?;
    if text("interpreter") != Some("none") || !app.directory.join(script).exists() {
        return None;
    }
    let path = std::env::var_os("PATH");
    which::which_in(script, path, &app.directory).ok()?.into_os_string().into_string().ok()
}

/// Whether PM2 can make these changes while the app keeps running: of a cluster of as many processes as
/// before, with the same user, whose variables would be added to those of the user before. PM2 numbers the
/// processes that it starts, and those that it reloads not (`God.injectVariables` in `lib/God.js`).
pub(super) fn can_reload(app: &App, changed: &[&str]) -> bool {
    let numbered = format!("env.{}", instance_var(app));
    let needs_end = |field: &&str| {
        let attributes = ["instances", "exec_mode", "namespace", "name", "uid", "gid"];
        attributes.contains(field) || COUNTERS.contains(field) || **field == numbered
    };
    app.runs_in_cluster() && app.increment_var().is_none() && !changed.iter().any(needs_end)
}

/// Whether PM2 puts a variable into the environment that it keeps for an app.
pub(super) fn is_own_variable(name: &str) -> bool {
    matches!(name, "unique_id" | "PM2_HOME" | "io" | "vizion_running")
}
