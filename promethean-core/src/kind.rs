//! The closed sets of words: kinds of service, runners, conditions, probes,
//! signals and parts of endpoints. Parsing, checks, import, preflight, documents and hover read them here.

use std::fmt;

use crate::json::word;

/// Declares an enum with the word and the meaning of each variant.
macro_rules! words {
    (
        $(#[$attribute:meta])*
        pub enum $name:ident {
            $($(#[$of_variant:meta])* $variant:ident = $word:literal: $meaning:literal,)*
        }
    ) => {
        $(#[$attribute])*
        pub enum $name {
            $($(#[$of_variant])* $variant,)*
        }

        impl $name {
            /// All of them, by the words they are written with.
            pub const ALL: [(&'static str, $name); [$($word),*].len()] =
                [$(($word, $name::$variant)),*];

            /// The words they are written with.
            pub const WORDS: &'static [&'static str] = &[$($word),*];

            /// The word it is written with.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self {
                    $($name::$variant => $word,)*
                }
            }

            /// What it is, in a sentence.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self {
                    $($name::$variant => $meaning,)*
                }
            }

            /// The one that is written with this word.
            #[must_use]
            pub fn from_word(word: &str) -> Option<$name> {
                $name::ALL.iter().find(|(known, _)| *known == word).map(|(_, found)| *found)
            }
        }
    };
}

words! {
    /// What a service is written in.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum Kind {
        /// `python`
        Python = "python": "A Python program: `pipenv run python -m main`, or as `runner`, `module` and `run` say.",
        /// `node`
        Node = "node": "A Node program: the directory, as its `package.json` says, or what `entry` or `runner npm` and `run` say.",
        /// `script`: any program.
        #[default]
        Script = "script": "Any other program, which `run` says.",
    }
}

words! {
    /// What starts a service's program.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Runner {
        /// `pipenv run python -m …`
        Pipenv = "pipenv": "Python, as `pipenv run python -m …`; the default.",
        /// `uv run python -m …`
        Uv = "uv": "Python, as `uv run python -m …`.",
        /// `poetry run python -m …`
        Poetry = "poetry": "Python, as `poetry run python -m …`.",
        /// The `python3` on PATH.
        System = "system": "The `python3` on PATH.",
        /// The Python of a virtual environment.
        Venv = "venv": "The Python of a virtual environment: `runner venv \"DIR\";`, relative to the service's directory.",
        /// PM2's own Node.
        Node = "node": "PM2's own Node; the default.",
        /// Bun, through PM2's support for it.
        Bun = "bun": "Bun, through PM2's support for it.",
        /// `npm run …`
        Npm = "npm": "`npm run …`, with the script that `run` says.",
    }
}

words! {
    /// What is waited for before a dependent starts.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum Condition {
        /// It has been started.
        Started = "started": "It has been started.",
        /// Its probe succeeds.
        Ready = "ready": "Its probe succeeds.",
        /// It has ended with exit code 0.
        Completed = "completed": "It has ended with exit code 0.",
    }
}

/// The word of a dependency whose restarts are followed.
pub const RESTARTS: &str = "restarts";

words! {
    /// What a probe tries.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum ProbeKind {
        /// A TCP connection to `host:port` is accepted.
        Tcp = "tcp": "A TCP connection to `host:port` is accepted.",
        /// A URL answers with a status of 200 to 399, or with the one that `status` names.
        Http = "http": "A URL answers with a status of 200 to 399, or with the one that `status` names.",
        /// A line of the log matches a regular expression.
        Log = "log": "A line of the log matches a regular expression.",
        /// A program ends with exit code 0.
        Exec = "exec": "A program ends with exit code 0.",
    }
}

words! {
    /// What a probe is for.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Purpose {
        /// Whether the unit is ready.
        Ready = "ready": "Whether the unit is ready.",
        /// Whether the service still works.
        Alive = "alive": "Whether the service still works; it is restarted when it does not.",
    }
}

/// How a probe begins: `ready tcp`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProbeHead {
    /// What it is for.
    pub purpose: Purpose,
    /// What it tries.
    pub kind: ProbeKind,
}

impl fmt::Display for ProbeHead {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.purpose.word(), self.kind.word())
    }
}

words! {
    /// What ends a process (signal(7)).
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum Signal {
        /// `SIGINT`
        Int = "SIGINT": "Interrupt, as Ctrl-C sends it.",
        /// `SIGTERM`
        Term = "SIGTERM": "Terminate, as `kill` sends it.",
        /// `SIGQUIT`
        Quit = "SIGQUIT": "Quit.",
        /// `SIGHUP`
        Hup = "SIGHUP": "Hang up.",
        /// `SIGUSR1`
        Usr1 = "SIGUSR1": "What the program makes of it.",
        /// `SIGUSR2`
        Usr2 = "SIGUSR2": "What the program makes of it.",
        /// `SIGKILL`
        Kill = "SIGKILL": "End at once.",
    }
}

words! {
    /// What a reference to an endpoint gives.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum EndpointPart {
        /// `http://127.0.0.1:8789`
        Url = "url": "The URL of an endpoint: `url web \"/v1\"` is `http://127.0.0.1:8000/v1`.",
        /// `127.0.0.1:8789`
        Address = "address": "The `host:port` of an endpoint.",
        /// `127.0.0.1`
        Host = "host": "The host of an endpoint.",
        /// `8789`
        Port = "port": "The port of an endpoint.",
    }
}

word!(Kind, Condition, ProbeKind, Signal, EndpointPart);

const PYTHON: [Runner; 5] =
    [Runner::Pipenv, Runner::Uv, Runner::Poetry, Runner::System, Runner::Venv];
const NODE: [Runner; 3] = [Runner::Node, Runner::Bun, Runner::Npm];
const PYTHON_WORDS: [&str; PYTHON.len()] = words_of(PYTHON);
const NODE_WORDS: [&str; NODE.len()] = words_of(NODE);

const fn words_of<const COUNT: usize>(runners: [Runner; COUNT]) -> [&'static str; COUNT] {
    let (mut words, mut index) = ([""; COUNT], 0);
    while index < COUNT {
        words[index] = runners[index].word();
        index += 1;
    }
    words
}

impl Kind {
    /// The words of its runners; the first is the one it has where none is written.
    #[must_use]
    pub fn runners(self) -> &'static [&'static str] {
        match self {
            Kind::Python => &PYTHON_WORDS,
            Kind::Node => &NODE_WORDS,
            Kind::Script => &[],
        }
    }
}

impl Runner {
    /// The runner of a kind of service that names none.
    #[must_use]
    pub fn default_of(kind: Kind) -> Runner {
        match kind {
            Kind::Python => Runner::Pipenv,
            Kind::Node | Kind::Script => Runner::Node,
        }
    }

    /// The command that it puts before what runs.
    #[must_use]
    pub fn command(self) -> &'static [&'static str] {
        match self {
            Runner::Pipenv => &["pipenv", "run"],
            Runner::Uv => &["uv", "run"],
            Runner::Poetry => &["poetry", "run"],
            Runner::Npm => &["npm", "run"],
            Runner::System | Runner::Venv | Runner::Node | Runner::Bun => &[],
        }
    }

    /// The program that must be on PATH.
    #[must_use]
    pub fn program(self) -> Option<&'static str> {
        match self {
            Runner::Pipenv | Runner::Uv | Runner::Poetry | Runner::Npm => {
                self.command().first().copied()
            }
            Runner::System => Some("python3"),
            Runner::Venv => None,
            Runner::Node => Some("node"),
            Runner::Bun => Some("bun"),
        }
    }

    /// How that program is installed.
    #[must_use]
    pub fn installation(self) -> &'static str {
        match self {
            Runner::Pipenv => "run `pip install --user pipenv`, or choose another `runner`",
            Runner::Uv => "install uv (https://docs.astral.sh/uv), or choose another `runner`",
            Runner::Poetry => "run `pipx install poetry`, or choose another `runner`",
            Runner::System | Runner::Venv => "install Python 3",
            Runner::Node => "install Node 20 or newer",
            Runner::Bun => "install Bun (https://bun.sh)",
            Runner::Npm => "install Node 20 or newer, which includes npm",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Runner};

    #[test]
    fn every_runner_is_one_of_a_kind() {
        for (word, _) in Runner::ALL {
            let kinds = Kind::ALL.iter().filter(|(_, kind)| kind.runners().contains(&word));
            assert_eq!(kinds.count(), 1, "{word}");
        }
        for (_, kind) in Kind::ALL {
            let first = kind.runners().first().copied();
            let default = (kind != Kind::Script).then(|| Runner::default_of(kind).word());
            assert_eq!(first, default, "{kind:?}");
        }
    }
}
