//! The lines that are in log files already.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::time::{Duration, SystemTime};

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use promethean::declaration::Declaration;
use promethean::logs::{
    DateFormat, JsonTime, Layout, Line, LogFile, Logs, Note, Pattern, Query, Sink, Stream,
};
use promethean::{Ecosystem, Options, ResolveError};
use promethean_test_support::files;
use serde_json::json;

#[derive(Debug, Default)]
struct Collected {
    lines: Vec<Line>,
    notes: Vec<Note>,
}

impl Collected {
    fn texts(&self) -> Vec<&str> {
        self.lines.iter().map(|line| line.text.as_str()).collect()
    }
}

impl Sink for Collected {
    fn line(&mut self, line: &Line) -> io::Result<()> {
        self.lines.push(line.clone());
        Ok(())
    }

    fn note(&mut self, note: &Note) -> io::Result<()> {
        self.notes.push(note.clone());
        Ok(())
    }
}

fn backlog(files: &[LogFile], query: &Query) -> Collected {
    let mut collected = Collected::default();
    Logs::new(files.to_vec(), query.clone()).backlog(&mut collected).unwrap();
    collected
}

fn file(root: &Utf8Path, name: &str, text: impl AsRef<[u8]>) -> LogFile {
    let path = root.join(name);
    fs::write(&path, text).unwrap();
    LogFile::new("web", Stream::Out, path)
}

/// A text of so many lines, each made of its number.
fn numbered(count: i64, line: impl Fn(i64) -> String) -> String {
    (0..count).map(line).collect()
}

fn newest(lines: usize) -> Query {
    Query { lines: Some(lines), ..Query::default() }
}

fn matching(pattern: &str, lines: usize) -> Query {
    Query { pattern: Some(Pattern::new(pattern, false).unwrap()), ..newest(lines) }
}

fn since(time: &str) -> Query {
    Query { since: Some(time.parse().unwrap()), ..Query::default() }
}

/// A layout with times that name their zone.
fn dated() -> Layout {
    Layout::Dated(DateFormat::new("YYYY-MM-DDTHH:mm:ssZ", TimeZone::UTC).unwrap())
}

/// The time so many seconds after a moment, as the layout writes it.
fn stamp(seconds: i64) -> String {
    Timestamp::from_second(1_800_000_000 + seconds)
        .unwrap()
        .strftime("%Y-%m-%dT%H:%M:%S+00:00")
        .to_string()
}

#[test]
fn the_newest_lines_of_each_file_are_handed_over() {
    let (_guard, root) = files::directory();
    let out = file(&root, "out", numbered(100_000, |line| format!("line {line}\n")));
    let err = LogFile { stream: Stream::Err, ..file(&root, "err", "one\r\ntwo\nunended") };
    let collected = backlog(&[out.clone(), err.clone()], &newest(2));
    assert_eq!(collected.texts(), ["line 99998", "line 99999", "two", "unended"]);
    assert_eq!(collected.lines[3].stream, Stream::Err);
    let all = backlog(std::slice::from_ref(&out), &Query::default());
    let expected = (0..100_000).map(|line| format!("line {line}"));
    assert!(all.texts().into_iter().eq(expected));
    let many = backlog(std::slice::from_ref(&out), &newest(60_000));
    assert_eq!(many.texts().len(), 60_000);
    assert_eq!(many.texts()[0], "line 40000");
    let only_err = Query { stream: Some(Stream::Err), ..newest(1) };
    assert_eq!(backlog(&[out.clone(), err], &only_err).texts(), ["unended"]);
    assert!(backlog(&[out], &newest(0)).lines.is_empty());
}

#[test]
fn files_that_are_empty_absent_or_no_files_harm_nobody() {
    let (_guard, root) = files::directory();
    let empty = file(&root, "empty", "");
    let absent = LogFile::new("web", Stream::Out, root.join("absent/out.log"));
    let directory = LogFile::new("web", Stream::Out, root.clone());
    let web = file(&root, "web", b"not \xff UTF-8\n");
    let collected = backlog(&[empty, absent, directory, web], &newest(5));
    assert_eq!(collected.texts(), ["not \u{fffd} UTF-8"]);
    let reason = "it is not a file".to_owned();
    assert_eq!(collected.notes, [Note::Unreadable { path: root, reason }]);
}

/// Whoever reads a tebibyte does not end.
#[test]
fn of_a_huge_file_only_the_end_is_read() {
    let (_guard, root) = files::directory();
    let path = root.join("huge");
    let mut huge = File::create(&path).unwrap();
    huge.set_len(1 << 40).unwrap();
    huge = File::options().append(true).open(&path).unwrap();
    huge.write_all(b"\none\ntwo\n").unwrap();
    let log = LogFile::new("web", Stream::Out, &path);
    assert_eq!(backlog(std::slice::from_ref(&log), &newest(2)).texts(), ["one", "two"]);
    let collected = backlog(std::slice::from_ref(&log), &matching("one", 3));
    assert_eq!(collected.texts().last(), Some(&"one"));
}

#[test]
fn the_newest_lines_that_match_are_looked_for_backwards() {
    let (_guard, root) = files::directory();
    let text = numbered(200_000, |line| format!("Line {line}\n"));
    let log = file(&root, "log", text);
    let files = std::slice::from_ref(&log);
    assert_eq!(
        backlog(files, &matching("^Line 1?[12]$", 9)).texts(),
        ["Line 1", "Line 2", "Line 11", "Line 12"]
    );
    assert_eq!(backlog(files, &matching("7$", 2)).texts(), ["Line 199987", "Line 199997"]);
    assert!(backlog(files, &matching("^line", 9)).lines.is_empty());
    let either = Pattern::new("^line 7$", true).unwrap();
    let query = Query { pattern: Some(either), ..newest(9) };
    assert_eq!(backlog(files, &query).texts(), ["Line 7"]);
    let error = Pattern::new("(", false).unwrap_err().to_string();
    assert!(error.starts_with("`(` is not a valid regular expression: "), "{error}");
}

/// A line of megabytes is looked at to its end, wherever the windows of the search begin.
#[test]
fn what_matches_is_found_beyond_the_first_megabyte_of_a_line() {
    let (_guard, root) = files::directory();
    for (before, after) in [(0, 0), (700_000, 0), (0, 700_000), (3_000_000, 3_000_000)] {
        let line = format!("{}needle{}", "x".repeat(2_500_000), "y".repeat(1_500_000));
        let text = format!("{}\n{line}\n{}\n", "a".repeat(before), "b".repeat(after));
        let log = file(&root, "log", text);
        let found = backlog(std::slice::from_ref(&log), &matching("needle", 9));
        let [text] = found.texts()[..] else { panic!("{before} {after}: {}", found.lines.len()) };
        assert!(text.contains("needle") && text.starts_with('…') && text.ends_with('…'));
        let all = Query { lines: None, ..matching("needle", 0) };
        assert_eq!(backlog(std::slice::from_ref(&log), &all).lines.len(), 1, "{before} {after}");
    }
}

#[test]
fn a_search_that_does_not_reach_the_beginning_says_so() {
    let (_guard, root) = files::directory();
    let line = format!("{}\n", "x".repeat(999));
    let log = file(&root, "log", format!("needle\n{}", line.repeat(80_000)));
    let collected = backlog(std::slice::from_ref(&log), &matching("needle", 1));
    assert!(collected.lines.is_empty());
    let [Note::SearchEnded { path, searched }] = collected.notes.as_slice() else {
        panic!("{:?}", collected.notes)
    };
    assert_eq!((path, *searched), (&log.path, 64 << 20));
}

#[test]
fn lines_with_times_are_merged_by_them_and_others_stay_with_the_one_before() {
    let (_guard, root) = files::directory();
    let at = |second: i64, text: &str| format!("{}: {text}\n", stamp(second));
    let web = format!("{}  at main.js:1\n{}", at(1, "web 1"), at(5, "web 5"));
    let web = LogFile { layout: dated(), ..file(&root, "web", web) };
    let db = format!("{}{}", at(3, "db 3"), at(7, "db 7"));
    let db = LogFile { app: "db".to_owned(), layout: dated(), ..file(&root, "db", db) };
    let plain = LogFile { app: "plain".to_owned(), ..file(&root, "plain", "plain\n") };
    let changed = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_004);
    File::options().append(true).open(&plain.path).unwrap().set_modified(changed).unwrap();
    let collected = backlog(&[web.clone(), db, plain], &Query::default());
    assert_eq!(collected.texts(), ["web 1", "  at main.js:1", "db 3", "plain", "web 5", "db 7"]);
    let first = &collected.lines[0];
    assert_eq!(first.stamp, format!("{}: ", stamp(1)));
    assert_eq!(first.time, Some(Timestamp::from_second(1_800_000_001).unwrap()));
    assert_eq!(collected.lines[1].time, None);
}

#[test]
fn lines_since_a_time_are_found_in_any_part_of_a_file() {
    let (_guard, root) = files::directory();
    let text =
        numbered(20_000, |second| format!("{}: line {second}\n  more {second}\n", stamp(second)));
    let log = LogFile { layout: dated(), ..file(&root, "log", text) };
    let files = std::slice::from_ref(&log);
    for first in [0, 1, 777, 10_000, 15_001, 19_999] {
        let collected = backlog(files, &since(&stamp(first)));
        let texts = collected.texts();
        assert_eq!(texts.len(), usize::try_from(2 * (20_000 - first)).unwrap(), "since {first}");
        assert_eq!(texts[0], format!("line {first}"));
        assert!(collected.notes.is_empty());
    }
    assert!(backlog(files, &since(&stamp(20_000))).lines.is_empty());
    assert_eq!(backlog(files, &since(&stamp(-5))).lines.len(), 40_000);
    let last = Query { lines: Some(3), ..since(&stamp(19_999)) };
    assert_eq!(backlog(files, &last).texts(), ["line 19999", "  more 19999"]);
}

#[test]
fn a_file_without_times_counts_by_its_last_change() {
    let (_guard, root) = files::directory();
    let text = numbered(100, |line| format!("line {line}\n"));
    let plain = file(&root, "plain", &text);
    let unstamped = LogFile { layout: dated(), ..file(&root, "unstamped", &text) };
    for log in [plain, unstamped] {
        let moment = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        File::options().append(true).open(&log.path).unwrap().set_modified(moment).unwrap();
        let files = std::slice::from_ref(&log);
        let older = backlog(files, &since(&stamp(1)));
        assert!(older.lines.is_empty() && older.notes.is_empty(), "{:?}", older.notes);
        let newer = backlog(files, &since(&stamp(-1)));
        assert_eq!(newer.lines.len(), Query::LINES);
        assert_eq!(newer.notes, [Note::NoTimes { app: "web".to_owned() }]);
    }
}

#[test]
fn objects_are_unfolded_and_what_is_none_stays_as_it_is() {
    let (_guard, root) = files::directory();
    let object = |message: &str, second: i64, stream: &str| {
        let timestamp = Timestamp::from_second(1_800_000_000 + second).unwrap().to_string();
        json!({"message": message, "timestamp": timestamp, "type": stream, "process_id": 0, "app_name": "web"})
    };
    let text = format!(
        "{}\n[PM2] app exited\n{}\n",
        object("one\ntwo\n\nthree\n", 1, "out"),
        object("bad \"thing\"\n", 2, "err")
    );
    let log = file(&root, "log", text);
    let log = LogFile { stream: Stream::Combined, layout: Layout::Json(JsonTime::Iso), ..log };
    let files = std::slice::from_ref(&log);
    let collected = backlog(files, &Query::default());
    assert_eq!(collected.texts(), ["one", "two", "", "three", "[PM2] app exited", "bad \"thing\""]);
    assert_eq!(collected.lines[3].stream, Stream::Out);
    assert_eq!(collected.lines[3].time, Some(Timestamp::from_second(1_800_000_001).unwrap()));
    assert_eq!(
        backlog(files, &newest(4)).texts(),
        ["", "three", "[PM2] app exited", "bad \"thing\""]
    );
    let only_err = Query { stream: Some(Stream::Err), ..Query::default() };
    assert_eq!(backlog(files, &only_err).texts(), ["[PM2] app exited", "bad \"thing\""]);
    assert_eq!(backlog(files, &since(&stamp(2))).texts(), ["bad \"thing\""]);
}

/// PM2 writes an object for each part that it reads: the end of a line comes when it comes.
#[test]
fn parts_of_lines_in_objects_are_joined() {
    let (_guard, root) = files::directory();
    let object = |message: &str, stream: &str| json!({"message": message, "timestamp": "2027-01-15T08:00:00Z", "type": stream, "process_id": 0});
    let parts = [
        object("lis", "out"),
        object("bad\n", "err"),
        object("tening\r", "out"),
        object("\nnext\nun", "out"),
        object("", "out"),
        object("ended", "out"),
    ];
    let text: Vec<String> = parts.iter().map(|part| format!("{part}\n")).collect();
    let log = file(&root, "log", text.concat());
    let log = LogFile { stream: Stream::Combined, layout: Layout::Json(JsonTime::Iso), ..log };
    let files = std::slice::from_ref(&log);
    let all = ["bad", "listening", "next", "unended"];
    assert_eq!(backlog(files, &Query::default()).texts(), all);
    assert_eq!(backlog(files, &newest(1)).texts(), all[3..]);
    assert_eq!(backlog(files, &newest(2)).texts(), all[2..]);
    assert_eq!(backlog(files, &newest(3)).texts(), all[1..]);
    assert_eq!(backlog(files, &matching("^listening$", 5)).texts(), ["listening"]);
}

/// Python writes the end of a line by itself. PM2 gives it a time, like a line.
#[test]
fn the_end_of_a_line_of_python_is_no_line() {
    let (_guard, root) = files::directory();
    let parts = [
        (0, "one"),
        (0, ""),
        (1, "two"),
        (2, ""),
        (2, ""),
        (3, ""),
        (4, "three"),
        (7, ""),
        (8, "four"),
    ];
    let text: Vec<String> =
        parts.iter().map(|(second, part)| format!("{}: {part}\n", stamp(*second))).collect();
    let log = LogFile { layout: dated(), ..file(&root, "log", text.concat()) };
    let python = LogFile { in_parts: true, ..log.clone() };
    let texts = ["one", "two", "", "", "three", "", "four"];
    assert_eq!(backlog(&[python], &Query::default()).texts(), texts);
    // What other programs write is as it is.
    assert_eq!(backlog(&[log], &Query::default()).lines.len(), parts.len());
}

#[test]
fn a_match_across_the_cut_of_a_long_line_is_found() {
    let (_guard, root) = files::directory();
    let mebibyte = 1 << 20;
    let line = |before: usize| format!("{}needle{}\n", "x".repeat(before), "y".repeat(100));
    for (before, lines) in [(mebibyte - 7, 1), (mebibyte - 6, 1), (mebibyte - 3, 5), (mebibyte, 5)]
    {
        let log = file(&root, "log", format!("first\n{}last\n", line(before)));
        let files = std::slice::from_ref(&log);
        let found = backlog(files, &matching("xneedley", lines));
        let [piece] = found.texts()[..] else { panic!("{before}: {}", found.lines.len()) };
        assert_eq!(piece.starts_with('…'), before > mebibyte - 7, "{before}");
    }
    let log = file(&root, "log", format!("first\n{}last\n", line(mebibyte - 3)));
    let files = std::slice::from_ref(&log);
    assert_eq!(
        backlog(files, &matching("yneedle|needlex|^(first|last)$", 5)).texts(),
        ["first", "last"]
    );
}

#[test]
fn a_file_of_several_apps_is_read_once() {
    let (_guard, root) = files::directory();
    let web = file(&root, "log", "line\n");
    let other = LogFile { app: "other".to_owned(), stream: Stream::Err, ..web.clone() };
    let collected = backlog(&[web, other], &Query::default());
    assert_eq!(collected.texts(), ["line"]);
    assert_eq!(collected.lines[0].app, "web+other");
}

#[test]
fn units_are_named_alone() {
    let declaration: Declaration = serde_json::from_value(json!({"units": [
        {"external": {"name": "database"}},
        {"service": {"kind": "node", "name": "base"}},
        {"agent": {"name": "duck", "services": [
            {"kind": "node", "name": "voice", "block": {"depends_on": [{"unit": ["base"]}]}},
            {"kind": "node", "name": "ears"}]}},
    ]}))
    .unwrap();
    let (_guard, root) = files::directory();
    let ecosystem = Ecosystem::from_declaration(declaration, root.to_string(), &[]);
    let system = ecosystem.resolve(&Options::default()).unwrap();
    let named = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let apps = system.named(&names)?;
        Ok::<_, ResolveError>(apps.iter().map(|app| app.name.to_string()).collect::<Vec<_>>())
    };
    assert_eq!(named(&[]).unwrap(), ["base", "duck_voice", "duck_ears"]);
    assert_eq!(named(&["duck"]).unwrap(), ["duck_voice", "duck_ears"]);
    assert_eq!(named(&["duck.voice"]).unwrap(), ["duck_voice"]);
    assert_eq!(named(&["duck_voice", "duck.voice", "base"]).unwrap(), ["base", "duck_voice"]);
    let error = |name: &str| named(&[name]).unwrap_err().to_string();
    assert_eq!(
        error("basis"),
        "unknown service or agent `basis`\n  help: there is `duck`, `base`, `duck_voice` and `duck_ears`"
    );
    let meant = |name: &str, meant: &str| {
        let expected = format!("unknown service or agent `{name}`\n  help: did you mean {meant}?");
        assert_eq!(error(name), expected);
        // Commands that start something find units in another way.
        let options = Options { units: vec![name.to_owned()], ..Options::default() };
        assert_eq!(ecosystem.resolve(&options).unwrap_err().to_string(), expected);
    };
    meant("voice", "`duck.voice`");
    meant("voize", "`duck.voice`");
    assert_eq!(error("bse"), "unknown service or agent `bse`\n  help: did you mean `base`?");
    assert_eq!(
        error("database"),
        "database: it is external: this system needs it but does not start it"
    );
}

#[test]
fn an_app_without_logs_has_no_files() {
    let (_guard, root) = files::directory();
    let files_of = |settings: serde_json::Value| {
        let declaration: Declaration = serde_json::from_value(json!({"units": [
            {"service": {"kind": "node", "name": "a_b c", "block": {"settings": settings}}}]}))
        .unwrap();
        let ecosystem = Ecosystem::from_declaration(declaration, root.to_string(), &[]);
        let system = ecosystem.resolve(&Options::default()).unwrap();
        let found = promethean::pm2::log_files(&[&system.apps[0]], &root, &TimeZone::system);
        found.into_iter().map(|file| (file.stream, file.path)).collect::<Vec<_>>()
    };
    let log = |name: &str| root.join("logs").join(name);
    let (out, err) = (log("a-b-c-out.log"), log("a-b-c-error.log"));
    assert_eq!(files_of(json!({})), [(Stream::Out, out.clone()), (Stream::Err, err.clone())]);
    assert_eq!(files_of(json!({"disable_logs": [true]})), []);
    assert_eq!(files_of(json!({"out_file": ["/dev/null"], "error_file": ["/dev/null"]})), []);
    let one = files_of(json!({"out_file": ["all.txt"], "error_file": ["./all.txt"]}));
    assert_eq!(one, [(Stream::Combined, root.join("all.txt"))]);
    fs::create_dir(root.join("logs")).unwrap();
    let names = [
        "a-b-c-out-10.log",
        "a-b-c-out-9.log",
        "a-b-c-out-9-1.log",
        "a-b-c-out__old.log",
        "a-b-c-out-x.log",
    ];
    for name in names {
        fs::write(log(name), "").unwrap();
    }
    let instances = [log("a-b-c-out-9.log"), log("a-b-c-out-10.log"), err.clone()];
    let paths = |found: Vec<(Stream, Utf8PathBuf)>| {
        found.into_iter().map(|(_, path)| path).collect::<Vec<_>>()
    };
    assert_eq!(paths(files_of(json!({}))), instances);
    assert_eq!(paths(files_of(json!({"merge_logs": [true]}))), [out, err]);
}

/// PM2 writes both names as `a-b`: whose a line is nobody can say.
#[test]
fn apps_that_pm2_writes_alike_have_their_logs_together() {
    let (_guard, root) = files::directory();
    let service = |name: &str| {
        let allow = [serde_json::json!({"rule": "similar-names", "reason": "logs of both"})];
        serde_json::json!({"service": {"kind": "script", "name": name, "block": {
            "settings": {"run": ["sleep"]},
            "allow": if name == "a_b" { allow.as_slice() } else { &[] },
        }}})
    };
    let units = ["a b", "a_b", "web", "web-7"].map(service);
    let declaration = serde_json::from_value(serde_json::json!({"units": units})).unwrap();
    let ecosystem = promethean::Ecosystem::from_declaration(declaration, root.to_string(), &[]);
    let system = ecosystem.resolve(&promethean::Options::default()).unwrap();
    fs::create_dir(root.join("logs")).unwrap();
    for name in ["a-b-out-0", "web-out-1", "web-7-out-2"] {
        fs::write(root.join(format!("logs/{name}.log")), format!("{name}\n")).unwrap();
    }
    let of = |name: &str| {
        let app = system.app(name).unwrap();
        let log_files = promethean::pm2::log_files;
        let found = promethean::logs::files_among(&[app], &system.apps, |apps| {
            log_files(apps, &root, &TimeZone::system)
        });
        let lines = backlog(&found, &newest(5)).lines;
        lines.into_iter().map(|line| format!("{}: {}", line.app, line.text)).collect::<Vec<_>>()
    };
    assert_eq!(of("a b"), ["a b+a_b: a-b-out-0"]);
    assert_eq!(of("a_b"), ["a_b+a b: a-b-out-0"]);
    assert_eq!(of("web"), ["web: web-out-1"]);
    assert_eq!(of("web-7"), ["web-7: web-7-out-2"]);
}

/// The files of each app are asked for once, and each is handed over once, however many there are.
#[test]
fn two_thousand_files_are_each_looked_for_once() {
    const APPS: usize = 2_000;
    let (_guard, root) = files::directory();
    let unit = |app: usize| {
        let block = json!({"settings": {"run": ["true"]}});
        json!({"service": {"kind": "script", "name": format!("app-{app:04}"), "block": block}})
    };
    let units: Vec<_> = (0..APPS).map(unit).collect();
    let declaration = json!({"name": "many", "paths_unchecked": true, "units": units});
    let declaration: Declaration = serde_json::from_value(declaration).unwrap();
    let ecosystem = Ecosystem::from_declaration(declaration, root.to_string(), &[]);
    let system = ecosystem.resolve(&Options::default()).unwrap();
    fs::create_dir(root.join("logs")).unwrap();
    for app in 0..APPS {
        fs::write(root.join(format!("logs/app-{app:04}-out-{app}.log")), "").unwrap();
    }
    fs::write(root.join("logs/app-1999-out-1999.log"), "the last\n").unwrap();
    let asked = std::cell::Cell::new(0);
    let apps: Vec<_> = system.apps.iter().collect();
    let found = promethean::logs::files_among(&apps, &system.apps, |apps| {
        asked.set(asked.get() + apps.len());
        promethean::pm2::log_files(apps, &root, &TimeZone::system)
    });
    assert_eq!((asked.get(), found.len()), (APPS, 2 * APPS));
    let collected = backlog(&found, &newest(5));
    assert_eq!(collected.texts(), ["the last"]);
    assert_eq!(collected.notes, []);
}

/// The engine itself and logrotate number them, pm2-logrotate dates them.
#[test]
fn where_a_log_has_too_few_lines_the_files_before_it_go_on() {
    let (_guard, root) = files::directory();
    let web = file(&root, "web-out.log", "7\n8\n");
    for (name, text) in [
        ("web-out.log.1", "5\n6\n"),
        ("web-out.log.2", "3\n4\n"),
        ("web-out.log.3", "1\n2\n"),
        ("web-out.log.5", "after a gap\n"),
        ("web-out.log.1.gz", "compressed\n"),
        ("web-out-1.log", "another process\n"),
    ] {
        file(&root, name, text);
    }
    let files = std::slice::from_ref(&web);
    assert_eq!(backlog(files, &newest(0)).texts(), [""; 0]);
    assert_eq!(backlog(files, &newest(1)).texts(), ["8"]);
    assert_eq!(backlog(files, &newest(2)).texts(), ["7", "8"]);
    assert_eq!(backlog(files, &newest(3)).texts(), ["6", "7", "8"]);
    assert_eq!(backlog(files, &newest(7)).texts(), ["2", "3", "4", "5", "6", "7", "8"]);
    let all = ["1", "2", "3", "4", "5", "6", "7", "8"];
    assert_eq!(backlog(files, &newest(99)).texts(), all);
    assert_eq!(backlog(files, &Query::default()).texts(), all);
    assert_eq!(backlog(files, &matching("[1357]", 3)).texts(), ["3", "5", "7"]);
    assert_eq!(backlog(files, &newest(99)).notes, []);

    // It was replaced, and nobody has written to the new one.
    fs::write(&web.path, "").unwrap();
    assert_eq!(backlog(files, &newest(3)).texts(), ["4", "5", "6"]);
    fs::remove_file(&web.path).unwrap();
    assert_eq!(backlog(files, &newest(3)).texts(), ["4", "5", "6"]);

    let db = file(&root, "db-out.log", "3\n");
    for (name, text) in [
        ("db-out__2026-11-26_00-00-00.log", "1\n"),
        ("db-out__2026-11-27_00-00-00.log", "2\n"),
        ("db-out__2-out.log", "of another app\n"),
        ("db-out__new.log", "of another app\n"),
        ("db-out__2026-11-25_00-00-00.log.gz", "compressed\n"),
    ] {
        file(&root, name, text);
    }
    // A copy may be younger than the log.
    for (name, seconds) in [("26", 60), ("27", 120)] {
        let path = root.join(format!("db-out__2026-11-{name}_00-00-00.log"));
        let copy = File::options().append(true).open(path).unwrap();
        copy.set_modified(SystemTime::now() + Duration::from_secs(seconds)).unwrap();
    }
    let files = std::slice::from_ref(&db);
    assert_eq!(backlog(files, &newest(99)).texts(), ["1", "2", "3"]);
    assert_eq!(backlog(files, &newest(2)).texts(), ["2", "3"]);
}

#[test]
fn lines_since_a_time_are_found_in_the_files_before_it() {
    let (_guard, root) = files::directory();
    let line = |second: i64| format!("{}: line {second}\n", stamp(second));
    let lines = |from: i64| numbered(10, |second| line(from + second));
    let web = LogFile { layout: dated(), ..file(&root, "web-out.log", lines(20)) };
    file(&root, "web-out.log.1", lines(10));
    file(&root, "web-out.log.2", lines(0));
    let files = std::slice::from_ref(&web);
    let expected = |from: i64| (from..30).map(|second| format!("line {second}"));
    for from in [25, 20, 19, 15, 10, 9, 0] {
        let collected = backlog(files, &since(&stamp(from)));
        assert!(collected.texts().into_iter().eq(expected(from)), "{from}: {collected:?}");
        assert_eq!(collected.notes, []);
    }
    let some = Query { lines: Some(12), ..since(&stamp(5)) };
    assert!(backlog(files, &some).texts().into_iter().eq(expected(18)));
    // The new one is empty.
    fs::write(&web.path, "").unwrap();
    let replaced = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_030);
    File::options().append(true).open(&web.path).unwrap().set_modified(replaced).unwrap();
    let collected = backlog(files, &since(&stamp(18)));
    assert_eq!(collected.texts(), ["line 18", "line 19"]);
    assert_eq!(collected.notes, []);
}
