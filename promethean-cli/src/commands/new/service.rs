//! `promethean new --service DIR`: a service with a file of its own.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use promethean_core::check::{Surroundings, check};
use promethean_core::declaration::{
    Attribution, Block, Declaration, EnvEntry, EnvValue, Given, Kind, Service, Settings, Unit,
};
use promethean_core::each::{self, FILE};
use promethean_core::span_id::Spanned;
use promethean_core::value::Value;

use super::super::Problem;
use super::{into, is_there, sample, write};
use promethean_runtime::__cli::Failure;
use promethean_runtime::__cli::output;

/// Adds a service to the crate around its directory.
pub(super) fn add(directory: &Utf8Path, kind: Option<&str>, has_pm2: bool) -> Result<(), Failure> {
    let (Some(package), Some(name)) = (package_around(directory), directory.file_name()) else {
        return Err(Failure::from(Problem::new(
            format!("no crate is around {directory}"),
            "run this in the crate of an ecosystem, or make one: `promethean new --each DIR`",
        )));
    };
    let relative = directory.strip_prefix(&package).unwrap_or(directory);
    let kind = kind.and_then(Kind::from_word).unwrap_or_else(|| suggested(directory, relative));
    let mut service = described(kind, name, relative.as_str());
    service.block.settings.0.extend(runner(kind, directory));
    let program = program(kind, directory);
    if program.is_none() {
        service.block.env.clear();
    }
    refuse_what_does_not_compile(&service)?;
    let file = directory.join(FILE);
    if is_there(&file) {
        return Err(Failure::from(Problem::new(
            format!("{file} already exists"),
            "choose another directory, or edit the file",
        )));
    }
    write(&file, &sample::file(service))?;
    output::note(&format!("created {file}"));
    if let Some((place, text)) = program {
        write(&place, text)?;
        output::note(&format!("created {place}"));
    }
    let mut next: Vec<String> = way_into(&package).into_iter().collect();
    next.extend(inclusion(&package, relative));
    next.extend(build_script(&package, relative)?);
    let unit = shlex::try_quote(name).unwrap_or_default();
    next.extend(try_out(has_pm2).map(|command| format!("cargo run -- {command} {unit}")));
    output::note(&format!("  next:\n    {}", next.join("\n    ")));
    Ok(())
}

/// A service that greets.
pub(super) fn described(kind: Kind, name: &str, directory: &str) -> Service {
    let mut settings = Vec::new();
    if kind == Kind::Node {
        settings.push(setting("entry", Value::Text("index.js".into())));
    }
    let greeting = EnvValue::Text(Spanned::nowhere("hello from {name}".into()));
    let env = vec![EnvEntry { key: Spanned::nowhere("GREETING".into()), value: greeting }];
    Service {
        kind,
        name: Spanned::nowhere(name.into()),
        directory: Some(Spanned::nowhere(directory.into())),
        block: Block { settings: Settings(settings), env, ..Block::default() },
        ..Service::default()
    }
}

fn setting(key: &str, value: Value) -> Attribution {
    let given = Given::Values(vec![Spanned::nowhere(value)]);
    Attribution { key: Spanned::nowhere(key.into()), given }
}

/// The crate that a directory is in.
fn package_around(directory: &Utf8Path) -> Option<Utf8PathBuf> {
    let is_package = |folder: &&Utf8Path| {
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
        manifest.lines().any(|line| line.trim() == "[package]")
    };
    directory.ancestors().skip(1).find(is_package).map(Utf8Path::to_owned)
}

/// What a service is written in, by the files in its directory, else by the names of its folders.
fn suggested(directory: &Utf8Path, relative: &Utf8Path) -> Kind {
    let files: Vec<String> = directory
        .read_dir_utf8()
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.file_name().to_owned()))
        .collect();
    let has = |names: &[&str], extension: &str| {
        files.iter().any(|file| names.contains(&file.as_str()) || file.ends_with(extension))
    };
    if has(&["package.json"], ".js") {
        return Kind::Node;
    }
    if has(&["Pipfile", "pyproject.toml", "requirements.txt"], ".py") {
        return Kind::Python;
    }
    match relative.components().any(|part| matches!(part.as_str(), "py" | "python")) {
        true => Kind::Python,
        false => Kind::Node,
    }
}

/// What runs a service of Python, where it is not the usual `pipenv`.
fn runner(kind: Kind, directory: &Utf8Path) -> Option<Attribution> {
    let is_there = |file: &str| directory.join(file).is_file();
    let runner = match kind {
        Kind::Python if is_there("Pipfile") => return None,
        Kind::Python if is_there("poetry.lock") => "poetry",
        Kind::Python if is_there("uv.lock") => "uv",
        Kind::Python => "system",
        Kind::Node | Kind::Script => return None,
    };
    Some(setting("runner", Value::Word(runner.into())))
}

/// The program to write; `None` where one is there.
fn program(kind: Kind, directory: &Utf8Path) -> Option<(Utf8PathBuf, &'static str)> {
    let (name, text) = match kind {
        Kind::Python => ("main.py", sample::PROGRAM_OF_PYTHON),
        Kind::Node => ("index.js", sample::PROGRAM_OF_NODE),
        Kind::Script => return None,
    };
    let place = directory.join(name);
    (!is_there(&place)).then_some((place, text))
}

/// Finds out before anything is written whether the macro takes the service.
fn refuse_what_does_not_compile(service: &Service) -> Result<(), Failure> {
    let units = vec![Unit::Service(service.clone())];
    let declaration = Declaration { units, ..Declaration::default() };
    let problems = check(&declaration, Surroundings::default());
    let Some(problem) = problems.first() else { return Ok(()) };
    let help = problem.fault.help().unwrap_or_else(|| "choose another directory".to_owned());
    Err(Failure::from(Problem::new(problem.fault.to_string(), help)))
}

/// The commands that start the new service here: `run` needs no PM2, and has no place on Windows.
fn try_out(has_pm2: bool) -> impl Iterator<Item = &'static str> {
    let in_foreground = if cfg!(unix) { "run" } else { "check" };
    [in_foreground].into_iter().chain(has_pm2.then_some("up"))
}

/// The command that goes into the crate, where the shell is elsewhere.
fn way_into(package: &Utf8Path) -> Option<String> {
    let here = Utf8PathBuf::from_path_buf(std::env::current_dir().ok()?).ok()?;
    let here = here.canonicalize_utf8().unwrap_or(here);
    let package = package.canonicalize_utf8().unwrap_or_else(|_| package.to_owned());
    match here.starts_with(&package) {
        true => None,
        false => into(package.strip_prefix(&here).unwrap_or(&package)),
    }
}

/// What to write where no ecosystem of the crate includes the file.
fn inclusion(package: &Utf8Path, relative: &Utf8Path) -> Option<String> {
    let file = relative.join(FILE);
    let is_included = patterns(&package.join("src")).iter().any(|pattern| {
        let files = each::files(package.as_std_path(), pattern);
        files.is_ok_and(|files| files.iter().any(|found| file.as_str() == found))
    });
    let folder = relative.parent().filter(|folder| !folder.as_str().is_empty());
    let pattern = folder.map_or_else(|| "*".into(), |folder| folder.join("*")).join(FILE);
    (!is_included).then(|| format!("write `include each \"{pattern}\";` in the ecosystem"))
}

/// Makes the build script with which Cargo sees the files of new services; where the crate has another
/// one, what to write in it.
fn build_script(package: &Utf8Path, relative: &Utf8Path) -> Result<Option<String>, Failure> {
    // Cargo would look through all of the crate, with `target`, for a service that lies beside `src`.
    let Some(folder) = relative.parent().and_then(|parent| parent.components().next()) else {
        return Ok(None);
    };
    let watch = sample::watch(folder.as_str());
    let place = package.join("build.rs");
    let manifest = fs::read_to_string(package.join("Cargo.toml")).unwrap_or_default();
    let names_another = manifest.lines().any(|line| line.replace(' ', "").starts_with("build="));
    if names_another {
        return Ok(Some(format!("write `{watch}` in the build script, unless it is there")));
    }
    if !is_there(&place) {
        write(&place, &sample::build_script(folder.as_str()))?;
        output::note(&format!("created {place}, with which Cargo sees new files"));
        return Ok(None);
    }
    let script = fs::read_to_string(&place).unwrap_or_default();
    let mut watched =
        script.split("rerun-if-changed=").skip(1).filter_map(|rest| rest.split(['"', '\\']).next());
    // A script that names nothing runs after every change.
    let sees = !script.contains("rerun-if-") || watched.any(|folder| relative.starts_with(folder));
    Ok((!sees).then(|| format!("write `{watch}` in build.rs")))
}

/// The patterns of `include each` in the Rust files of a folder.
fn patterns(folder: &Utf8Path) -> Vec<String> {
    let mut patterns = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in folder.read_dir_utf8().into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path.to_owned());
            } else if path.extension() == Some("rs") {
                let text = fs::read_to_string(path).unwrap_or_default();
                let found = text.split("include each \"").skip(1);
                patterns.extend(found.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
            }
        }
    }
    patterns
}
