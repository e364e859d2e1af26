//! What PM2 cannot do.

use promethean_core::emit;

use crate::engine::{Exceeded, Launch, Limit};

/// What PM2 cannot do.
pub(super) const LIMITS: &[Limit] = &[Limit { kind: "size", check: record }];

/// What PM2 adds to its record of an app, in bytes of JSON.
const ADDED_TO_RECORD: usize = 4 * 1024;

/// PM2 hands its whole record of an app to a process of a cluster in one variable, as JSON, with the
/// app's variables in it twice (`nodeApp` in `lib/God/ClusterMode.js`).
fn record(launch: &Launch<'_>) -> Option<Exceeded> {
    let Launch { app, variables, longest } = *launch;
    if !app.runs_in_cluster() {
        return None;
    }
    let json = |text: &str| serde_json::Value::from(text).to_string().len() + 1;
    let variables: usize = variables.iter().map(|(name, value)| json(name) + json(value)).sum();
    let settings = serde_json::Value::from(emit::definition(app)).to_string().len();
    let all = 2 * (variables + settings) + ADDED_TO_RECORD;
    (all > longest).then(|| Exceeded {
        message: format!(
            "its variables are too long for a cluster: PM2 hands them to a process twice, with the \
             settings in one text of some {all} bytes, and the system hands at most {longest}"
        ),
        help: "put the largest in a file, and pass its path; or write `exec_mode fork`".to_owned(),
    })
}
