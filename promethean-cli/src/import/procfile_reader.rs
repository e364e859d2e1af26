//! The reader of `Procfile`, as foreman runs it: a line of the shell for each process, `.env` for all.

use camino::Utf8Path;
use promethean_core::endpoint::PORT;

use super::Options;
use super::app::{Raw, Variable};
use super::error::ImportError;
use super::interpolation::Dotenv;
use super::pm2_reader::data::Data;
use super::pm2_reader::{entry_of_line, read_entries};
use super::reader::{Content, Lost, Reader, Source, read_text};

/// The port that foreman gives the first process.
const FIRST_PORT: usize = 5000;

/// Reads a `Procfile`.
#[derive(Debug)]
pub(super) struct ProcfileReader;

impl Reader for ProcfileReader {
    fn recognize(&self, file: &Utf8Path) -> Option<Content> {
        let name = file.file_name()?;
        (name == "Procfile" || name.starts_with("Procfile.")).then_some(Content::Data)
    }

    fn read(&self, file: &Utf8Path, _: &Options) -> Result<Source, ImportError> {
        let text = read_text(file)?;
        // Everything is meant in the directory of the file.
        let base = file.parent().unwrap_or(Utf8Path::new("/")).to_owned();
        let dotenv = Dotenv::beside(&base);
        let mut comments: Vec<String> = Vec::new();
        let mut lost: Vec<Lost> = Vec::new();
        let mut pending: Vec<String> = Vec::new();
        let (mut entries, mut remarks) = (Vec::new(), Vec::new());
        for (number, line) in text.lines().map(str::trim).enumerate() {
            if let Some(comment) = line.strip_prefix('#') {
                pending.push(super::secret::hide(comment.trim()));
                continue;
            }
            let Some((name, command)) = process(line) else {
                comments.append(&mut pending);
                if !line.is_empty() {
                    let reason = "it is no `NAME: COMMAND`";
                    lost.push(Lost::left_out(format!("line {}", number + 1), reason));
                }
                continue;
            };
            let mut entry = vec![("name".to_owned(), Data::Text(name.to_owned()))];
            let (program, variables) = entry_of_line(command);
            entry.extend(program);
            // What foreman gives, or the file of variables.
            let variables = variables.into_iter().filter(|(key, value)| {
                let is_given = key == PORT || dotenv.has(key);
                !is_given || !matches!(value, Data::Outside(_))
            });
            entry.push(("env".to_owned(), Data::Object(variables.collect())));
            entries.push(Data::Object(entry));
            remarks.push(std::mem::take(&mut pending));
        }
        comments.append(&mut pending);
        if entries.is_empty() {
            return Err(ImportError::Nothing {
                what: format!("{file} has no processes"),
                help: "a line of a Procfile is `NAME: COMMAND`",
            });
        }
        let mut apps = read_entries(entries, &base);
        let mut has_port = false;
        let has_file = base.join(".env").is_file();
        for (index, (app, remarks)) in apps.iter_mut().zip(remarks).enumerate() {
            for remark in remarks {
                app.remark(remark);
            }
            let port = (FIRST_PORT + index * 100).to_string();
            // Its own line has the last word.
            if app.env.iter().all(|(key, _)| key != PORT) {
                app.env.push((PORT.to_owned(), Variable::Text(port)));
                has_port = true;
            }
            if has_file {
                app.set("env_file", vec![Raw::Text(".env".to_owned())]);
            }
            if app.name == "release" {
                app.set("autorestart", vec![Raw::Boolean(false)]);
                app.comment("It runs once: Heroku runs it before it starts the others.");
            }
        }
        lost.push(Lost::differs(
            "when a process ends",
            "foreman ends all of them; here it is started again, unless it has `autorestart false;`",
        ));
        if has_port {
            comments.push("Each `PORT` is the one that foreman gives.".to_owned());
        }
        Ok(Source::uncompared(file, apps, base, Vec::new(), comments, lost))
    }
}

/// `web: node server.js`
fn process(line: &str) -> Option<(&str, &str)> {
    let (name, command) = line.split_once(':')?;
    let is_name = !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    let command = command.trim();
    (is_name && !command.is_empty()).then_some((name, command))
}
