//! Where statements are put on lines.

use crate::foreign::printable;

/// The most columns a line has that could be broken.
const COLUMNS: usize = 100;

/// The spaces of a level.
const INDENT: usize = 4;

/// A statement, or a line of comment.
#[derive(Clone, Debug)]
pub(super) enum Statement {
    /// One line.
    Line(String),
    /// `KEY value, value;`, whose values may be put on lines of their own.
    List {
        /// What comes before the values.
        head: String,
        /// The values.
        values: Vec<String>,
    },
    /// `KEY = source or source;`, whose sources may be put on lines of their own.
    Chain {
        /// What comes before the sources.
        head: String,
        /// The sources.
        sources: Vec<String>,
    },
    /// `HEAD { … }`
    Block {
        /// What comes before the brace.
        head: String,
        /// What is in the braces.
        inside: Vec<Statement>,
        /// Whether it has lines of its own even where one would do.
        broken: bool,
    },
    /// `// …`
    Comment(String),
}

impl Statement {
    pub(super) fn line(text: String) -> Statement {
        Statement::Line(text)
    }

    pub(super) fn comment(text: &str) -> Statement {
        // A line end would end the comment, and rustc takes nothing that turns the direction of writing.
        let line = text.replace(['\n', '\r'], " ");
        Statement::Comment(format!("// {}", printable(&line)).trim_end().to_owned())
    }

    pub(super) fn list(head: &str, values: Vec<String>) -> Statement {
        Statement::List { head: head.to_owned(), values }
    }

    pub(super) fn chain(head: String, sources: Vec<String>) -> Statement {
        Statement::Chain { head, sources }
    }

    pub(super) fn block(head: &str, inside: Vec<Statement>) -> Statement {
        Statement::Block { head: head.to_owned(), inside, broken: false }
    }

    /// The same block, never on one line unless it is empty.
    pub(super) fn broken(self) -> Statement {
        match self {
            Statement::Block { head, inside, .. } => {
                Statement::Block { head, inside, broken: true }
            }
            other => other,
        }
    }

    /// Whether it is one line at the first level.
    pub(super) fn is_line(&self) -> bool {
        self.on_one_line().is_some_and(|line| line.chars().count() + INDENT <= COLUMNS)
    }

    /// The statement on one line, where it can be.
    fn on_one_line(&self) -> Option<String> {
        match self {
            Statement::Line(line) => Some(line.clone()),
            Statement::Comment(_) => None,
            Statement::List { head, values } => Some(format!("{head} {};", values.join(", "))),
            Statement::Chain { head, sources } => Some(format!("{head} {};", sources.join(" or "))),
            Statement::Block { head, inside, broken } => match (inside.as_slice(), broken) {
                ([], _) => Some(format!("{head} {{}}")),
                ([only], false) => Some(format!("{head} {{ {} }}", only.on_one_line()?)),
                _ => None,
            },
        }
    }
}

/// Lines of text.
#[derive(Debug)]
pub(super) struct Page {
    text: String,
    level: usize,
}

impl Page {
    pub(super) fn new(level: usize) -> Page {
        Page { text: String::new(), level }
    }

    /// Adds statements, with an empty line before them.
    pub(super) fn group(&mut self, statements: &[Statement]) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        for statement in statements {
            self.statement(statement, self.level);
        }
    }

    fn statement(&mut self, statement: &Statement, level: usize) {
        if let Some(line) = statement.on_one_line()
            && (line.chars().count() + level * INDENT <= COLUMNS
                || matches!(statement, Statement::Line(_)))
        {
            self.line(&line, level);
            return;
        }
        match statement {
            Statement::Line(line) => self.line(line, level),
            Statement::Comment(line) => {
                for line in wrapped(line, COLUMNS.saturating_sub(level * INDENT)) {
                    self.line(&line, level);
                }
            }
            Statement::List { head, values } => {
                self.line(head, level);
                let last = values.len().saturating_sub(1);
                for (index, value) in values.iter().enumerate() {
                    let sign = if index == last { ';' } else { ',' };
                    self.line(&format!("{value}{sign}"), level + 1);
                }
            }
            Statement::Chain { head, sources } => {
                let last = sources.len().saturating_sub(1);
                for (index, source) in sources.iter().enumerate() {
                    let end = if index == last { ";" } else { "" };
                    match index {
                        0 => self.line(&format!("{head} {source}{end}"), level),
                        _ => self.line(&format!("or {source}{end}"), level + 1),
                    }
                }
            }
            Statement::Block { head, inside, .. } => {
                self.line(&format!("{head} {{"), level);
                for statement in inside {
                    self.statement(statement, level + 1);
                }
                self.line("}", level);
            }
        }
    }

    fn line(&mut self, line: &str, level: usize) {
        self.text.extend(std::iter::repeat_n(' ', level * INDENT));
        self.text.push_str(line);
        self.text.push('\n');
    }

    pub(super) fn finish(self) -> String {
        self.text
    }
}

/// A comment on as many lines as it needs, broken between words.
fn wrapped(comment: &str, columns: usize) -> Vec<String> {
    if comment.chars().count() <= columns {
        return vec![comment.to_owned()];
    }
    let mut lines = vec![String::new()];
    for word in comment.split(' ') {
        let Some(line) = lines.last_mut() else { break };
        let fits = line.chars().count() + 1 + word.chars().count() <= columns;
        match (line.is_empty(), fits) {
            (true, _) => line.push_str(word),
            (false, true) => {
                line.push(' ');
                line.push_str(word);
            }
            (false, false) => lines.push(format!("// {word}")),
        }
    }
    lines
}
