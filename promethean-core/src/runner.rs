//! Runners: what starts a Python or a Node program.

use smol_str::SmolStr;

use crate::attribute::Setting;
use crate::declaration::Kind;

/// What starts a service's program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Runner {
    /// `pipenv run python -m …`
    Pipenv,
    /// `uv run python -m …`
    Uv,
    /// `poetry run python -m …`
    Poetry,
    /// The `python3` on PATH.
    System,
    /// The Python of a virtual environment in this directory, relative to the service's.
    Venv(SmolStr),
    /// PM2's own Node.
    Node,
    /// Bun, through PM2's support for it.
    Bun,
    /// `npm run …`
    Npm,
}

impl Runner {
    /// The words of all runners, and what they mean.
    pub const WORDS: &[(&str, &str)] = &[
        ("pipenv", "Python, as `pipenv run python -m …`; the default."),
        ("uv", "Python, as `uv run python -m …`."),
        ("poetry", "Python, as `poetry run python -m …`."),
        ("system", "The `python3` on PATH."),
        (
            "venv",
            "The Python of a virtual environment: `runner venv \"DIR\";`, relative to the service's directory.",
        ),
        ("node", "PM2's own Node; the default."),
        ("bun", "Bun, through PM2's support for it."),
        ("npm", "`npm run …`, with the script that `run` says."),
    ];

    /// The runner of a setting; `None` where its word is none of this kind's.
    #[must_use]
    pub fn from_setting(kind: Kind, setting: &Setting) -> Option<Runner> {
        let mut texts = setting.texts();
        let word = texts.next()?;
        if !kind.runners().contains(&word) {
            return None;
        }
        Some(match word {
            "pipenv" => Runner::Pipenv,
            "uv" => Runner::Uv,
            "poetry" => Runner::Poetry,
            "system" => Runner::System,
            "venv" => Runner::Venv(texts.next()?.into()),
            "bun" => Runner::Bun,
            "npm" => Runner::Npm,
            _ => Runner::Node,
        })
    }

    /// The runner of a kind of service that names none.
    #[must_use]
    pub fn default_of(kind: Kind) -> Runner {
        match kind {
            Kind::Python => Runner::Pipenv,
            Kind::Node | Kind::Script => Runner::Node,
        }
    }
}
