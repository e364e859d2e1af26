//! A page of the documents, and somebody who does what it says in a shell.

use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use promethean_test_support::nested::{Folder, Nested};
use promethean_test_support::pm2::Pm2;

/// A block of code on a page.
pub struct Block<'p> {
    pub language: &'p str,
    /// The file that it is said to be, by a line above it that has only its name.
    pub file: Option<&'p str>,
    pub text: &'p str,
}

/// The blocks of a page, in order.
pub fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut before = "";
    let mut found = Vec::new();
    for (index, part) in page.split("```").enumerate() {
        if index % 2 == 0 {
            before = part;
            continue;
        }
        let (language, text) = part.split_once('\n').expect("a block has lines");
        let last = before.trim_end().lines().last().unwrap_or_default();
        let file = last.strip_prefix('`').and_then(|file| file.strip_suffix("`:"));
        found.push(Block { language, file, text });
    }
    found
}

/// A shell beside a clone, with PM2 and the program `promethean` on PATH.
pub struct Shell<'n> {
    nested: &'n Nested,
    folder: Folder,
    /// Where it is.
    directory: Utf8PathBuf,
    pub pm2: Pm2,
    /// The home of the embedded engine.
    home: tempfile::TempDir,
}

impl<'n> Shell<'n> {
    pub fn new(nested: &'n Nested) -> Shell<'n> {
        let folder = nested.beside_a_clone();
        let directory = folder.path.clone();
        let home = tempfile::tempdir().unwrap();
        Shell { nested, folder, directory, pm2: Pm2::new(), home }
    }

    /// The folder that the clone is in.
    pub fn folder(&self) -> &Utf8Path {
        &self.folder.path
    }

    pub fn directory(&self) -> &Utf8Path {
        &self.directory
    }

    /// Goes into a folder.
    pub fn go(&mut self, to: &str) {
        self.directory = self.directory.join(to).canonicalize_utf8().unwrap();
    }

    /// All that a command says; as an error where it fails.
    pub fn run(&self, command: &str) -> Result<String, String> {
        let program = Utf8PathBuf::from(env!("CARGO_BIN_EXE_promethean-under-test"));
        let pm2 = self.pm2.program();
        let path =
            [pm2.parent().unwrap().to_str().unwrap(), &std::env::var("PATH").unwrap()].join(":");
        let line = command.replace("promethean new", &format!("{program} new"));
        let output = self
            .nested
            .prepare(Command::new("sh").args(["-c", &line]))
            .current_dir(&self.directory)
            .env("PATH", path)
            .env("PM2_HOME", self.pm2.home())
            .env("PROMETHEAN_HOME", self.home.path())
            .env_remove("PROMETHEAN_PM2")
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        match output.status.success() {
            true => Ok(said),
            false => Err(said),
        }
    }
}
