//! What other languages write, and what is written here.

/// The syntax of another language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OtherSyntax {
    /// `node web "services/web" "index.js";`
    SecondString {
        /// The service as it is to be written.
        instead: String,
    },
    /// `depends_on db ready;`
    BareCondition {
        /// The dependency as it is to be written.
        instead: String,
    },
    /// `node my.web;`
    DottedName {
        /// The name.
        name: String,
    },
    /// `node my web;`
    SpacedName {
        /// The name.
        name: String,
        /// What to write.
        instead: String,
        /// What to write where the last word is a directory.
        or: Option<String>,
    },
    /// A sign that nothing needs.
    Superfluous {
        /// The sign.
        sign: char,
    },
    /// `args "a" "b";`
    MissingComma,
    /// `port null;`
    NoValue {
        /// The attribute.
        key: String,
        /// The word.
        word: String,
    },
    /// `port process.env.PORT;`
    Variable {
        /// The attribute.
        key: String,
        /// The variable as it was written.
        written: String,
        /// Its name.
        name: String,
    },
    /// `web: npm start`
    CommandLine {
        /// The line as it was written.
        written: String,
        /// The service as it is to be written.
        instead: String,
    },
    /// `[Service]`
    Section {
        /// The section as it was written.
        written: String,
    },
    /// `use a::A, b::B;`
    List {
        /// The statements as they are to be written.
        instead: String,
    },
    /// `NODE_ENV = "production";` outside `env`.
    VariableOutside {
        /// The variable.
        key: String,
        /// Its value, as it was written.
        value: String,
        /// Whether it is outside of all blocks.
        at_top: bool,
    },
    /// `voice "services/voice";`
    NoKind {
        /// The service.
        name: String,
        /// The service with a kind.
        instead: String,
        /// Whether something shows that kind; else it is Node's, as that of most.
        is_shown: bool,
    },
    /// `url api "v1"`, `"{url api}v1"`
    Appended {
        /// What was written.
        found: String,
        /// What to write for it.
        instead: String,
    },
    /// `ready http://localhost:8000;`
    Comment {
        /// What to write.
        instead: String,
    },
    /// `agent { … }`
    Unnamed {
        /// The keyword.
        keyword: String,
        /// What to write.
        instead: String,
    },
    /// `on npu and gpu;`
    AllOf {
        /// The names as they were written.
        written: String,
        /// A name for what has all of them.
        together: String,
    },
    /// What is written in another way.
    Otherwise {
        /// What was written.
        found: String,
        /// What to write.
        instead: String,
    },
}

impl OtherSyntax {
    pub(super) fn message(&self) -> String {
        match self {
            OtherSyntax::SecondString { .. } => {
                "unexpected second string: a service has one, its directory".to_owned()
            }
            OtherSyntax::BareCondition { .. } => "condition without parentheses".to_owned(),
            OtherSyntax::DottedName { name } => format!("the name `{name}` is not in quotes"),
            OtherSyntax::SpacedName { name, .. } => format!("the name `{name}` has a space"),
            OtherSyntax::Superfluous { sign } => format!("unexpected `{sign}`"),
            OtherSyntax::MissingComma => "missing `,` after this".to_owned(),
            OtherSyntax::NoValue { word, .. } => format!("`{word}` is not a value"),
            OtherSyntax::Variable { written, .. } => {
                format!("`{written}` is not a value of this language")
            }
            OtherSyntax::CommandLine { written, .. } => {
                format!("`{written}` is a command line, not an item")
            }
            OtherSyntax::Section { written } => format!("unexpected section `{written}`"),
            OtherSyntax::List { .. } => "unexpected `,`: this takes one".to_owned(),
            OtherSyntax::VariableOutside { key, .. } => {
                format!("environment variable `{key}` outside `env`")
            }
            OtherSyntax::NoKind { name, .. } => format!("missing kind of the service `{name}`"),
            OtherSyntax::Appended { found, .. } => {
                format!("unexpected `{found}`: this is no URL without a `/` after the port")
            }
            OtherSyntax::Comment { .. } => {
                "`//` begins a comment here: the URL is not in quotes".to_owned()
            }
            OtherSyntax::Unnamed { keyword, .. } => format!("missing name after `{keyword}`"),
            OtherSyntax::AllOf { written, .. } => {
                format!("unexpected `{written}`: of several names after `on`, one is enough")
            }
            OtherSyntax::Otherwise { found, .. } => format!("unexpected `{found}`"),
        }
    }

    pub(super) fn help(&self) -> String {
        match self {
            OtherSyntax::SecondString { instead }
            | OtherSyntax::BareCondition { instead }
            | OtherSyntax::CommandLine { instead, .. }
            | OtherSyntax::List { instead }
            | OtherSyntax::SpacedName { instead, or: None, .. }
            | OtherSyntax::Appended { instead, .. }
            | OtherSyntax::Comment { instead }
            | OtherSyntax::Unnamed { instead, .. }
            | OtherSyntax::NoKind { instead, is_shown: true, .. }
            | OtherSyntax::Otherwise { instead, .. } => format!("write `{instead}`"),
            OtherSyntax::AllOf { together, .. } => {
                format!(
                    "write `on {together};`, and `has {together};` in each machine that has them all"
                )
            }
            OtherSyntax::DottedName { name } => format!("write `{name:?}`"),
            OtherSyntax::Superfluous { sign } => format!("remove the `{sign}`"),
            OtherSyntax::MissingComma => "write `,`".to_owned(),
            OtherSyntax::NoValue { key, .. } => format!(
                "remove `{key}`, or write `unset {key};` to remove what `defaults`, a template or an \
                 agent sets"
            ),
            OtherSyntax::Variable { key, name, .. } => match key.as_str() {
                "port" => format!(
                    "write the number: `port 8000;`, or pass the variable on: \
                     `env {{ {name} = inherit; }}`"
                ),
                _ => format!(
                    "write the value itself, or pass the variable on: `env {{ {name} = inherit; }}`"
                ),
            },
            OtherSyntax::SpacedName { instead, or: Some(or), .. } => {
                format!("write `{instead}`, or `{or}` where that is its directory")
            }
            OtherSyntax::NoKind { instead, is_shown: false, .. } => {
                format!("write `{instead}`, or `python` or `script` in place of `node`")
            }
            OtherSyntax::Section { .. } => {
                "write each service by itself: `script NAME \"directory\" { run \"./program\"; }`"
                    .to_owned()
            }
            OtherSyntax::VariableOutside { key, value, .. }
                if key == "PORT" && value.parse::<u16>().is_ok_and(|port| port > 0) =>
            {
                format!("write `listen http {value};` in the service, which sets PORT")
            }
            OtherSyntax::VariableOutside { key, value, at_top: true } => {
                format!("write `defaults {{ env {{ {key} = {value}; }} }}`, or it in a service")
            }
            OtherSyntax::VariableOutside { key, value, at_top: false } => {
                format!("write `env {{ {key} = {value}; }}`")
            }
        }
    }
}

/// A brace that is missing or in another place than meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MisplacedBrace {
    /// A block begins without `{`.
    Unopened,
    /// What comes here is outside of the block that is still open.
    StillOpen {
        /// What comes here.
        word: String,
        /// What the block belongs to.
        opener: String,
    },
    /// What comes here belongs into the block that has ended.
    ClosedEarly {
        /// What comes here.
        word: String,
        /// What the block belongs to.
        opener: String,
    },
    /// `{ { … } }`
    Doubled,
}

impl MisplacedBrace {
    pub(super) fn message(&self) -> String {
        match self {
            MisplacedBrace::Unopened => "missing `{` after this".to_owned(),
            MisplacedBrace::StillOpen { word, opener } => {
                format!("missing `}}` before `{word}`: the block of `{opener}` is still open")
            }
            MisplacedBrace::ClosedEarly { word, opener } => {
                format!("`{word}` is after the `}}` of `{opener}`, to which it belongs")
            }
            MisplacedBrace::Doubled => "unexpected `{`: the block is open already".to_owned(),
        }
    }

    pub(super) fn help(&self) -> String {
        match self {
            MisplacedBrace::Unopened => {
                "write `{` here, and `}` after the last statement of the block".to_owned()
            }
            MisplacedBrace::StillOpen { .. } => {
                "write `}` before it, and remove the `}` that is one too many further down"
                    .to_owned()
            }
            MisplacedBrace::ClosedEarly { opener, .. } => {
                format!("move the `}}` of `{opener}` after the last of its attributes")
            }
            MisplacedBrace::Doubled => "remove this `{` and its `}`".to_owned(),
        }
    }
}
