//! `watch`: what of a directory changes, as chokidar 3 sees it with the options that PM2 gives it
//! (`God.watch.enable` in `lib/Watcher.js`).
//!
//! Each directory that is not ignored is watched by itself, so that `node_modules` costs nothing. Where the
//! system watches whole trees, it does so.

use std::fmt::{self, Display};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::{Duration, SystemTime};

use notify::event::{EventKind, ModifyKind};
use notify::{Config, PollWatcher, RecommendedWatcher, RecursiveMode, Watcher as _};
use promethean_core::app::App;
use promethean_core::attribute::Setting;
use serde::{Deserialize, Serialize};

use super::glob::{Glob, is_glob};

/// What an app watches: `watch`, `ignore_watch`, `watch_options`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    /// The absolute paths, and globs where `is_literal` does not say otherwise.
    paths: Vec<String>,
    /// The absolute globs of what is ignored.
    ignored: Vec<String>,
    /// Whether the paths are no globs: `disableGlobbing`.
    is_literal: bool,
    /// How often it looks, where the system reports nothing: `usePolling`, `interval`.
    every: Option<Duration>,
    /// Whether it looks into what links point to: `followSymlinks`.
    follows_links: bool,
}

/// What cannot be watched as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsupported {
    /// The attribute.
    pub attribute: &'static str,
    /// The glob or the option.
    pub written: String,
}

/// What a watcher reports.
#[derive(Debug)]
pub enum Notice {
    /// This has changed.
    Changed(PathBuf),
    /// Changes of this are not seen.
    Unwatched(PathBuf, notify::Error),
}

/// Watches until it is dropped.
#[derive(Debug)]
pub struct Watcher {
    messages: Sender<Message>,
}

/// What a watcher's thread is told.
enum Message {
    Event(notify::Result<notify::Event>),
    End,
}

impl Watch {
    /// What an app watches; `None` if nothing.
    ///
    /// # Errors
    ///
    /// A glob or an option has no counterpart here.
    pub fn of(app: &App) -> Result<Option<Watch>, Unsupported> {
        let paths = match app.setting("watch") {
            None | Some(Setting::Boolean(false)) => return Ok(None),
            Some(Setting::Boolean(true)) => vec![app.directory.to_string()],
            Some(written) => texts(app, written),
        };
        let ignored = app.setting("ignore_watch").map(|written| texts(app, written));
        let mut watch = Watch {
            paths,
            ignored: ignored.unwrap_or_default(),
            is_literal: matches!(app.setting("watch"), Some(Setting::Boolean(true))),
            every: None,
            follows_links: true,
        };
        watch.read_options(app.setting("watch_options"))?;
        watch.filter()?;
        Ok(Some(watch))
    }

    fn read_options(&mut self, options: Option<&Setting>) -> Result<(), Unsupported> {
        let Some(Setting::Object(options)) = options else { return Ok(()) };
        let find =
            |wanted: &str| options.iter().find(|(name, _)| name == wanted).map(|(_, value)| value);
        for (name, value) in options {
            match (name.as_str(), value) {
                ("disableGlobbing", Setting::Boolean(is_literal)) => self.is_literal |= is_literal,
                ("followSymlinks", Setting::Boolean(follows)) => self.follows_links = *follows,
                ("usePolling", Setting::Boolean(polls)) => {
                    // chokidar looks every 100 ms.
                    let every = find("interval").and_then(milliseconds);
                    let every = every.unwrap_or(Duration::from_millis(100));
                    self.every = polls.then_some(every);
                }
                // These say how chokidar works, not what it sees.
                ("interval" | "binaryInterval", Setting::Integer(_) | Setting::Duration(_))
                | (
                    "persistent"
                    | "alwaysStat"
                    | "ignorePermissionErrors"
                    | "useFsEvents"
                    | "atomic",
                    _,
                )
                | ("ignoreInitial", Setting::Boolean(true))
                | ("awaitWriteFinish", Setting::Boolean(false)) => {}
                _ => {
                    return Err(Unsupported {
                        attribute: "watch_options",
                        written: name.to_string(),
                    });
                }
            }
        }
        Ok(())
    }

    /// Begins to watch. `tell` runs on a thread of its own.
    ///
    /// # Errors
    ///
    /// The system cannot watch. Single directories that cannot be watched are told of.
    pub fn start(&self, tell: impl FnMut(Notice) + Send + 'static) -> notify::Result<Watcher> {
        let filter = self.filter().map_err(|unsupported| {
            notify::Error::generic(&format!("{unsupported} is not supported"))
        })?;
        let (messages, received) = mpsc::channel();
        let events = messages.clone();
        let handler = move |event: notify::Result<notify::Event>| {
            let is_news = event.as_ref().map_or(true, |event| !event.kind.is_access());
            if is_news {
                // Nobody listens any more when it has ended.
                let _ = events.send(Message::Event(event));
            }
        };
        let config = Config::default().with_follow_symlinks(self.follows_links);
        let system: Box<dyn notify::Watcher + Send> = match self.every {
            Some(every) => Box::new(PollWatcher::new(handler, config.with_poll_interval(every))?),
            None => Box::new(RecommendedWatcher::new(handler, config)?),
        };
        let trees = self.every.is_none() && !cfg!(any(target_os = "linux", target_os = "android"));
        let loses = self.every.is_none() && !trees;
        let now = SystemTime::now();
        // The clock of files is a little slow.
        let begun = now.checked_sub(Duration::from_secs(1)).unwrap_or(now);
        let follows_links = self.follows_links;
        let mut scope = Scope { system, filter, trees, loses, follows_links, begun, tell };
        for place in 0..scope.filter.places.len() {
            scope.enter(place);
        }
        thread::Builder::new().name("watch".to_owned()).spawn(move || {
            for message in received {
                match message {
                    Message::Event(event) => scope.see(event),
                    Message::End => break,
                }
            }
        })?;
        Ok(Watcher { messages })
    }

    fn filter(&self) -> Result<Filter, Unsupported> {
        let glob = |attribute, written: &String| {
            Glob::new(written).ok_or_else(|| Unsupported { attribute, written: written.clone() })
        };
        let place = |path: &String| {
            let glob =
                (!self.is_literal && is_glob(path)).then(|| glob("watch", path)).transpose()?;
            let path = glob.as_ref().map_or_else(|| path.into(), Glob::directory);
            Ok(Place { path, glob })
        };
        Ok(Filter {
            places: self.paths.iter().map(place).collect::<Result<_, _>>()?,
            ignored: self
                .ignored
                .iter()
                .map(|written| glob("ignore_watch", written))
                .collect::<Result<_, _>>()?,
        })
    }
}

/// How long a setting is, which is a number of milliseconds or a duration.
fn milliseconds(setting: &Setting) -> Option<Duration> {
    let number = || setting.as_integer().and_then(|number| u64::try_from(number).ok());
    setting.as_duration().or_else(|| number().map(Duration::from_millis))
}

/// The absolute paths or globs of a setting.
fn texts(app: &App, setting: &Setting) -> Vec<String> {
    setting.texts().map(|path| app.absolute(path).into_string()).collect()
}

impl Display for Unsupported {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Unsupported { attribute, written } = self;
        write!(formatter, "`{written}` in `{attribute}`")
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        // Its thread may have ended.
        let _ = self.messages.send(Message::End);
    }
}

/// Which paths are meant.
struct Filter {
    places: Vec<Place>,
    ignored: Vec<Glob>,
}

/// A file, or a directory with all that is in it, or what a glob matches there.
struct Place {
    path: PathBuf,
    glob: Option<Glob>,
}

impl Filter {
    /// Whether a change of a path is one.
    fn concerns(&self, path: &Path) -> bool {
        let is_meant = |place: &Place| match &place.glob {
            Some(glob) => glob.matches(path),
            None => path.starts_with(&place.path),
        };
        self.places.iter().any(is_meant) && !self.ignores(path)
    }

    /// Whether a path is ignored, or a directory that it is in.
    fn ignores(&self, path: &Path) -> bool {
        is_of_an_editor(path)
            || path.ancestors().any(|part| self.ignored.iter().any(|glob| glob.matches(part)))
    }
}

/// Files that editors make beside the edited one. chokidar ignores them (`DOT_RE`).
fn is_of_an_editor(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_swap = name.starts_with('.') && (name.ends_with(".swp") || name.ends_with(".swx"));
    is_swap || name.ends_with('~') || name.starts_with(".subl") && name.ends_with(".tmp")
}

/// What is watched.
struct Scope<T> {
    system: Box<dyn notify::Watcher + Send>,
    filter: Filter,
    /// Whether the system watches whole trees.
    trees: bool,
    /// Whether the system watches what is at a path, and not the path: what comes in its place is not seen.
    loses: bool,
    follows_links: bool,
    begun: SystemTime,
    tell: T,
}

impl<T: FnMut(Notice)> Scope<T> {
    /// Watches a place; of one that is not there, the nearest directory that it will be in.
    fn enter(&mut self, place: usize) {
        let Some(path) = self.filter.places.get(place).map(|place| place.path.clone()) else {
            return;
        };
        if path.is_dir() {
            // It may be removed and made again, as by a build: chokidar does not see what comes then. Where its parent
            // cannot be watched, that is not seen here, either.
            if let Some(parent) = path.parent().filter(|_| self.loses) {
                let _ = self.system.watch(parent, RecursiveMode::NonRecursive);
            }
            self.add(&path, &mut Vec::new());
        } else if let Some(parent) = path.ancestors().skip(1).find(|parent| parent.is_dir()) {
            // A file is replaced by editors, and would be lost.
            self.watch(parent, RecursiveMode::NonRecursive);
        }
    }

    /// Watches a directory with all in it that is not ignored. `links` are those that led here.
    fn add(&mut self, path: &Path, links: &mut Vec<PathBuf>) {
        if self.filter.ignores(path) {
            return;
        }
        if self.trees {
            self.watch(path, RecursiveMode::Recursive);
            return;
        }
        self.watch(path, RecursiveMode::NonRecursive);
        let Ok(entries) = fs::read_dir(path) else { return };
        for entry in entries.flatten() {
            let (path, kind) = (entry.path(), entry.file_type());
            match kind {
                Ok(kind) if kind.is_dir() => self.add(&path, links),
                Ok(kind) if kind.is_symlink() && self.follows_links => self.follow(&path, links),
                _ => {}
            }
        }
    }

    /// Watches what a link points to, but not in a circle.
    fn follow(&mut self, path: &Path, links: &mut Vec<PathBuf>) {
        let Ok(target) = path.canonicalize() else { return };
        let parent = path.parent().and_then(|parent| parent.canonicalize().ok());
        let is_circle = parent.is_none_or(|parent| parent.starts_with(&target));
        if !target.is_dir() {
            self.watch(path, RecursiveMode::NonRecursive);
        } else if !is_circle && !links.contains(&target) {
            links.push(target);
            self.add(path, links);
            links.pop();
        }
    }

    fn watch(&mut self, path: &Path, mode: RecursiveMode) {
        if let Err(error) = self.system.watch(path, mode)
            // It may be gone already.
            && path.exists()
        {
            (self.tell)(Notice::Unwatched(path.to_path_buf(), error));
        }
    }

    /// Takes what the system reports.
    fn see(&mut self, event: notify::Result<notify::Event>) {
        let event = match event {
            Ok(event) => event,
            Err(error) => {
                let path = error.paths.first().cloned().unwrap_or_default();
                (self.tell)(Notice::Unwatched(path, error));
                return;
            }
        };
        if event.need_rescan() {
            // Something was lost.
            for place in 0..self.filter.places.len() {
                self.enter(place);
                let path = self.filter.places.get(place).map(|place| place.path.clone());
                (self.tell)(Notice::Changed(path.unwrap_or_default()));
            }
        }
        for path in &event.paths {
            if matches!(event.kind, EventKind::Create(_) | EventKind::Modify(ModifyKind::Name(_))) {
                self.appears(path);
            }
            if self.is_change(event.kind, path) && self.filter.concerns(path) {
                (self.tell)(Notice::Changed(path.clone()));
            }
        }
    }

    /// Watches what is new.
    fn appears(&mut self, path: &Path) {
        for place in 0..self.filter.places.len() {
            let Some(known) = self.filter.places.get(place) else { continue };
            if known.path.starts_with(path) {
                self.enter(place);
            } else if path.starts_with(&known.path) && !self.trees && path.is_dir() {
                self.add(path, &mut Vec::new());
            } else {
                continue;
            }
            // What was made in it before it was watched has been reported by nobody.
            if self.filter.places.get(place).is_some_and(|place| place.glob.is_some())
                && let Some(found) = self.any_within(path)
            {
                (self.tell)(Notice::Changed(found));
            }
        }
    }

    /// A file in a directory that is meant, if there is one.
    fn any_within(&self, directory: &Path) -> Option<PathBuf> {
        let mut directories = vec![directory.to_path_buf()];
        while let Some(directory) = directories.pop() {
            for entry in fs::read_dir(&directory).into_iter().flatten().flatten() {
                let path = entry.path();
                if self.filter.concerns(&path) {
                    return Some(path);
                }
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) && !self.filter.ignores(&path)
                {
                    directories.push(path);
                }
            }
        }
        None
    }

    /// Whether something has become of a path: chokidar looks at its time.
    fn is_change(&self, kind: EventKind, path: &Path) -> bool {
        match kind {
            EventKind::Modify(ModifyKind::Metadata(_)) => {
                let modified = fs::metadata(path).and_then(|metadata| metadata.modified());
                modified.is_ok_and(|modified| modified >= self.begun)
            }
            EventKind::Any
            | EventKind::Other
            | EventKind::Create(_)
            | EventKind::Remove(_)
            | EventKind::Modify(_) => true,
            EventKind::Access(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::Receiver;

    use super::*;

    #[test]
    fn a_time_is_a_number_of_milliseconds_or_has_a_unit() {
        let every = |interval: Option<Setting>| {
            let mut options = vec![("usePolling".into(), Setting::Boolean(true))];
            options.extend(interval.map(|interval| ("interval".into(), interval)));
            let (paths, ignored) = (Vec::new(), Vec::new());
            let mut watch =
                Watch { paths, ignored, is_literal: false, every: None, follows_links: true };
            assert!(watch.read_options(Some(&Setting::Object(options))).is_ok());
            watch.every
        };
        assert_eq!(every(None), Some(Duration::from_millis(100)));
        assert_eq!(every(Some(Setting::Integer(250))), Some(Duration::from_millis(250)));
        let second = Duration::from_secs(1);
        assert_eq!(every(Some(Setting::Duration(second))), Some(second));
    }

    /// A directory, and what is noticed in it.
    struct Scene {
        directory: tempfile::TempDir,
        changed: Receiver<PathBuf>,
        _watcher: Watcher,
    }

    impl Scene {
        /// With these files, watched by these paths and ignored by these globs, all below the directory.
        fn new(files: &[&str], paths: &[&str], ignored: &[&str], every: Option<u64>) -> Scene {
            let directory = tempfile::tempdir().unwrap();
            let root = directory.path().canonicalize().unwrap();
            let below = |path: &&str| root.join(path).to_str().unwrap().to_owned();
            let scene_files: Vec<String> = files.iter().map(below).collect();
            for file in scene_files {
                fs::create_dir_all(Path::new(&file).parent().unwrap()).unwrap();
                fs::write(file, "before").unwrap();
            }
            let watch = Watch {
                paths: paths.iter().map(below).collect(),
                ignored: ignored.iter().map(below).collect(),
                is_literal: false,
                every: every.map(Duration::from_millis),
                follows_links: true,
            };
            let (tell, changed) = mpsc::channel();
            let watcher = watch.start(move |notice| match notice {
                Notice::Changed(path) => {
                    let _ = tell.send(path);
                }
                Notice::Unwatched(path, error) => panic!("{}: {error}", path.display()),
            });
            Scene { directory, changed, _watcher: watcher.unwrap() }
        }

        fn path(&self, path: &str) -> PathBuf {
            self.directory.path().canonicalize().unwrap().join(path)
        }

        fn write(&self, path: &str) {
            fs::write(self.path(path), "after").unwrap();
        }

        /// Waits until a change of this path is noticed. What is noticed before must be allowed.
        fn notices(&self, path: &str, allowed: &[&str]) {
            let wanted = self.path(path);
            loop {
                let found = self.changed.recv_timeout(Duration::from_secs(120)).expect(path);
                if found == wanted {
                    return;
                }
                assert!(
                    allowed.iter().any(|allowed| self.path(allowed) == found),
                    "{}",
                    found.display()
                );
            }
        }
    }

    #[test]
    fn what_is_ignored_is_not_noticed_and_the_rest_is() {
        let files = ["src/a.ts", "node_modules/x/y.js", ".git/HEAD", "logs/out.log", "data/deep/1"];
        let ignored = ["**/.*", "**/node_modules", "logs/*.log", "data"];
        let scene = Scene::new(&files, &[""], &ignored, None);
        for quiet in
            ["node_modules/x/y.js", ".git/HEAD", "logs/out.log", "data/deep/1", "data/deep/2"]
        {
            scene.write(quiet);
        }
        scene.write("src/a.ts~");
        scene.write("src/a.ts");
        scene.notices("src/a.ts", &[]);
        fs::remove_file(scene.path("src/a.ts")).unwrap();
        scene.write("src/b.ts");
        scene.notices("src/b.ts", &["src/a.ts"]);
    }

    #[test]
    fn what_is_new_is_watched_too() {
        let scene = Scene::new(&["a"], &[""], &["**/node_modules"], None);
        fs::create_dir_all(scene.path("new/node_modules")).unwrap();
        scene.notices("new", &[]);
        // The directory is watched a moment after it was noticed.
        scene.write("new/node_modules/x");
        let before = ["new", "new/node_modules"];
        let wanted = scene.path("new/b");
        let noticed = (0..6_000).any(|_| {
            scene.write("new/b");
            let found = scene.changed.recv_timeout(Duration::from_millis(20)).ok();
            let found = found.filter(|found| !before.iter().any(|path| scene.path(path) == *found));
            found.is_some_and(|found| {
                assert_eq!(found, wanted);
                true
            })
        });
        assert!(noticed);
    }

    /// Whoever makes a directory may have filled it before it is watched.
    #[test]
    fn what_a_new_directory_holds_is_noticed_by_a_glob() {
        for times in 0..20 {
            let scene = Scene::new(&["src/a.ts"], &["src/**/*.ts"], &["**/node_modules"], None);
            let made = scene.path("made");
            fs::create_dir_all(made.join("deep")).unwrap();
            fs::write(made.join("deep/b.ts"), "").unwrap();
            match times % 2 {
                0 => fs::rename(made, scene.path("src/new")).unwrap(),
                _ => {
                    fs::create_dir_all(scene.path("src/new/deep")).unwrap();
                    fs::write(scene.path("src/new/deep/b.ts"), "").unwrap();
                }
            }
            scene.notices("src/new/deep/b.ts", &[]);
        }
    }

    #[test]
    fn a_file_is_watched_through_its_replacement_and_before_it_is_there() {
        let scene =
            Scene::new(&["config.json", "other"], &["config.json", "later.json"], &[], None);
        scene.write("other");
        scene.write("new.json");
        fs::rename(scene.path("new.json"), scene.path("config.json")).unwrap();
        scene.notices("config.json", &[]);
        scene.write("later.json");
        scene.notices("later.json", &["config.json"]);
    }

    #[test]
    fn a_directory_is_watched_after_it_was_made_again() {
        let scene = Scene::new(&["dist/a", "beside"], &["dist"], &[], None);
        let made_again = |make: &dyn Fn()| {
            make();
            let all = ["dist", "dist/a"];
            scene.notices("dist", &all);
            // What was noticed of the directory before the change that follows.
            while scene.changed.recv_timeout(Duration::from_millis(500)).is_ok() {}
            scene.write("beside");
            scene.write("dist/a");
            scene.notices("dist/a", &all);
        };
        made_again(&|| {
            fs::remove_dir_all(scene.path("dist")).unwrap();
            fs::create_dir(scene.path("dist")).unwrap();
            scene.write("dist/a");
        });
        made_again(&|| {
            fs::create_dir(scene.path("new")).unwrap();
            fs::rename(scene.path("dist"), scene.path("old")).unwrap();
            fs::rename(scene.path("new"), scene.path("dist")).unwrap();
        });
    }

    #[test]
    fn a_glob_is_what_it_matches() {
        let scene = Scene::new(&["src/a/b.ts", "src/a/b.css"], &["src/**/*.ts"], &[], None);
        scene.write("src/a/b.css");
        scene.write("src/a/b.ts");
        scene.notices("src/a/b.ts", &[]);
    }

    #[test]
    fn a_touch_is_a_change_and_a_look_is_none() {
        let scene = Scene::new(&["a", "b"], &[""], &[], None);
        fs::read(scene.path("a")).unwrap();
        let file = fs::File::options().append(true).open(scene.path("b")).unwrap();
        file.set_modified(SystemTime::now() + Duration::from_secs(1)).unwrap();
        scene.notices("b", &[]);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_but_not_in_circles() {
        use std::os::unix::fs::symlink;

        let elsewhere = tempfile::tempdir().unwrap();
        let scene = Scene::new(&["x/a"], &["x", "later"], &[], None);
        symlink(scene.path("x"), scene.path("x/circle")).unwrap();
        scene.notices("x/circle", &[]);
        symlink(elsewhere.path(), elsewhere.path().join("self")).unwrap();
        symlink(elsewhere.path(), scene.path("later")).unwrap();
        scene.notices("later", &["x/circle"]);
        let wanted = scene.path("later/file");
        let noticed = (0..6_000).any(|_| {
            fs::write(elsewhere.path().join("file"), "after").unwrap();
            scene.changed.recv_timeout(Duration::from_millis(20)).ok() == Some(wanted.clone())
        });
        assert!(noticed);
    }

    #[test]
    fn polling_sees_the_same() {
        let scene = Scene::new(&["a", "data/b"], &[""], &["data"], Some(20));
        let wanted = scene.path("a");
        // The time of a file may be the same as before for a moment.
        let noticed = (0..6_000).any(|round| {
            fs::write(scene.path("a"), format!("{round}")).unwrap();
            fs::write(scene.path("data/b"), format!("{round}")).unwrap();
            let found = scene.changed.recv_timeout(Duration::from_millis(20)).ok();
            found.is_some_and(|found| {
                assert_eq!(found, wanted);
                true
            })
        });
        assert!(noticed);
    }
}
