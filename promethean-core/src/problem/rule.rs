//! What a rule is, and the macro that declares all of them.

/// A rule of the language.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name.
    pub name: &'static str,
    /// Whether it is a lint: what breaks it is almost certainly wrong, and `allow` lifts it where it
    /// is not. What breaks any other rule is an error.
    pub is_lint: bool,
    /// What it demands, and why, in a sentence.
    pub meaning: &'static str,
    /// What breaks it, and no other rule.
    pub example: Example,
    /// Whether [`crate::const_check`] checks it over several files, too.
    pub across_files: bool,
    /// The engine that it is about; `None` where it holds for every one.
    pub engine: Option<Engine>,
}

/// What breaks a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Example {
    /// The items of one ecosystem.
    Ecosystem(&'static str),
    /// No ecosystem by itself does.
    AcrossFiles,
}

/// What runs a system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// PM2.
    Pm2,
}

impl Rule {
    /// The rule of this name.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Rule> {
        super::RULES.iter().find(|rule| rule.name == name)
    }

    /// The names of the rules that `allow` can lift.
    pub fn lints() -> impl Iterator<Item = &'static str> + Clone {
        super::RULES.iter().filter(|rule| rule.is_lint).map(|rule| rule.name)
    }
}

/// What a rule may say as its help.
pub(super) trait IntoHelp {
    fn into_help(self) -> Option<String>;
}

impl IntoHelp for () {
    fn into_help(self) -> Option<String> {
        None
    }
}

impl IntoHelp for &str {
    fn into_help(self) -> Option<String> {
        Some(self.to_owned())
    }
}

impl IntoHelp for String {
    fn into_help(self) -> Option<String> {
        Some(self)
    }
}

impl IntoHelp for Option<String> {
    fn into_help(self) -> Option<String> {
        self
    }
}

/// The help of a lint says how it is lifted, too.
pub(super) fn with_allow(help: Option<String>, rule: &str) -> String {
    let allow = format!("`allow {rule} \"reason\";`");
    match help {
        Some(help) if help.contains("`allow ") => help,
        Some(help) if help.ends_with('?') => format!("{help} Else write {allow}"),
        Some(help) => format!("{help}; or allow it: {allow}"),
        None => format!("allow it where it is right: {allow}"),
    }
}

/// Declares rules: the enum of faults, the table of rules, and the texts of each fault.
///
/// A message is a `&str` or a `String`; a help is one of them, an `Option<String>`, or `()` for none.
macro_rules! rules {
    ($(
        $(#[$doc:meta])*
        $kind:ident $variant:ident
        $({ $($(#[$field_doc:meta])* $field:ident: $type:ty,)* })? = $name:literal {
            meaning: $meaning:literal,
            example: $example:expr,
            $(across_files: $across_files:literal,)?
            $(engine: $engine:ident,)?
            message: $message:expr,
            help: $help:expr,
        }
    )*) => {
        /// What is wrong.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Fault {$(
            $(#[$doc])*
            $variant $({ $($(#[$field_doc])* $field: $type,)* })?,
        )*}

        /// All rules, in the order of the documents: grammar, attributes, text, names, references,
        /// dependencies, the disk.
        pub static RULES: &[Rule] = &[$(
            Rule {
                name: $name,
                is_lint: rules!(@is_lint $kind),
                meaning: $meaning,
                example: $example,
                across_files: [$($across_files,)? false][0],
                engine: [$(Some(Engine::$engine),)? None][0],
            },
        )*];

        impl Fault {
            /// The name of the rule that is broken.
            #[must_use]
            pub fn rule(&self) -> &'static str {
                match self {
                    $(Fault::$variant { .. } => $name,)*
                }
            }

            #[allow(unused_variables, reason = "a message does not need all that is known")]
            pub(super) fn message(&self) -> String {
                without_secrets(match self {$(
                    Fault::$variant $({ $($field,)* })? => String::from($message),
                )*})
            }

            /// What to do about it; `None` where the message says it all. What was written is in it, but
            /// for its secrets.
            #[must_use]
            #[allow(unused_variables, reason = "a help does not need all that is known")]
            pub fn help(&self) -> Option<String> {
                let help = match self {$(
                    Fault::$variant $({ $($field,)* })? => {
                        let help = super::rule::IntoHelp::into_help($help);
                        rules!(@help $kind $name help)
                    }
                )*};
                help.map(without_secrets)
            }
        }
    };
    (@help error $name:literal $help:ident) => { $help };
    (@help lint $name:literal $help:ident) => { Some(super::rule::with_allow($help, $name)) };
    (@is_lint error) => { false };
    (@is_lint lint) => { true };
}

pub(super) use rules;
