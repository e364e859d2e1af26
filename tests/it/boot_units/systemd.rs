//! What systemd reads in a unit.

use std::fs;
use std::process::Command;

use camino::Utf8Path;
use promethean::boot::{Boot, BootError};
use promethean_test_support::files;
use proptest::prelude::*;

use super::sample;

fn value<'u>(unit: &'u str, key: &str) -> &'u str {
    let found = unit.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    found.unwrap_or_else(|| panic!("{key} in {unit}"))
}

/// The words of a value, as systemd.syntax(7) and systemd.unit(5) say that they are read.
fn read(value: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = value.chars().peekable();
    while rest.next_if_eq(&'"').is_some() {
        let mut word = String::new();
        loop {
            match rest.next().expect("a quote at the end") {
                '"' => break,
                '\\' => word.push(match rest.next().unwrap() {
                    'x' => {
                        let digits: String = rest.by_ref().take(2).collect();
                        char::from(u8::from_str_radix(&digits, 16).unwrap())
                    }
                    same @ ('"' | '\\') => same,
                    other => panic!("\\{other} is no escape that is written"),
                }),
                '%' => {
                    assert_eq!(rest.next(), Some('%'), "a specifier in {value}");
                    word.push('%');
                }
                other => word.push(other),
            }
        }
        words.push(word);
        assert!(rest.next_if_eq(&' ').is_some() || rest.peek().is_none(), "{value}");
    }
    assert_eq!(rest.next(), None, "{value}");
    words
}

/// An argument, of which systemd takes `$` for the start of a variable, `$$` for a `$`.
fn argument(word: &str) -> String {
    assert_eq!(word.replace("$$", "").matches('$').count(), 0, "a variable in {word}");
    word.replace("$$", "$")
}

proptest! {
    #[test]
    fn what_is_written_is_what_systemd_reads(text in "[^\\x00]*|[%$\\\\\"' \n\ta-z{}-]*") {
        let unit = sample::boot(&text).systemd().unwrap();
        let words: Vec<String> =
            read(value(&unit, "ExecStart")).iter().map(|word| argument(word)).collect();
        prop_assert_eq!(words, sample::words(&text));
        prop_assert_eq!(read(value(&unit, "Environment")), [format!("PATH={text}")]);
    }
}

#[test]
fn what_systemd_takes_for_its_own_is_escaped() {
    let unit = sample::boot("100% \"mine\" $HOME\\\n").systemd().unwrap();
    let written = r#""/bin/echo" "down" "--root" "100%% \"mine\" $$HOME\\\x0a" "duck""#;
    assert!(value(&unit, "ExecStop").starts_with(written), "{unit}");
    assert_eq!(value(&unit, "Environment"), r#""PATH=100%% \"mine\" $HOME\\\x0a""#);
    for path in ["/a\"b", "/a'b", "/a\\b", "/a\nb"] {
        let boot = Boot { program: path.into(), ..sample::boot("") };
        assert_eq!(boot.systemd(), Err(BootError::Program { path: path.to_owned() }));
    }
}

/// systemd itself reads the unit.
#[cfg(target_os = "linux")]
#[test]
fn systemd_has_nothing_to_say_against_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = Utf8Path::from_path(directory.path()).unwrap();
    let program = path.join("100% $HOME ${mine} ü;");
    files::write_program(&program, "#!/bin/sh\n");
    let text = "50% %h %% $x $$ ${y} \"z\" 'w' \\n; # ü\t";
    for sample in [sample::boot, sample::embedded] {
        let boot = Boot { program: program.clone(), ..sample(text) };
        let file = boot.systemd_path(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, boot.systemd().unwrap()).unwrap();
        let asked = Command::new("systemd-analyze")
            .args(["verify", "--user", "--man=no", file.as_str()])
            .env("XDG_RUNTIME_DIR", path)
            .output();
        let said = asked.expect("systemd-analyze is needed: install the package systemd");
        let errors = String::from_utf8_lossy(&said.stderr);
        assert!(said.status.success() && errors.is_empty(), "{errors}");
    }
}

/// `run` stays in the foreground, and what is left of it can be taken down.
#[test]
fn the_embedded_engine_is_run_and_taken_down() {
    let unit = sample::embedded("all").systemd().unwrap();
    assert_eq!(value(&unit, "ExecStart"), r#""/bin/echo" "run" "--root" "all" "duck" "all""#);
    assert_eq!(
        value(&unit, "ExecStop"),
        r#""/bin/echo" "down" "--engine" "embedded" "--root" "all" "duck" "all""#
    );
}
