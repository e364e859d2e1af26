//! Directories: the root that all lie in, and paths relative to it.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use crate::plain_letters::plain_letters;

/// The directories of an import, all absolute.
#[derive(Clone, Debug)]
pub(super) struct ImportPaths {
    /// The directory of the crate that is written.
    pub(super) package: Utf8PathBuf,
    /// What all directories are below, where there is such a one.
    pub(super) root: Utf8PathBuf,
    /// The text of the configuration. A path that is not written there was put together.
    source: String,
}

impl ImportPaths {
    /// Finds the root of apps in these directories: that of the file where all are below it, else
    /// the one that all have in common.
    pub(super) fn of<'a>(
        file: &Utf8Path,
        package: &Utf8Path,
        directories: impl Iterator<Item = &'a Utf8Path> + Clone,
    ) -> ImportPaths {
        let mut here =
            directories.filter(|directory| !ImportPaths::is_of_windows(directory.as_str()));
        let root = match here.clone().all(|directory| directory.starts_with(file)) {
            true => file.to_owned(),
            false => {
                let first = here.next().unwrap_or(file).to_owned();
                let common = here.fold(first, |common, directory| shared(&common, directory));
                // A root such as `/home` is nobody's project.
                if depth(&common) < 2 && !is_project(&common) { file.to_owned() } else { common }
            }
        };
        ImportPaths { package: package.to_owned(), root, source: String::new() }
    }

    /// Moves the root up to where the texts of the apps lead: what `PYTHONPATH` names is the root of
    /// a project more often than the only directory that this file is about.
    pub(super) fn with_texts<'a>(mut self, texts: impl Iterator<Item = &'a str>) -> ImportPaths {
        let home = std::env::var("HOME").unwrap_or_default();
        let above = texts.map(Utf8Path::new).filter(|path| {
            path.is_absolute()
                && self.root.starts_with(path)
                && (depth(path) > 2 || is_project(path))
                && path.as_str() != home
        });
        if let Some(highest) = above.min_by_key(|path| depth(path)) {
            self.root = promethean_core::paths::join(highest, Utf8Path::new("."));
        }
        self
    }

    /// With the text of the configuration.
    pub(super) fn with_source(self, source: String) -> ImportPaths {
        ImportPaths { source, ..self }
    }

    /// The way from the root to an absolute path beside it that the configuration has put together:
    /// `../other`.
    pub(super) fn beside(&self, path: &str) -> Option<String> {
        let path = Utf8Path::new(path);
        let home = std::env::var("HOME").unwrap_or_default();
        let common = shared(&self.root, path);
        let near = depth(&common) >= 2 || is_project(&common);
        let is_beside = path.is_absolute()
            && !path.starts_with(&self.root)
            && near
            && !Utf8Path::new(&home).starts_with(path)
            && !self.source.contains(path.as_str());
        is_beside.then(|| between(&self.root, path))
    }

    /// The root as it is written: relative to the directory of the crate; `None` where it is that.
    pub(super) fn written_root(&self) -> Option<String> {
        (self.root != self.package).then(|| between(&self.package, &self.root))
    }

    /// A name for the ecosystem: that of the root's directory, as far as it is one.
    pub(super) fn name(&self) -> Option<String> {
        system_name(self.root.file_name()?)
    }

    /// A directory as a service has it; `None` for the root.
    pub(super) fn written(&self, directory: &Utf8Path) -> Option<String> {
        if directory == self.root {
            return None;
        }
        Some(match directory.strip_prefix(&self.root) {
            Ok(below) => below.to_string(),
            Err(_) => directory.to_string(),
        })
    }

    /// An absolute path relative to a directory, where it lies in it.
    pub(super) fn relative(path: &Utf8Path, directory: &Utf8Path) -> Option<String> {
        if !path.is_absolute() || depth(directory) == 0 {
            return None;
        }
        let clean = promethean_core::paths::join(directory, path);
        let below = clean.strip_prefix(directory).ok()?;
        Some(if below.as_str().is_empty() { ".".to_owned() } else { format!("./{below}") })
    }

    /// An absolute path relative to a directory, where both lie in the same project.
    pub(super) fn within(
        path: &Utf8Path,
        directory: &Utf8Path,
        project: &Utf8Path,
    ) -> Option<String> {
        if let Some(below) = ImportPaths::relative(path, directory) {
            return Some(below);
        }
        let clean = promethean_core::paths::join(project, path);
        let is_in = path.is_absolute()
            && depth(project) > 0
            && clean.starts_with(project)
            && directory.starts_with(project);
        is_in.then(|| between(directory, &clean))
    }

    /// Whether a path is an absolute one on Windows.
    pub(super) fn is_of_windows(path: &str) -> bool {
        let mut characters = path.chars();
        let drive = characters.next().is_some_and(|letter| letter.is_ascii_alphabetic());
        drive
            && characters.next() == Some(':')
            && characters.next().is_some_and(|separator| matches!(separator, '/' | '\\'))
            || path.starts_with("\\\\")
    }
}

/// A name for an ecosystem out of another one; `None` where it has letters that a name cannot have.
pub(super) fn system_name(text: &str) -> Option<String> {
    let text = plain_letters(text)?;
    let clean = text.replace(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_', "-");
    let name = clean.trim_matches('-');
    (!name.is_empty()).then(|| name.to_owned())
}

/// The directory that relative ones are meant in: that of whoever starts PM2, which is nearly always
/// that of the file.
///
/// A file that was made for another place shows it: none of its absolute directories is below its
/// own, and none of its relative ones is there.
pub(super) fn base(folder: &Utf8Path, written: &[&str]) -> Utf8PathBuf {
    let (absolute, relative): (Vec<&str>, Vec<&str>) =
        written.iter().partition(|path| path.starts_with('/'));
    let mut absolute = absolute.into_iter().map(Utf8Path::new);
    let elsewhere = absolute.clone().all(|path| !path.starts_with(folder));
    let Some(first) = absolute.next() else { return folder.to_owned() };
    let here = relative.is_empty() || relative.iter().any(|path| folder.join(path).exists());
    let common = absolute.fold(first.to_owned(), |common, path| shared(&common, path));
    match elsewhere && !here && (depth(&common) > 1 || is_project(&common)) {
        true => common,
        false => folder.to_owned(),
    }
}

/// What two directories have in common.
fn shared(first: &Utf8Path, second: &Utf8Path) -> Utf8PathBuf {
    let both = first.components().zip(second.components());
    both.take_while(|(first, second)| first == second).map(|(component, _)| component).collect()
}

fn depth(path: &Utf8Path) -> usize {
    path.components().filter(|component| matches!(component, Utf8Component::Normal(_))).count()
}

/// Whether a directory right below `/` may well be that of a project: `/app`, `/repo`.
fn is_project(path: &Utf8Path) -> bool {
    const SYSTEM: [&str; 14] = [
        "home", "Users", "var", "usr", "opt", "srv", "etc", "root", "tmp", "mnt", "media", "lib",
        "bin", "run",
    ];
    depth(path) == 1 && path.file_name().is_some_and(|name| !SYSTEM.contains(&name))
}

/// The way from one directory to another.
pub(super) fn between(from: &Utf8Path, to: &Utf8Path) -> String {
    let common = shared(from, to);
    if depth(&common) == 0 {
        return to.to_string();
    }
    let up = depth(from) - depth(&common);
    let down = to.strip_prefix(&common).map_or("", Utf8Path::as_str);
    let mut way: Vec<&str> = std::iter::repeat_n("..", up).collect();
    if !down.is_empty() {
        way.push(down);
    }
    way.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(file: &str, directories: &[&str]) -> String {
        let directories = directories.iter().map(|directory| Utf8Path::new(*directory));
        ImportPaths::of(file.into(), file.into(), directories).root.into_string()
    }

    #[test]
    fn the_root_is_what_all_have_in_common() {
        assert_eq!(root("/repo", &["/repo", "/repo/a"]), "/repo");
        assert_eq!(root("/repo/deploy", &["/repo/a", "/repo/b/c"]), "/repo");
        assert_eq!(root("/somewhere/else", &["/repo/a"]), "/repo/a");
        assert_eq!(root("/x/y", &["/srv/a", "/srv/b"]), "/x/y");
        assert_eq!(root("/x/y", &["/srv/a", "/opt/b"]), "/x/y");
    }

    #[test]
    fn a_file_that_was_made_for_another_place_shows_it() {
        let base = |written: &[&str]| base("/somewhere".as_ref(), written).into_string();
        assert_eq!(base(&["./services/a", "/repo/b", "/repo/c"]), "/repo");
        assert_eq!(base(&["/repo/b", "/repo/c"]), "/somewhere");
        assert_eq!(base(&["a", "/somewhere/b"]), "/somewhere");
        assert_eq!(base(&["a", "/srv/b", "/opt/c"]), "/somewhere");
        assert_eq!(base(&[]), "/somewhere");
    }

    #[test]
    fn ways_lead_from_directory_to_directory() {
        assert_eq!(between("/repo/new".as_ref(), "/repo".as_ref()), "..");
        assert_eq!(between("/repo".as_ref(), "/repo/a/b".as_ref()), "a/b");
        assert_eq!(between("/repo/x".as_ref(), "/repo/y".as_ref()), "../y");
        assert_eq!(between("/repo".as_ref(), "/srv/a".as_ref()), "/srv/a");
    }
}
