//! Log files, followed through what happens to them.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use promethean::logs::{Line, LogFile, Logs, Note, Query, Sink, Stream};
use promethean_test_support::files;
use promethean_test_support::pm2::eventually;

/// The texts of the lines of files that are followed.
struct Followed {
    seen: Seen,
    thread: Option<JoinHandle<io::Result<()>>>,
}

#[derive(Clone, Default)]
struct Seen {
    texts: Arc<Mutex<Vec<String>>>,
    notes: Arc<Mutex<Vec<Note>>>,
    /// Whether all that was there has been handed over.
    waiting: Arc<AtomicBool>,
    ends: Arc<AtomicBool>,
}

impl Sink for Seen {
    fn line(&mut self, line: &Line) -> io::Result<()> {
        self.texts.lock().unwrap().push(line.text.clone());
        Ok(())
    }

    fn note(&mut self, note: &Note) -> io::Result<()> {
        self.notes.lock().unwrap().push(note.clone());
        Ok(())
    }

    fn pause(&mut self) -> io::Result<ControlFlow<()>> {
        self.waiting.store(true, Ordering::SeqCst);
        Ok(match self.ends.load(Ordering::SeqCst) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        })
    }
}

impl Followed {
    /// Follows a file, from its last line on.
    fn one(path: &Utf8Path) -> Followed {
        let file = LogFile::new("web", Stream::Out, path);
        Followed::of(vec![file.clone()], move || vec![file.clone()])
    }

    fn of(
        files: Vec<LogFile>,
        mut refresh: impl FnMut() -> Vec<LogFile> + Send + 'static,
    ) -> Followed {
        let seen = Seen::default();
        let mut sink = seen.clone();
        let query = Query { lines: Some(1), ..Query::default() };
        let thread = thread::spawn(move || Logs::new(files, query).follow(&mut refresh, &mut sink));
        let followed = Followed { seen, thread: Some(thread) };
        followed.settle();
        followed
    }

    /// Waits until all files have been looked at once more.
    fn settle(&self) {
        for _ in 0..2 {
            self.seen.waiting.store(false, Ordering::SeqCst);
            eventually("the files are looked at", || self.seen.waiting.load(Ordering::SeqCst));
        }
    }

    fn texts(&self) -> Vec<String> {
        self.seen.texts.lock().unwrap().clone()
    }

    #[track_caller]
    fn shows(&self, texts: &[&str]) {
        self.settle();
        assert_eq!(self.texts(), texts);
    }

    /// Waits for the last of so many numbered lines, and demands each once and in order.
    #[track_caller]
    fn shows_all(&self, count: usize) {
        let last = format!("line {}", count - 1);
        eventually("the last line comes", || self.texts().contains(&last));
        let texts = self.texts();
        let differs =
            texts.iter().enumerate().find(|(index, text)| **text != format!("line {index}"));
        assert_eq!(differs, None);
        assert_eq!(texts.len(), count);
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        self.seen.ends.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            thread.join().expect("following does not panic").expect("following has no error");
        }
    }
}

fn append(path: &Utf8Path, text: impl AsRef<[u8]>) {
    let mut file = File::options().append(true).create(true).open(path).unwrap();
    file.write_all(text.as_ref()).unwrap();
}

fn log() -> (tempfile::TempDir, Utf8PathBuf) {
    let (guard, root) = files::directory();
    (guard, root.join("web-out.log"))
}

#[test]
fn a_line_is_shown_when_it_has_its_end() {
    let (_guard, path) = log();
    append(&path, "old\nlast\nunen");
    let followed = Followed::one(&path);
    followed.shows(&["last"]);
    append(&path, "ded");
    followed.shows(&["last"]);
    append(&path, "\r\n\nä".as_bytes());
    followed.shows(&["last", "unended", ""]);
    append(&path, "\n");
    followed.shows(&["last", "unended", "", "ä"]);
}

#[test]
fn a_file_is_waited_for_with_its_directory() {
    let (_guard, root) = files::directory();
    let path = root.join("logs/of/web.log");
    let followed = Followed::one(&path);
    fs::create_dir_all(root.join("logs/of")).unwrap();
    followed.shows(&[]);
    append(&path, "one\ntwo\n");
    followed.shows(&["one", "two"]);
    fs::remove_dir_all(root.join("logs")).unwrap();
    followed.settle();
    fs::create_dir_all(root.join("logs/of")).unwrap();
    append(&path, "three\n");
    followed.shows(&["one", "two", "three"]);
}

#[test]
fn a_file_that_is_removed_is_read_until_another_takes_its_name() {
    let (_guard, path) = log();
    append(&path, "one\n");
    let followed = Followed::one(&path);
    let mut old = File::options().append(true).open(&path).unwrap();
    fs::remove_file(&path).unwrap();
    writeln!(old, "two").unwrap();
    followed.shows(&["one", "two"]);
    append(&path, "three\n");
    writeln!(old, "late").unwrap();
    followed.settle();
    writeln!(old, "later").unwrap();
    append(&path, "four\n");
    followed.settle();
    let mut texts = followed.texts();
    assert_eq!(texts.len(), 6);
    texts.sort();
    assert_eq!(texts, ["four", "late", "later", "one", "three", "two"]);
}

#[test]
fn a_truncated_file_is_read_from_its_beginning() {
    let (_guard, path) = log();
    append(&path, "a long first line\n");
    let followed = Followed::one(&path);
    append(&path, "begun");
    followed.settle();
    File::create(&path).unwrap();
    followed.settle();
    append(&path, "short\n");
    // What was begun has no end any more.
    followed.shows(&["a long first line", "begun", "short"]);
}

/// Its length alone does not tell.
#[test]
fn a_truncated_file_that_has_grown_again_is_read_from_its_beginning() {
    let (_guard, path) = log();
    append(&path, "one\n");
    let followed = Followed::one(&path);
    fs::write(&path, "two\n").unwrap();
    followed.shows(&["one", "two"]);
    fs::write(&path, "three and more\nfour\n").unwrap();
    followed.shows(&["one", "two", "three and more", "four"]);
}

#[test]
fn a_long_line_comes_in_pieces_and_bytes_that_are_no_text_come_too() {
    let (_guard, path) = log();
    let followed = Followed::one(&path);
    append(&path, [&vec![b'x'; 3 << 20], b"\xff\nnext\n".as_slice()].concat());
    followed.settle();
    let texts = followed.texts();
    let lengths: Vec<usize> = texts.iter().map(|text| text.chars().count()).collect();
    let piece = 1 << 20;
    assert_eq!(lengths, [piece + 1, piece + 2, piece + 2, 2, 4]);
    assert_eq!(texts[3], "…\u{fffd}");
}

#[test]
fn a_file_that_cannot_be_read_is_said_once_and_harms_no_other() {
    let (_guard, root) = files::directory();
    let directory = LogFile::new("db", Stream::Out, &root);
    let path = root.join("web.log");
    let files = vec![directory, LogFile::new("web", Stream::Out, &path)];
    let followed = Followed::of(files.clone(), move || files.clone());
    append(&path, "one\n");
    followed.shows(&["one"]);
    followed.settle();
    assert_eq!(followed.seen.notes.lock().unwrap().len(), 1);
}

#[test]
fn files_that_come_later_are_followed_too() {
    let (_guard, root) = files::directory();
    let file = |name: &str| LogFile::new("web", Stream::Out, root.join(name));
    append(&root.join("old"), "before\nolder\n");
    thread::sleep(Duration::from_millis(1_500));
    append(&root.join("web"), "one\n");
    let (web, listed) = (file("web"), vec![file("web"), file("new"), file("old")]);
    let followed = Followed::of(vec![web], move || listed.clone());
    append(&root.join("new"), "new 1\nnew 2\n");
    eventually("the new file is read", || followed.texts().contains(&"new 2".to_owned()));
    append(&root.join("old"), "newest\n");
    followed.settle();
    let mut texts = followed.texts();
    texts.sort();
    assert_eq!(texts, ["new 1", "new 2", "newest", "older", "one"]);
}

#[test]
fn what_is_there_begins_in_the_files_before_it() {
    let (_guard, path) = log();
    fs::write(format!("{path}.2"), "one\n").unwrap();
    fs::write(format!("{path}.1"), "two\n").unwrap();
    // It was replaced just now, and its first line has no end yet.
    fs::write(&path, "and an").unwrap();
    let followed = Followed::one(&path);
    followed.shows(&["two"]);
    append(&path, "other\n");
    fs::rename(format!("{path}.2"), format!("{path}.3")).unwrap();
    fs::rename(format!("{path}.1"), format!("{path}.2")).unwrap();
    fs::rename(&path, format!("{path}.1")).unwrap();
    append(&path, "last\n");
    followed.shows(&["two", "and another", "last"]);
}

/// As logrotate and `pm2 reloadLogs` do: the program writes to the renamed file until it is told.
#[test]
fn no_line_is_lost_or_doubled_when_files_are_renamed() {
    const LINES: usize = 20_000;
    let (_guard, path) = log();
    let mut file = File::options().append(true).create(true).open(&path).unwrap();
    let followed = Followed::one(&path);
    for line in 0..LINES {
        // A write for each part: rotation does not wait for the end of a line.
        write!(file, "line ").unwrap();
        writeln!(file, "{line}").unwrap();
        match line % 2_000 {
            1_000 => fs::rename(&path, format!("{path}.{line}")).unwrap(),
            1_500 => file = File::options().append(true).create(true).open(&path).unwrap(),
            1_999 => followed.settle(),
            _ => {}
        }
    }
    followed.shows_all(LINES);
}

/// As logrotate's `copytruncate` and pm2-logrotate do, which lose nothing when nobody writes between
/// the copy and the truncation.
#[test]
fn no_line_is_lost_or_doubled_when_files_are_copied_and_truncated() {
    const LINES: usize = 20_000;
    let (_guard, path) = log();
    let followed = Followed::one(&path);
    let mut file = File::options().append(true).create(true).open(&path).unwrap();
    for line in 0..LINES {
        writeln!(file, "line {line}").unwrap();
        match line % 2_000 {
            500 => followed.settle(),
            1_000 => {
                fs::copy(&path, path.with_file_name(format!("web-out__{line}.log"))).unwrap();
                // Beside it lies the log of another app, as long and as new.
                fs::write(path.with_file_name("web-out-door.log"), "other\n".repeat(9_000))
                    .unwrap();
                file.set_len(0).unwrap();
            }
            _ => {}
        }
    }
    followed.shows_all(LINES);
}
