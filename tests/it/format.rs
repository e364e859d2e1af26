//! The format of ecosystems in Rust files.

use std::fs;
use std::process::Command;

use proc_macro2::TokenStream;
use promethean::emit::{Comments, source};
use promethean_cli::format::ecosystems;
use promethean_test_support::files;
use promethean_test_support::random;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

/// A file with everything that is decided somewhere, and the same as it comes out.
const BEFORE: &str = include_str!("../format/before.rs.txt");
const AFTER: &str = include_str!("../format/after.rs.txt");

#[test]
fn a_file_is_formatted_and_stays_so() {
    assert_eq!(ecosystems(BEFORE).unwrap(), AFTER);
    assert_eq!(ecosystems(AFTER).unwrap(), AFTER);
}

/// Comments stay wherever they stand in a statement.
#[test]
fn comments_between_a_directory_and_its_block_stay() {
    for (before, after) in [
        (
            "ecosystem! { node web \"web\" // the site\n{port 80;} }",
            "ecosystem! {\n    node web \"web\" // the site\n    { port 80; }\n}",
        ),
        (
            "ecosystem! { node web \"web\" /* the site */ {port 80;} }",
            "ecosystem! {\n    node web \"web\" /* the site */ { port 80; }\n}",
        ),
        (
            "ecosystem! {\nnode web\n// the site\n\"web\"\n// its port\n{\nport 80; } }",
            "ecosystem! {\n    node web\n        // the site\n        \"web\"\n        // its port\n    {\n        \
             port 80;\n    }\n}",
        ),
        ("ecosystem! { /* one */ }", "ecosystem! {\n    /* one */\n}"),
        ("ecosystem! /* two */ { node a; }", "ecosystem! /* two */ { node a; }"),
    ] {
        assert_eq!(ecosystems(before).unwrap(), after);
        assert_eq!(ecosystems(after).unwrap(), after);
    }
}

#[test]
fn line_ends_of_windows_stay() {
    let windows = |text: &str| text.replace('\n', "\r\n");
    assert_eq!(ecosystems(&windows(BEFORE)).unwrap(), windows(AFTER));
}

#[test]
fn what_is_no_rust_is_refused_in_its_place() {
    let refused = ecosystems("fn main() {}\nstatic S: E = ecosystem! { node a;\n").unwrap_err();
    assert!(refused.to_string().contains("cannot be read as Rust"), "{refused}");
    assert_eq!(refused.line, 2);
    // What the language refuses is formatted all the same.
    assert_eq!(ecosystems("ecosystem!{wacth   \".\"}").unwrap(), "ecosystem!{ wacth \".\" }");
}

/// The tokens of a source, without their places.
fn tokens(source: &str) -> String {
    source.parse::<TokenStream>().unwrap().to_string()
}

#[test]
fn random_ecosystems_keep_their_tokens_and_have_one_form() {
    let mut runner = TestRunner::new(random::cases(300));
    let layouts = proptest::collection::vec((0..9_usize, any::<bool>()), 1..40);
    runner
        .run(&(random::declaration(), layouts), |(declaration, layouts)| {
            let text = source(&declaration, &Comments::default(), 1);
            let whole =
                |inside: &str| format!("static S: Ecosystem = ecosystem! {{\n{inside}\n}};\n");
            let formatted = ecosystems(&whole(&text)).unwrap();
            prop_assert_eq!(&ecosystems(&formatted).unwrap(), &formatted);
            prop_assert_eq!(tokens(&formatted), tokens(&whole(&text)));
            // Other white space, and comments, at the ends of lines.
            let mut layouts = layouts.iter().cycle();
            let lines = text.lines().map(|line| {
                let (spaces, comment) = layouts.next().unwrap();
                let comment = if *comment { " // a comment" } else { "" };
                format!("{}{}{comment}", " ".repeat(*spaces), line.trim_start())
            });
            let other = whole(&lines.collect::<Vec<_>>().join("\n"));
            let formatted = ecosystems(&other).unwrap();
            prop_assert_eq!(&ecosystems(&formatted).unwrap(), &formatted);
            prop_assert_eq!(tokens(&formatted), tokens(&other));
            prop_assert_eq!(
                formatted.matches("// a comment").count(),
                other.matches("// a comment").count()
            );
            Ok(())
        })
        .unwrap();
}

/// What `import` writes is in the format already.
#[test]
fn imported_configurations_are_formatted() {
    let mut count = 0;
    for entry in fs::read_dir(files::repository().join("tests/import")).unwrap() {
        let path = entry.unwrap().path().join("main.rs");
        if let Ok(text) = fs::read_to_string(&path) {
            assert_eq!(ecosystems(&text).unwrap(), text, "{}", path.display());
            count += 1;
        }
    }
    assert!(count >= 40);
}

#[test]
fn the_command_formats_files_and_says_what_it_would_do() {
    let (_guard, root) = files::directory();
    fs::create_dir_all(root.join("src/target")).unwrap();
    for file in ["src/main.rs", "src/target/generated.rs", "ignored.rs"] {
        fs::write(root.join(file), BEFORE).unwrap();
    }
    fs::write(root.join("broken.rs"), "ecosystem! {").unwrap();
    fs::write(root.join(".gitignore"), "ignored.rs\n").unwrap();
    let fmt = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_promethean-under-test"))
            .arg("fmt")
            .args(arguments)
            .current_dir(&root)
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let (code, shown, said) = fmt(&["--check"]);
    assert_eq!(code, Some(1));
    assert!(shown.contains("-node   web"), "{shown}");
    assert!(said.contains("./broken.rs:1:") && said.contains("1 file is not formatted"), "{said}");
    assert_eq!(fs::read_to_string(root.join("src/main.rs")).unwrap(), BEFORE);
    let (code, _, said) = fmt(&["src"]);
    assert_eq!((code, said.as_str()), (Some(0), "formatted src/main.rs\n"));
    assert_eq!(fs::read_to_string(root.join("src/main.rs")).unwrap(), AFTER);
    assert_eq!(fs::read_to_string(root.join("src/target/generated.rs")).unwrap(), BEFORE);
    assert_eq!(fs::read_to_string(root.join("ignored.rs")).unwrap(), BEFORE);
    assert_eq!(fmt(&["--check", "src"]).0, Some(0));
}
