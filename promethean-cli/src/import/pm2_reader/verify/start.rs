//! What PM2 would start of an app, side by side.

use promethean_core::list::some_of;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::compare::hide_all;
use crate::import::NAMED;
use crate::import::app::{Change, ChangeKind};
use crate::import::verification::Difference;

/// What `validate.cjs` says that PM2 would start.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Start {
    /// A process.
    Starts {
        /// The program and its arguments, each file by its real path.
        line: Vec<String>,
        /// Its directory.
        cwd: String,
        /// The variables that the app has of its own.
        env: Map<String, Value>,
    },
    /// Nothing: a file is not here.
    Missing {
        /// The file, as it is written.
        missing: String,
    },
    /// Something that is not known without starting it, and why.
    Unknown {
        /// Why.
        unknown: String,
    },
}

impl Start {
    fn shown(&self) -> Option<String> {
        match self {
            Start::Starts { line, .. } => Some(hide_all(&json!(line).to_string())),
            Start::Missing { .. } | Start::Unknown { .. } => None,
        }
    }
}

/// What a difference is called that is in none of the attributes.
pub(super) const PROGRAM: &str = "program";

/// The attributes that say what is started.
const OF_PROGRAM: [&str; 6] =
    ["script", "args", "interpreter", "exec_interpreter", "node_args", "cwd"];

/// Whether a difference is one of what is started.
pub(super) fn is_about(difference: &Difference) -> bool {
    OF_PROGRAM.contains(&difference.key.as_str())
}

/// Whether a change says that something else is started.
pub(super) fn explains(change: &Change) -> bool {
    change.kind != ChangeKind::Same && OF_PROGRAM.contains(&change.key.as_str())
}

/// That another program is started.
pub(super) fn other_program(app: &str, original: &Start, imported: &Start) -> Difference {
    Difference {
        app: app.to_owned(),
        key: PROGRAM.to_owned(),
        original: original.shown(),
        imported: imported.shown(),
        reason: None,
    }
}

/// What is known of all apps together.
#[derive(Debug, Default)]
pub(super) struct Starts {
    /// Of how many apps the same is started.
    pub(super) same: usize,
    /// Apps, and the files that are missing for them.
    missing: Vec<(String, String)>,
    unknown: Vec<String>,
}

impl Starts {
    /// Compares what is started of an app. `is_told` is whether there is a difference already.
    pub(super) fn compare(
        &mut self,
        app: &str,
        original: &Start,
        imported: &Start,
        is_told: bool,
    ) -> Option<Difference> {
        match (original, imported) {
            (
                Start::Starts { line, cwd, .. },
                Start::Starts { line: other, cwd: elsewhere, .. },
            ) if (line, cwd) == (other, elsewhere) => {
                self.same += 1;
                None
            }
            (Start::Missing { missing }, Start::Missing { .. }) => {
                self.missing.push((app.to_owned(), missing.clone()));
                None
            }
            (Start::Unknown { unknown }, _) | (_, Start::Unknown { unknown }) => {
                self.unknown.push(format!("what {app} starts ({unknown})"));
                None
            }
            (Start::Starts { .. } | Start::Missing { .. }, Start::Starts { .. })
            | (Start::Starts { .. }, Start::Missing { .. }) => {
                (!is_told).then(|| other_program(app, original, imported))
            }
        }
    }

    /// What nothing was found out about.
    pub(super) fn unproven(&self) -> Vec<String> {
        let mut unproven = Vec::new();
        if let [(first, _), rest @ ..] = self.missing.as_slice() {
            let mut files: Vec<String> = Vec::new();
            for (_, file) in &self.missing {
                let file = format!("`{file}`");
                if !files.contains(&file) {
                    files.push(file);
                }
            }
            let apps: Vec<&str> = self.missing.iter().map(|(app, _)| app.as_str()).collect();
            let starts = if rest.is_empty() {
                format!("{first} starts")
            } else {
                format!("{} start", some_of(&apps, NAMED))
            };
            let (are, files) =
                (if files.len() == 1 { "is" } else { "are" }, some_of(&files, NAMED));
            unproven.push(format!("what {starts} ({files} {are} not here)"));
        }
        unproven.extend(self.unknown.iter().cloned());
        unproven
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(value: Value) -> Start {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn another_program_is_a_difference_that_is_told_once() {
        let mut starts = Starts::default();
        let node = start(json!({"line": ["node", "/app/a.js"], "cwd": "/app", "env": {}}));
        let other = start(json!({"line": ["node", "/app/b.js"], "cwd": "/app", "env": {}}));
        let elsewhere = start(json!({"line": ["node", "/app/a.js"], "cwd": "/", "env": {}}));
        let missing = start(json!({"missing": "./c.js"}));
        assert_eq!(starts.compare("web", &node, &node, false), None);
        let told = starts.compare("web", &node, &other, false).unwrap();
        assert_eq!(
            told.to_string(),
            r#"web › program: ["node","/app/a.js"], imported as ["node","/app/b.js"]"#
        );
        assert!(starts.compare("web", &node, &elsewhere, false).is_some());
        assert!(starts.compare("web", &node, &missing, false).is_some());
        assert_eq!(starts.compare("web", &node, &other, true), None);
        assert_eq!(starts.same, 1);
    }

    #[test]
    fn what_is_not_here_is_not_proven() {
        let mut starts = Starts::default();
        let missing = |file: &str| start(json!({"missing": file}));
        let unknown = start(json!({"unknown": "PM2 chooses the Node of `node@20`"}));
        starts.compare("web", &missing("./a.js"), &missing("./a.js"), false);
        assert_eq!(starts.unproven(), ["what web starts (`./a.js` is not here)"]);
        starts.compare("api", &missing("./a.js"), &missing("./a.js"), false);
        starts.compare("bot", &missing("pipenv"), &missing("pipenv"), false);
        starts.compare("old", &unknown, &unknown, false);
        assert_eq!(
            starts.unproven(),
            [
                "what web, api and bot start (`./a.js` and `pipenv` are not here)",
                "what old starts (PM2 chooses the Node of `node@20`)"
            ]
        );
        assert_eq!(starts.same, 0);
    }
}
