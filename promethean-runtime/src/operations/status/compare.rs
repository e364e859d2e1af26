//! What runs against what is written, where not all that is written can be read.

use promethean_core::app::{App, EnvFile};
use promethean_core::secrets::{Lacking, Reader};

use crate::engine::{Definition, Engine, Process};
use crate::operations::plan::{self, Difference};

/// A definition as far as it can be read.
pub(super) struct Readable<'s> {
    pub(super) definition: Definition<'s>,
    lacking: Vec<Lacking>,
}

impl<'s> Readable<'s> {
    pub(super) fn new(engine: &dyn Engine, app: &'s App, reader: &Reader) -> Readable<'s> {
        let (environment, lacking) = reader.readable(app);
        Readable { definition: engine.definition(app, environment), lacking }
    }

    /// What differs of the processes of the app. Of variables that cannot be read nobody knows.
    pub(super) fn differences(
        &self,
        engine: &dyn Engine,
        processes: &[&Process],
    ) -> Vec<Difference> {
        let mut differences: Vec<Difference> = Vec::new();
        for process in processes {
            for difference in plan::differences(engine, &self.definition, process) {
                let variable = difference.field.strip_prefix("env.");
                let unknown = variable.is_some_and(|variable| self.is_unknown(variable));
                if !(unknown || differences.contains(&difference)) {
                    differences.push(difference);
                }
            }
        }
        differences
    }

    /// What cannot be read, and is therefore not compared.
    pub(super) fn lacking(&self) -> &[Lacking] {
        &self.lacking
    }

    /// Whether what is written for a variable cannot be read.
    fn is_unknown(&self, variable: &str) -> bool {
        if self.lacking.iter().any(|lacking| lacking.key() == Some(variable)) {
            return true;
        }
        let app = self.definition.app;
        let is_unread = |file: &EnvFile| {
            self.lacking.iter().any(
                |lacking| matches!(lacking, Lacking::EnvFile { path, .. } if *path == file.path),
            )
        };
        let mut unread = app.env_files.iter().filter(|file| is_unread(file));
        match app.env.contains(variable) {
            true => {
                self.definition.environment.get(variable).is_none()
                    || unread.any(|file| file.overrides.contains(variable))
            }
            false => unread.next().is_some(),
        }
    }
}
