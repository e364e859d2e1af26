//! The reader of PM2's formats.
//!
//! 1. `file` reads JSON and YAML, and hands a program to `evaluate`; both come to `data`;
//! 2. `configuration` finds the apps in it, `rounded` puts back the digits of long numbers;
//! 3. `entry` reads each app as PM2 does: `keys` finds the value of each attribute where PM2's
//!    validator finds it, `values` gives it the type of its attribute, `program` turns script,
//!    interpreter and arguments into a kind of service, without what `arguments` finds lost, `variables` reads the environment;
//! 4. `comments` finds what the comments of the file stand on, and of the `modules` that it requires;
//! 5. `notes` says what a reader should know about the file as a whole;
//! 6. `verify` compares the result with PM2's own reading of the original.

mod arguments;
mod comments;
mod configuration;
pub(super) mod data;
mod entry;
mod evaluate;
mod file;
mod keys;
mod modules;
mod notes;
mod program;
mod rounded;
mod values;
mod variables;
mod verify;

use camino::{Utf8Path, Utf8PathBuf};
use promethean_core::emit::Comments;
use promethean_core::shell::with_shell;
use promethean_runtime::engine::environment::is_base;

use super::Options;
use super::app::{App, Change, ChangeKind};
use super::error::ImportError;
use super::import_paths;
use super::reader::{Content, Imported, Original, Reader, Source};
use super::verification::Verification;
use comments::{Known, On, Remark};
use configuration::{Configuration, Environment};
use data::{Data, Outside, Piece};
use file::Format;
use rounded::Rounded;

pub(super) use file::{regular, yaml_of_go};

/// The entries of an object, in order.
type Entries = Vec<(String, Data)>;

/// A line of the shell in PM2's terms, a program where it has no syntax of the shell, and the variables that it begins
/// with, `PORT=3000 node server.js`, or reads of whoever starts it.
pub(super) fn entry_of_line(line: &str) -> (Entries, Entries) {
    let line = line.trim();
    let (variables, rest) = assignments(line);
    let variables = variables.into_iter().map(|(name, value)| (name, Data::Text(value)));
    let variables: Entries = variables.collect();
    if let Some(words) = program::plain_words(rest) {
        return (entry_of_words(words.into_iter().map(Data::Text).collect()), variables);
    }
    // Before it gives the program its own, the shell reads those of whoever starts it.
    let mut variables = if rest.contains('$') { Vec::new() } else { variables };
    variables.extend(read_by_shell(line).into_iter().map(|name| {
        let pieces = vec![Piece::Variable { name: name.clone(), file: None }];
        (name, Data::Outside(Outside { is_optional: true, ..Outside::of(pieces) }))
    }));
    let line = with_shell(line).into_iter().map(Data::Text).collect();
    (entry_of_words(line), variables)
}

/// The variables that a line of the shell has of whoever starts it, but for those that every program has.
fn read_by_shell(line: &str) -> Vec<String> {
    let is_of_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let is_given = |name: &str| {
        let assigns = |before: &str| !before.ends_with(is_of_name) && !before.ends_with(['$', '{']);
        let assigned = format!("{name}=");
        let is_assigned =
            line.match_indices(&assigned).any(|(at, _)| line.get(..at).is_some_and(assigns));
        let mut words = line.split_whitespace();
        let is_read =
            words.any(|word| matches!(word, "for" | "read")) && line.contains(&format!(" {name}"));
        is_assigned || is_read
    };
    let mut names: Vec<String> = Vec::new();
    let (mut rest, mut quote, mut before) = (line, None, ' ');
    while let Some(letter) = rest.chars().next() {
        rest = rest.get(letter.len_utf8()..).unwrap_or_default();
        match (quote, letter) {
            _ if before == '\\' => {}
            (None, '\'' | '"') => quote = Some(letter),
            (Some(open), _) if open == letter => quote = None,
            (None | Some('"'), '$') if before != '$' => {
                let inside = rest.strip_prefix('{').unwrap_or(rest);
                let name =
                    inside.split(|letter: char| !is_of_name(letter)).next().unwrap_or_default();
                let begins = name.starts_with(|first: char| !first.is_ascii_digit());
                if begins
                    && !is_base(name)
                    && !is_given(name)
                    && !names.iter().any(|known| known == name)
                {
                    names.push(name.to_owned());
                }
            }
            _ => {}
        }
        // What is escaped escapes nothing.
        before = if before == '\\' { ' ' } else { letter };
    }
    names
}

/// The variables that a line of the shell begins with, and the rest of it. `env` before them says nothing else.
fn assignments(line: &str) -> (Vec<(String, String)>, &str) {
    let mut variables: Vec<(String, String)> = Vec::new();
    let bare =
        line.strip_prefix("env ").map(str::trim_start).filter(|rest| assigned(rest).is_some());
    let mut rest = bare.unwrap_or(line);
    while let Some((name, value, behind)) = assigned(rest) {
        variables.retain(|(known, _)| *known != name);
        variables.push((name, value));
        rest = behind;
    }
    (variables, rest)
}

/// The variable that a line begins with, its value and the rest of the line; `None` where the shell makes the value.
fn assigned(line: &str) -> Option<(String, String, &str)> {
    let (name, behind) = line.split_once('=')?;
    let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let (value, rest) = match behind.chars().next() {
        Some(quote @ ('"' | '\'')) => behind.get(1..)?.split_once(quote)?,
        _ => behind.split_at(behind.find(char::is_whitespace)?),
    };
    let is_plain =
        !value.contains(['$', '`', '\\', '"', '\'', '*', '~', ';', '&', '|', '<', '>', '(', ')']);
    let is_quoted = behind.starts_with(['"', '\'']) && !value.contains(['$', '`', '\\']);
    let ends = rest.starts_with(char::is_whitespace);
    (is_name && ends && (is_plain || is_quoted))
        .then(|| (name.to_owned(), value.to_owned(), rest.trim_start()))
}

/// A program and its arguments in PM2's terms.
pub(super) fn entry_of_words(words: Vec<Data>) -> Entries {
    let mut words = words.into_iter();
    let script = words.next().unwrap_or_default();
    vec![
        ("script".to_owned(), script),
        ("interpreter".to_owned(), Data::Text("none".to_owned())),
        ("args".to_owned(), Data::List(words.collect())),
    ]
}

/// Reads entries that are in PM2's terms, in this directory.
pub(super) fn read_entries(entries: Vec<Data>, base: &Utf8Path) -> Vec<App> {
    let ways = (0..entries.len()).map(|index| format!("apps[{index}]")).collect();
    let configuration = Configuration {
        apps: entries,
        ways,
        deploy: None,
        others: Vec::new(),
        // What must be set in the original has no default.
        environment: Environment { without_default: true, ..Environment::default() },
    };
    entry::apps(&configuration, base)
}

/// Reads what `pm2 start` reads.
#[derive(Debug)]
pub(super) struct Pm2Reader;

impl Reader for Pm2Reader {
    fn recognize(&self, file: &Utf8Path) -> Option<Content> {
        Format::of(file).map(|format| match format {
            Format::Json | Format::Yaml => Content::Data,
            Format::Program => Content::Program,
        })
    }

    fn read(&self, file: &Utf8Path, options: &Options) -> Result<Source, ImportError> {
        let mut configuration = file::read(file, options)?;
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let rounded = rounded::restore(&mut configuration, &text);
        let root = options.root_of(file);
        let base = import_paths::base(&root, &entry::written_directories(&configuration));
        let mut apps = entry::apps(&configuration, &base);
        apps.iter_mut().for_each(entry::variables_of_line);
        for rounded in rounded {
            if let Some(app) = apps.get_mut(rounded.app) {
                let Rounded { way, written, read, .. } = rounded;
                app.comment_on(&way, format!("JavaScript rounds {written} to {read}."));
                let reason =
                    format!("JavaScript rounds {written} to {read}; here it is as written");
                app.changes.push(Change { key: way, reason, kind: ChangeKind::Repaired });
            }
        }
        let known = known(&configuration, &apps);
        let mut comments = comment(&mut apps, comments(file, &text, &known));
        for module in modules::of(file, &text, &configuration.environment.modules) {
            let remarks = comments::of_program(&module.text, &known);
            // What says nothing of an app is about what only JavaScript needs.
            if remarks.iter().any(|remark| remark.on != On::File) {
                let others = comment(&mut apps, remarks);
                if !others.is_empty() {
                    comments.push(format!("From `{}`:", module.name));
                    comments.extend(others);
                }
            }
        }
        let secret_files = configuration.environment.files.clone();
        let names = apps.iter().map(|app| app.name.clone()).collect();
        let original = Pm2File { file: file.to_owned(), base: base.clone(), configuration, names };
        let original = Box::new(original);
        let externals = Vec::new();
        Ok(Source { name: None, apps, base, secret_files, externals, comments, original })
    }
}

/// The comments of a file.
fn comments(file: &Utf8Path, text: &str, apps: &[Known]) -> Vec<Remark> {
    match Format::of(file) {
        Some(Format::Json | Format::Program) => comments::of_program(text, apps),
        Some(Format::Yaml) => {
            let names: Vec<String> = apps.iter().map(|app| app.name.clone()).collect();
            comments::of_yaml(text, &names)
        }
        None => Vec::new(),
    }
}

/// What comments may be about.
fn known(configuration: &Configuration, apps: &[App]) -> Vec<Known> {
    let known = configuration.apps.iter().zip(apps).map(|(data, app)| {
        let entries = data.as_object().unwrap_or_default().iter();
        let values = entries.flat_map(|(key, value)| {
            let inner = value.as_object().unwrap_or_default().iter();
            let inner = inner.map(move |(name, value)| (format!("{key}.{name}"), value.to_text()));
            std::iter::once((key.clone(), value.to_text())).chain(inner)
        });
        Known { name: app.name.clone(), values: values.collect() }
    });
    known.collect()
}

/// Puts the comments of a section of YAML on what they stand on, and returns the others.
pub(super) fn comment_section(apps: &mut [App], text: &str, section: &str) -> Vec<String> {
    let names: Vec<String> = apps.iter().map(|app| app.name.clone()).collect();
    comment(apps, comments::of_section(text, section, &names))
}

/// Puts comments on the apps and attributes that they stand on, and returns the others.
fn comment(apps: &mut [App], remarks: Vec<Remark>) -> Vec<String> {
    let mut others = Vec::new();
    for Remark { on, text } in remarks {
        let On::App { name, key } = on else {
            others.push(text);
            continue;
        };
        for app in apps.iter_mut().filter(|app| app.name == name) {
            match key.as_deref().and_then(keys::language_key) {
                Some(key) => app.remark_on(&key, text.clone()),
                None => app.remark(text.clone()),
            }
        }
    }
    others
}

impl Pm2File {
    /// Which directory relative paths are meant in, where that is not the one of the file.
    fn root_note(&self) -> Option<String> {
        let folder = self.file.parent().unwrap_or(Utf8Path::new("/"));
        if folder == self.base {
            return None;
        }
        let written = entry::written_paths(&self.configuration);
        let there = |root: &Utf8Path| written.iter().any(|path| root.join(path).exists());
        let hint = match !there(&self.base) && there(folder) {
            true => format!("; nothing of what it names is there, but it is in {folder}"),
            false => String::new(),
        };
        Some(format!(
            "relative paths are meant in {}, where PM2 would be started{hint}; `--root DIR` takes another directory",
            self.base
        ))
    }

    /// PM2 knows a configuration by its name, and runs any other file.
    fn program_note(&self) -> Option<String> {
        let name = self.file.file_name().unwrap_or_default();
        let is_known = [".json", ".yml", ".yaml", ".config.js", ".config.cjs", ".config.mjs"]
            .iter()
            .any(|ending| name.contains(ending));
        let stem = self.file.file_stem().unwrap_or_default();
        let ending = self.file.extension().unwrap_or_default();
        if ending.ends_with("ts") {
            return Some(format!("PM2 reads no TypeScript: it runs {name} as a program"));
        }
        (!is_known).then(|| {
            format!(
                "PM2 runs {name} as a program: only a name with `.config.js`, `.config.cjs` or `.config.mjs` in it is a configuration to it, such as {stem}.config.{ending}"
            )
        })
    }
}

/// A file that PM2 reads.
#[derive(Debug)]
struct Pm2File {
    file: Utf8PathBuf,
    /// The absolute directory that relative paths are meant in.
    base: Utf8PathBuf,
    configuration: Configuration,
    /// The names of its apps in PM2.
    names: Vec<String>,
}

impl Original for Pm2File {
    fn comment(&self, comments: &mut Comments) {
        let name = self.file.file_name().unwrap_or_default();
        notes::comment(comments, &self.configuration, name);
    }

    fn notes(&self, apps: &[App]) -> Vec<String> {
        let mut notes = vec![];
        notes.extend(self.root_note());
        notes.extend(self.program_note());
        notes.extend(notes::notes(&self.file, &self.configuration, apps));
        notes
    }

    fn verify(
        &self,
        imported: &Imported<'_>,
        options: &Options,
    ) -> Result<Verification, ImportError> {
        verify::verify(self, imported, options)
    }
}

#[cfg(test)]
mod tests {
    use super::{assignments, read_by_shell};

    #[test]
    fn variables_of_whoever_starts_a_line_are_found() {
        for (line, names) in [
            ("puma -p $PORT -e ${RACK_ENV:-development}", &["PORT", "RACK_ENV"][..]),
            ("echo \"$A\" '$B' \\$C $$ $1 $HOME", &["A"]),
            ("A=1 B=$C x $A", &["C"]),
            ("for a in *; do echo $a $B; done", &["B"]),
            ("echo '$A\" $B", &[]),
            ("x", &[]),
        ] {
            assert_eq!(read_by_shell(line), names, "{line}");
        }
    }

    #[test]
    fn variables_before_a_program_are_read_as_the_shell_reads_them() {
        for (line, variables, rest) in [
            ("PORT=3000 node a.js", &[("PORT", "3000")][..], "node a.js"),
            ("A=\"b; c\"  B='d' x y", &[("A", "b; c"), ("B", "d")], "x y"),
            ("env A=1 A=2 python x.py", &[("A", "2")], "python x.py"),
            ("A= x", &[("A", "")], "x"),
            ("env", &[], "env"),
            ("env -i A=1 x", &[], "env -i A=1 x"),
            ("A=$B x", &[], "A=$B x"),
            ("A=\"$B\" x", &[], "A=\"$B\" x"),
            ("A=b", &[], "A=b"),
            ("A=b;x y", &[], "A=b;x y"),
            ("node a.js --x=1 2", &[], "node a.js --x=1 2"),
        ] {
            let (found, behind) = assignments(line);
            let found: Vec<(&str, &str)> =
                found.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            assert_eq!((found.as_slice(), behind), (variables, rest), "{line}");
        }
    }
}
