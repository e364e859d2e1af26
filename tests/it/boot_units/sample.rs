//! A unit for the tests.

use promethean::boot::{Boot, Keeper};

/// A unit in which each argument and the variable's value are this text.
pub fn boot(text: &str) -> Boot {
    Boot {
        keeper: Keeper::Pm2,
        name: "sample".to_owned(),
        package: None,
        item: None,
        root: "/srv/sample".into(),
        program: "/bin/echo".into(),
        options: vec!["--root".to_owned(), text.to_owned()],
        units: vec!["duck".to_owned(), text.to_owned()],
        environment: vec![("PATH".to_owned(), text.to_owned())],
    }
}

/// The same on the embedded engine.
pub fn embedded(text: &str) -> Boot {
    Boot { keeper: Keeper::Embedded, ..boot(text) }
}

/// What the line of `boot` is read as.
pub fn words(text: &str) -> [&str; 6] {
    words_of("up", text)
}

/// What a line is read as that begins with another command.
pub fn words_of<'w>(command: &'w str, text: &'w str) -> [&'w str; 6] {
    ["/bin/echo", command, "--root", text, "duck", text]
}
