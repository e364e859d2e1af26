//! A run of Node on a configuration.

use std::io::{ErrorKind, Read, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use camino::Utf8Path;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::error::ImportError;

/// A script of the importer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Script {
    /// The name of its file.
    pub(super) name: &'static str,
    pub(super) text: &'static str,
}

/// How Node is started.
#[derive(Clone, Debug)]
pub(super) struct Node<'a> {
    /// Its program: a path, or a name on PATH.
    pub(super) program: &'a Path,
    /// Arguments for Node itself, before the script.
    pub(super) arguments: &'a [String],
    /// How long it may take.
    pub(super) limit: Duration,
}

/// What each of them answers with.
const ANSWER: Script = Script { name: "answer.cjs", text: include_str!("answer.cjs") };

impl Node<'_> {
    /// Runs the first of some of the importer's scripts in a directory, with the others beside it, hands it a
    /// request and returns what it answers.
    ///
    /// Whatever else the script prints is dropped: there may be secrets in it.
    ///
    /// # Errors
    ///
    /// Node is absent, takes longer than the limit, or ends without an answer.
    pub(super) fn ask<A: DeserializeOwned>(
        &self,
        scripts: &[Script],
        directory: &Utf8Path,
        mut request: serde_json::Value,
    ) -> Result<A, ImportError> {
        let folder = tempfile::Builder::new().prefix("promethean-").tempdir();
        let folder = folder.map_err(|error| ImportError::Temporary(error.to_string()))?;
        for Script { name, text } in scripts.iter().chain([&ANSWER]) {
            std::fs::write(folder.path().join(name), text)
                .map_err(|error| ImportError::Temporary(error.to_string()))?;
        }
        let place = scripts.first().map(|script| folder.path().join(script.name));
        let boundary = boundary(folder.path());
        if let Some(request) = request.as_object_mut() {
            request.insert("boundary".to_owned(), json!(boundary));
        }
        let mut child = Command::new(self.program)
            .args(self.arguments)
            .args(place)
            .current_dir(directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| ImportError::no_node(&error))?;
        if let Some(mut stdin) = child.stdin.take() {
            // Whoever ends before it has read the request says why on standard error.
            let _ = stdin.write_all(request.to_string().as_bytes());
        }
        let stdout = pieces_of(child.stdout.take());
        let stderr = pieces_of(child.stderr.take());
        let within = self.limit;
        if !ends_within(&mut child, within) {
            return Err(ImportError::NeverEnds { seconds: within.as_secs() });
        }
        // What the file has started may hold the pipe open for as long as it likes: the answer is enough.
        let is_complete = |text: &str| text.matches(boundary.as_str()).nth(1).is_some();
        let text = text_of(&stdout, within, is_complete);
        let answer = text.rsplit(boundary.as_str()).nth(1);
        answer.and_then(|answer| serde_json::from_str(answer).ok()).ok_or_else(|| {
            let is_complete = |text: &str| text.lines().any(is_error);
            let said = text_of(&stderr, Duration::from_secs(2), is_complete);
            ImportError::NoAnswer { said: last_words(&said) }
        })
    }
}

/// A text that nobody else prints: the name of the folder is random.
fn boundary(folder: &std::path::Path) -> String {
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    format!("\u{1}{name}\u{1}")
}

/// Reads a pipe to its end, beside whatever else goes on.
fn pieces_of(pipe: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    const PIECE: usize = 1 << 16;
    let (sender, receiver) = channel();
    // Where the system gives no thread nothing is read: the sender is gone.
    let _ = std::thread::Builder::new().spawn(move || {
        let Some(mut pipe) = pipe else { return };
        let mut piece = vec![0; PIECE];
        loop {
            match pipe.read(&mut piece) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // What could not be read is not there.
                Ok(0) | Err(_) => return,
                Ok(length) => {
                    let read = piece.get(..length).unwrap_or_default().to_vec();
                    if sender.send(read).is_err() {
                        return;
                    }
                }
            }
        }
    });
    receiver
}

/// What a pipe has said until it is closed or complete, or until the time is over.
fn text_of(
    pieces: &Receiver<Vec<u8>>,
    limit: Duration,
    is_complete: impl Fn(&str) -> bool,
) -> String {
    let start = Instant::now();
    let mut bytes = Vec::new();
    loop {
        // What is there already is read without waiting.
        while let Ok(piece) = pieces.try_recv() {
            bytes.extend(piece);
        }
        let rest = limit.saturating_sub(start.elapsed());
        if !rest.is_zero()
            && !is_complete(&String::from_utf8_lossy(&bytes))
            && let Ok(piece) = pieces.recv_timeout(rest)
        {
            bytes.extend(piece);
            continue;
        }
        return String::from_utf8_lossy(&bytes).into_owned();
    }
}

/// Waits for the end of a process, and ends it when that takes too long.
fn ends_within(child: &mut Child, limit: Duration) -> bool {
    let start = Instant::now();
    let mut pause = Duration::from_millis(2);
    loop {
        match child.try_wait() {
            Ok(Some(_)) => return true,
            Ok(None) if start.elapsed() < limit => std::thread::sleep(pause),
            _ => {
                // It may have ended by itself by now.
                let _ = child.kill();
                let _ = child.wait();
                return false;
            }
        }
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

/// Whether a line of Node's says what is wrong.
fn is_error(line: &str) -> bool {
    line.contains("Error") || line.trim_start().starts_with("node: ")
}

/// The line of an error message that says what it is.
fn last_words(stderr: &str) -> String {
    let mut lines = stderr.lines().map(str::trim).filter(|line| !line.is_empty());
    let error = lines.clone().find(|line| is_error(line));
    error.or_else(|| lines.next_back()).unwrap_or("it said nothing").to_owned()
}
