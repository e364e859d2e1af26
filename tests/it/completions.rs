//! What a shell completes, in a real bash, and the page for `man`.

use std::fs;
use std::process::{Command, Output};

use promethean_test_support::files::directory;

use crate::program;

fn succeeded(output: Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn run(arguments: &[&str]) -> Output {
    Command::new(program::example()).args(arguments).output().unwrap()
}

/// What bash would complete after these words, the last of which is being written.
fn completed(words: &[&str]) -> Vec<String> {
    let last = words.len() - 1;
    let words: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    let script = format!(
        "{}\nCOMP_WORDS=({}); COMP_CWORD={last}; COMP_TYPE=9\n\
         _clap_complete_promethean promethean {} ''\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"",
        succeeded(run(&["completions", "bash"])),
        words.join(" "),
        words[last],
    );
    let bash = Command::new("bash").args(["--norc", "-c", &script]).output().unwrap();
    succeeded(bash).lines().map(|line| line.trim_end().to_owned()).collect()
}

#[test]
fn bash_completes_commands_and_the_units_of_the_definition() {
    assert_eq!(completed(&["promethean", "rel"]), ["reload"]);
    assert_eq!(completed(&["promethean", "up", "duck_v"]), ["duck_voice"]);
    let all = completed(&["promethean", "restart", "duck"]);
    assert!(all.contains(&"duck".to_owned()) && all.len() == 7, "{all:?}");
    assert!(completed(&["promethean", "graph", "--form"]).contains(&"--format".to_owned()));
}

#[test]
fn an_unknown_shell_is_answered_with_those_that_are_known() {
    let unknown = run(&["completions", "tcsh"]);
    assert_eq!(unknown.status.code(), Some(1));
    let said = String::from_utf8(unknown.stderr).unwrap();
    assert_eq!(said, "error: unknown shell: the shells are bash, elvish, fish, powershell, zsh\n");
}

#[test]
fn the_page_for_man_has_all_commands() {
    let page = succeeded(run(&["man"]));
    assert!(page.contains(".TH promethean 1"), "{page}");
    for command in ["up", "down", "status", "logs", "boot", "completions"] {
        assert!(page.contains(&format!("promethean\\-{command}(1)")), "{command}: {page}");
    }
}

#[test]
fn each_command_has_a_page_with_its_options() {
    let page = succeeded(run(&["man", "up"]));
    assert!(page.contains(".TH promethean-up 1"), "{page}");
    assert!(page.contains("\\-\\-wait"), "{page}");
    assert!(succeeded(run(&["man", "boot", "install"])).contains(".TH promethean-boot-install 1"));
    let unknown = run(&["man", "boot", "instal"]);
    assert_eq!(unknown.status.code(), Some(1));
    let said = String::from_utf8(unknown.stderr).unwrap();
    let known =
        "unknown command `instal`: the commands of `promethean boot` are show, install, remove";
    assert!(said.contains(known), "{said}");

    // Every page that the whole refers to is written beside it.
    let (_guard, folder) = directory();
    let pages = folder.join("man1");
    succeeded(run(&["man", "-o", pages.as_str()]));
    let whole = fs::read_to_string(pages.join("promethean.1")).unwrap();
    assert_eq!(whole, succeeded(run(&["man"])));
    let mut references = 0;
    for (start, _) in whole.match_indices("promethean\\-") {
        let (name, _) = whole[start..].split_once("(1)").unwrap();
        let place = pages.join(format!("{}.1", name.replace('\\', "")));
        assert!(place.is_file(), "{place}");
        references += 1;
    }
    assert!(references > 10, "{whole}");
}
