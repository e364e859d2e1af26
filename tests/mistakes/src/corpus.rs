//! The cases: a Markdown file for each theme, a section for each mistake.
//!
//! ````markdown
//! # Unknown words
//!
//! ## watch-ignore
//!
//! `watch_ignore` for `ignore_watch`.
//!
//! Source: [PM2 #2753](https://github.com/Unitech/pm2/issues/2753)
//!
//! ```js
//! module.exports = { apps: [{ name: "web", script: "index.js", watch_ignore: ["logs"] }] };
//! ```
//!
//! ```rust
//! node web "services/web" { watch_ignore "logs"; }
//! ```
//! ````
//!
//! A `js` block is `ecosystem.config.js`, or the file that is named behind `js`. A `rust` block is
//! what stands within `ecosystem! { … }`, of a static `SYSTEM` or the one that is named behind
//! `rust`: `infra::INFRA` is `INFRA` in the module `infra`. Three lines more are optional: `Args:`
//! are arguments of `pm2 start`, `Shows:` names what PM2 is asked of an app afterwards, `Then:`
//! says what no status shows.

use std::fs;
use std::path::Path;

/// The cases of one file.
#[derive(Clone, Debug)]
pub struct Theme {
    /// The name of the file, without `.md`.
    pub file: String,
    pub title: String,
    pub cases: Vec<Case>,
}

/// A mistake.
#[derive(Clone, Debug, Default)]
pub struct Case {
    /// Short and stable: lower-case words with hyphens.
    pub name: String,
    /// What the person did, in one line of Markdown.
    pub story: String,
    /// Where it comes from, in Markdown.
    pub source: String,
    /// What it is for PM2: the files, `ecosystem.config.js` among them.
    pub files: Vec<(String, String)>,
    /// What it is in the language: each static's path and its contents, `SYSTEM` last.
    pub ecosystems: Vec<(String, String)>,
    /// Arguments of `pm2 start` behind the file.
    pub arguments: Vec<String>,
    /// Fields of `pm2 jlist`, such as `instances` and `env.PORT`.
    pub shows: Vec<String>,
    /// What happens that no status shows; tried by hand.
    pub then: Option<String>,
}

impl Case {
    /// The file that `pm2 start` is given.
    pub const CONFIG: &'static str = "ecosystem.config.js";

    /// The name as Rust would have it.
    #[must_use]
    pub fn module(&self) -> String {
        self.name.replace('-', "_")
    }
}

/// All cases, by theme.
///
/// # Panics
///
/// When a file cannot be read or does not have the form above.
#[must_use]
pub fn read() -> Vec<Theme> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let entries = fs::read_dir(&directory).expect("the cases are there");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
        .iter()
        .map(|path| {
            let file = path.file_stem().and_then(|stem| stem.to_str()).expect("a UTF-8 name");
            theme(file, &fs::read_to_string(path).expect("the cases can be read"))
        })
        .collect()
}

fn theme(file: &str, text: &str) -> Theme {
    let (head, sections) = text.split_once("\n## ").expect("a theme has cases");
    let title = head.lines().next().and_then(|line| line.strip_prefix("# "));
    let cases = sections.split("\n## ").map(case).collect();
    Theme {
        file: file.to_owned(),
        title: title.unwrap_or_else(|| panic!("{file}.md begins with a title")).to_owned(),
        cases,
    }
}

fn case(section: &str) -> Case {
    let mut lines = section.lines();
    let mut case = Case { name: lines.next().unwrap_or_default().to_owned(), ..Case::default() };
    let name = case.name.clone();
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            let block = block.join("\n") + "\n";
            match language.split_once(' ').unwrap_or((language, "")) {
                ("js", "") => case.files.push((Case::CONFIG.to_owned(), block)),
                ("js", file) => case.files.push((file.to_owned(), block)),
                ("rust", "") => case.ecosystems.push(("SYSTEM".to_owned(), block)),
                ("rust", path) => case.ecosystems.push((path.to_owned(), block)),
                _ => panic!("{name}: a block is `js` or `rust`, not `{language}`"),
            }
        } else if let Some(source) = line.strip_prefix("Source: ") {
            source.clone_into(&mut case.source);
        } else if let Some(arguments) = line.strip_prefix("Args: ") {
            case.arguments = words(arguments);
        } else if let Some(shows) = line.strip_prefix("Shows: ") {
            case.shows = words(shows);
        } else if let Some(then) = line.strip_prefix("Then: ") {
            case.then = Some(then.to_owned());
        } else if !line.is_empty() {
            assert!(case.story.is_empty(), "{name}: what the person did is one line: {line}");
            line.clone_into(&mut case.story);
        }
    }
    assert!(!case.story.is_empty(), "{name} says what the person did");
    assert!(!case.source.is_empty(), "{name} says where it comes from");
    assert!(case.files.iter().any(|(file, _)| file == Case::CONFIG), "{name} has a PM2 file");
    let system = case.ecosystems.last().map(|(path, _)| path.as_str());
    assert_eq!(system, Some("SYSTEM"), "{name} ends with its ecosystem");
    case
}
