//! What the comparison of the result with the original came to.

use std::fmt;

use promethean_core::diagnostic::Diagnostic;
use promethean_core::foreign::Foreign;

/// What the comparison of the result with the original came to.
#[derive(Debug)]
pub enum Verification {
    /// Every attribute was compared, and what PM2 would start.
    Compared {
        /// How many apps there are.
        apps: usize,
        /// What is not the same and should be.
        differences: Vec<Difference>,
        /// What is not the same on purpose: PM2 would not have done what was meant.
        repairs: Vec<Difference>,
        /// Of how many apps PM2 would start the same: the program that it finds, its arguments, its
        /// directory and its variables.
        starts: usize,
        /// What the others would start, which is not known here.
        not_started: Vec<String>,
        /// What nothing was found out about.
        unproven: Vec<String>,
        /// In how many environments the original was evaluated.
        environments: usize,
        /// What PM2's validator says about the original, which PM2 does not start.
        rejections: Vec<String>,
    },
    /// There was nothing to compare with.
    NotCompared {
        /// Why, and what to do about it, as a person may see it.
        reason: Diagnostic,
    },
}

/// Something that PM2 reads differently in what was imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The app, by its name in the original.
    pub app: String,
    /// PM2's name of the attribute; a variable is `env.NAME`.
    pub key: String,
    /// What the original says, as JSON; nothing where it is absent or a secret.
    pub original: Option<String>,
    /// What was imported says.
    pub imported: Option<String>,
    /// Why, where the importer knows.
    pub reason: Option<String>,
}

/// `web › port: 3000, imported as nothing (…)`
impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Difference { app, key, original, imported, reason } = self;
        let side = |value: &Option<String>| match value {
            Some(value) => Foreign(value).to_string(),
            None => "nothing".to_owned(),
        };
        let (app, key) = (Foreign(app), Foreign(key));
        match original == imported {
            // What hides secrets in them has left nothing by which they differ.
            true => write!(formatter, "{app} › {key}: imported with another value, not shown")?,
            false => {
                let (original, imported) = (side(original), side(imported));
                write!(formatter, "{app} › {key}: {original}, imported as {imported}")?;
            }
        }
        match reason {
            Some(reason) => write!(formatter, " ({})", Foreign(reason)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_values_are_not_shown_as_the_same() {
        let difference = |original: &str, imported: &str| {
            let difference = Difference {
                app: "api".to_owned(),
                key: "env.ID".to_owned(),
                original: Some(original.to_owned()),
                imported: Some(imported.to_owned()),
                reason: None,
            };
            difference.to_string()
        };
        assert_eq!(difference("1", "2"), "api › env.ID: 1, imported as 2");
        let hidden = difference("\"…\"", "\"…\"");
        assert_eq!(hidden, "api › env.ID: imported with another value, not shown");
    }
}
