//! The table: how it is written, and how the test reads it back.

use std::fmt::Write as _;

use crate::corpus::{Case, Theme};
use crate::verdict::{Outcome, Verdict};

/// Where it lies in the repository.
pub const PATH: &str = "docs/mistakes.md";

/// What Promethean does, from the errors that a case gets.
#[must_use]
pub fn outcome(errors: &[String]) -> Outcome {
    match errors {
        [] => Outcome::silent(),
        [error] => Outcome::rejects(error),
        [error, others @ ..] => Outcome::rejects(format!("{error} (and {} more)", others.len())),
    }
}

/// How many mistakes there are, and who rejects how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub mistakes: usize,
    pub pm2: [usize; 3],
    pub typescript: usize,
    pub promethean: usize,
}

impl Counts {
    /// Counts rows of cells, as `cells` reads them.
    #[must_use]
    pub fn of(rows: &[[String; 5]]) -> Counts {
        let count = |column: usize, verdict: Verdict| {
            rows.iter().filter(|row| row[column].starts_with(verdict.word())).count()
        };
        Counts {
            mistakes: rows.len(),
            pm2: Verdict::ALL.map(|verdict| count(2, verdict)),
            typescript: count(3, Verdict::Rejects),
            promethean: count(4, Verdict::Rejects),
        }
    }

    /// The sentence that the README has, too.
    #[must_use]
    pub fn headline(&self) -> String {
        let Counts { mistakes, pm2: [rejected, warned, silent], typescript, promethean } = self;
        format!(
            "Of {mistakes} mistakes PM2 7 rejects {rejected}, warns about {warned} and accepts \
             {silent} silently; TypeScript with PM2's own types rejects {typescript}; Promethean rejects \
             {promethean}, at compile time."
        )
    }
}

/// The cell of what somebody does with a mistake.
#[must_use]
pub fn cell(outcome: &Outcome) -> String {
    escape(&outcome.to_string())
}

/// The whole page. `outcomes` are the cells of PM2, TypeScript and Promethean.
///
/// # Panics
///
/// When a story or a source has a ` | ` in it.
pub fn write(themes: &[Theme], outcomes: impl Fn(&Case) -> [String; 3]) -> String {
    let tables: Vec<String> = themes
        .iter()
        .map(|theme| {
            let mut table = format!(
                "\n## {}\n\n| mistake | source | PM2 | TypeScript | Promethean |\n\
                 | --- | --- | --- | --- | --- |\n",
                theme.title
            );
            for case in &theme.cases {
                let Case { name, story, source, .. } = case;
                let [pm2, typescript, promethean] = outcomes(case);
                let place = format!("../tests/mistakes/cases/{}.md#{name}", theme.file);
                let mistake = escape(&format!("[{name}]({place}): {story}"));
                let cells = [mistake, escape(source), pm2, typescript, promethean].join(" | ");
                writeln!(table, "| {cells} |").expect("a string takes all");
            }
            table
        })
        .collect();
    let tables = tables.concat();
    let rows = rows(&tables);
    let from = |source: &str| rows.iter().filter(|row| row[1].contains(source)).count().to_string();
    let introduction = INTRODUCTION
        .replace("HEADLINE", &Counts::of(&rows).headline())
        .replace("LINKED", &from("](https://"))
        .replace("SEEDED", &from("the seed"));
    introduction + &tables
}

const INTRODUCTION: &str = "\
# Mistakes

HEADLINE

LINKED of them have a place in an issue tracker or a documentation behind them, SEEDED are in the \
files that this project began with; the others are slips of the same sorts. All were tried on PM2 \
7.0.4. Behind its name each has the configuration for PM2 and the same in `ecosystem!`. The table \
says what the real PM2 does with it on `pm2 start`, and what runs three seconds later; whether the \
TypeScript compiler, strict, with the types that PM2 brings along, rejects it; and the first line of \
Promethean's one error.

- Mistakes that `ecosystem!` leaves no room for, such as a program that PM2 runs under `node`, are \
not counted: there is nothing to reject.
- PM2's types do not know all of its attributes. Where they would reject the right configuration as \
well, TypeScript is given what they know, `cron` for `cron_restart`, or is taught `env_production`.
- PM2 has no word for dependencies, templates and probes. There its configuration has the key that \
people write for want of one, or the JavaScript that they write in its place. `depends_on` and \
`ready` TypeScript rejects whatever they say; PM2 drops them.

This page is written by `cargo run -p promethean-mistakes`; Promethean's column alone, in seconds, by \
`UPDATE=1 cargo test -p promethean-mistakes`.
";

/// The rows of a page, cell by cell.
#[must_use]
pub fn rows(page: &str) -> Vec<[String; 5]> {
    let rows = page.lines().filter_map(|line| line.strip_prefix("| [")?.strip_suffix(" |"));
    rows.map(cells).collect()
}

fn cells(row: &str) -> [String; 5] {
    let cells: Vec<String> = format!("[{row}").split(" | ").map(str::to_owned).collect();
    cells.try_into().unwrap_or_else(|cells| panic!("a row has five cells: {cells:?}"))
}

/// A cell in which no `|` ends it and nothing is taken for HTML.
#[must_use]
pub fn escape(cell: &str) -> String {
    cell.replace('|', "\\|").replace('<', "&lt;")
}
