//! The tour in `lib.rs` is true: a module imports only those above it.

use std::fs;
use std::path::{Path, PathBuf};

use regex_lite::Regex;

fn sources(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| match path.is_dir() {
            true => sources(&path),
            false => vec![path],
        })
        .collect()
}

#[test]
fn a_module_imports_only_those_above_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let tour = fs::read_to_string(root.join("lib.rs")).unwrap();
    let order: Vec<&str> =
        tour.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let place = |module: &str| order.iter().position(|known| *known == module);
    let import = Regex::new(r"crate::([a-z_]+)").unwrap();
    let mut upwards = Vec::new();
    let mut imports = 0;
    for path in sources(&root) {
        let inside = path.strip_prefix(&root).unwrap().to_str().unwrap();
        let module = inside.split(['/', '\\', '.']).next().unwrap();
        let Some(own) = place(module) else { continue };
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        for found in lines.flat_map(|line| import.captures_iter(line)) {
            imports += 1;
            let imported = &found[1];
            if place(imported).is_some_and(|imported| imported > own) {
                upwards.push(format!("{inside} imports {imported}"));
            }
        }
    }
    assert!(imports > 50, "{imports} imports were seen");
    assert_eq!(upwards, [""; 0]);
}
