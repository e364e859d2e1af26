//! The reader of `docker-compose.yml`: what can run without a container runs, the rest is external.

mod containers;
mod dockerfile;
mod health;

use camino::Utf8Path;
use promethean_core::endpoint::PORT;
use promethean_core::kind::Condition;
use promethean_core::list::some_of;
use promethean_core::number::{Number, parse_number};
use promethean_core::other_tools::restarts_on_failure;
use promethean_core::paths;
use promethean_runtime::engine::environment::is_base;

use self::containers::{Containers, compose_of};
use self::dockerfile::{dockerfile, instruction, lines_of, of_image};
use self::health::{health, is_asked_for, probe};
use super::Options;
use super::app::{App, Dependency, Raw, Variable, capital};
use super::error::ImportError;
use super::import_paths::system_name;
use super::interpolation::{Dotenv, computed_of};
use super::pm2_reader::data::{Data, Outside, Piece};
use super::pm2_reader::{comment_section, entry_of_words, read_entries, yaml_of_go};
use super::reader::{Content, External, Lost, Reader, Source, is_yaml, is_yaml_with, read_text};

/// Reads `docker-compose.yml`.
#[derive(Debug)]
pub(super) struct ComposeReader;

/// The keys of a service that are imported; comments name the others.
const KNOWN: [&str; 22] = [
    "image",
    "build",
    "command",
    "entrypoint",
    "environment",
    "env_file",
    "ports",
    "depends_on",
    "restart",
    "healthcheck",
    "profiles",
    "container_name",
    "networks",
    "expose",
    "working_dir",
    "deploy",
    "mem_limit",
    "scale",
    "stop_grace_period",
    "stop_signal",
    "secrets",
    "configs",
];

/// The keys of the file that are imported, or are about what stays with Docker.
const OF_FILE: [&str; 7] =
    ["version", "name", "services", "networks", "volumes", "secrets", "configs"];

impl Reader for ComposeReader {
    fn recognize(&self, file: &Utf8Path) -> Option<Content> {
        let name = file.file_name()?;
        let is_compose = ["docker-compose", "compose."].iter().any(|start| name.starts_with(start));
        let is_called_so = is_yaml(file) && is_compose;
        (is_called_so || is_yaml_with(file, "services")).then_some(Content::Data)
    }

    fn read(&self, file: &Utf8Path, _: &Options) -> Result<Source, ImportError> {
        let text = read_text(file)?;
        let data = yaml_of_go(file, &text)?;
        // Compose reads everything relative to the file.
        let base = file.parent().unwrap_or(Utf8Path::new("/")).to_owned();
        let dotenv = Dotenv::beside(&base);
        let services = data.get("services").and_then(Data::as_object).unwrap_or_default();
        if services.is_empty() {
            return Err(ImportError::Nothing {
                what: format!("{file} has no services"),
                help: "Compose lists them under `services`",
            });
        }
        let lines: Vec<Option<Vec<Data>>> =
            services.iter().map(|(_, service)| line(service, &base, &dotenv)).collect();
        let kept = services.iter().zip(&lines).filter(|(_, line)| line.is_none());
        let names = kept.map(|((name, _), _)| name.as_str()).collect();
        let containers = Containers { compose: compose_of(file), services, names };
        let (mut entries, mut runs, mut externals) = (Vec::new(), Vec::new(), Vec::new());
        let mut lost: Vec<Lost> = Vec::new();
        for ((name, service), line) in services.iter().zip(lines) {
            match line {
                Some(line) => {
                    let place = Place::of(service, &base, &dotenv);
                    let image = of_image(&dockerfile(service, &base));
                    let (entry, computed) =
                        entry(name, service, line, &place.directory, &image, &dotenv);
                    entries.push(entry);
                    runs.push((name.as_str(), service, computed, place));
                }
                None => {
                    externals.push(containers.external(name, service, &base, &dotenv));
                    lost.extend(containers.lost(name, service, &base, &dotenv));
                }
            }
        }
        if entries.is_empty() {
            return Err(ImportError::Nothing {
                what: format!("{file} has no service that can run without a container"),
                help: "only a service with `build` and a command can: Promethean runs processes",
            });
        }
        let mut apps = read_entries(entries, &base);
        let mut comments = comment_section(&mut apps, &text, "services");
        let hosts = services.iter().flat_map(|(name, service)| {
            names_of(name, service).into_iter().map(|name| Host::of(name, service, &base, &dotenv))
        });
        let hosts: Vec<Host<'_>> = hosts.collect();
        let with_probe: Vec<&str> = services
            .iter()
            .filter(|(name, service)| {
                let own = service.get("healthcheck").is_some() || is_asked_for(name, services);
                own && probe(service, &base, &dotenv).is_some()
            })
            .map(|(name, _)| name.as_str())
            .collect();
        for (app, (name, service, computed, place)) in apps.iter_mut().zip(runs) {
            computed_of(app, computed);
            place.comment(app);
            for (name, value) in of_image(&dockerfile(service, &base)) {
                let is_given = app.env.iter().any(|(known, _)| *known == name);
                if value.contains('$') && !is_given && !is_base(&name) {
                    let reason = "its value is made when the image is built";
                    app.left_out(&format!("{name} of the Dockerfile"), reason);
                }
            }
            dependencies(app, service, &externals, &with_probe);
            understand(app, service);
            if with_probe.contains(&name) {
                health(app, service, &base, &dotenv);
            }
            files_of_containers(app, service, &data, &dotenv);
            files_of_variables(app, service, &place.directory, &base);
            resources(app, service);
            hosts_of(app, &hosts);
        }
        comments.extend(containers.comments());
        let keys = data.keys_but(&OF_FILE).into_iter().filter(|key| !key.starts_with("x-"));
        let of_keys: Vec<Lost> = keys.map(|key| of_key(key, data.get(key))).collect();
        lost.splice(0..0, of_keys);
        let name = data
            .get("name")
            .and_then(Data::as_text)
            .and_then(|name| system_name(&dotenv.plain(name)));
        let source = Source::uncompared(file, apps, base, externals, comments, lost);
        Ok(Source { name, secret_files: dotenv.files(), ..source })
    }
}

/// What is not imported of a file.
fn of_key(key: &str, value: Option<&Data>) -> Lost {
    let reason = match key {
        "include" => {
            let files = value.map(included).unwrap_or_default();
            let verb = if files.len() == 1 { "has" } else { "have" };
            let files = some_of(&files, usize::MAX - 1);
            format!("{files} {verb} services, too, which can be imported in the same way")
        }
        _ => "it is not imported".to_owned(),
    };
    Lost::left_out(key, reason)
}

/// The files that another one includes.
fn included(data: &Data) -> Vec<String> {
    let items = data.as_list().unwrap_or(std::slice::from_ref(data)).iter();
    let paths = items.map(|item| item.get("path").unwrap_or(item));
    let paths = paths.flat_map(|path| path.as_list().unwrap_or(std::slice::from_ref(path)));
    paths.map(|path| format!("`{}`", path.to_text())).collect()
}

/// A list of words, or a text that Compose splits as a shell does.
fn words(data: Option<&Data>, dotenv: &Dotenv) -> Option<Vec<Data>> {
    let data = data?;
    let words = match data.as_list() {
        Some(items) => items.iter().map(Data::to_text).collect(),
        None => shlex::split(data.as_text()?)?,
    };
    Some(words.iter().map(|word| dotenv.argument(word)).collect())
}

/// The directory that a service is built from.
fn context(service: &Data) -> Option<String> {
    let build = service.get("build")?;
    let context = build.get("context").unwrap_or(build);
    Some(context.as_text().unwrap_or(".").to_owned())
}

/// Where a service runs without a container.
struct Place {
    /// Relative to the file.
    directory: String,
    /// Its directory in the container, where what that is here is not known.
    unknown: Option<String>,
}

impl Place {
    /// What `working_dir` is here: a part of a directory that is mounted, or of the one that the image is built from.
    fn of(service: &Data, base: &Utf8Path, dotenv: &Dotenv) -> Place {
        let context = context(service).unwrap_or_else(|| ".".to_owned());
        let Some(written) = service.get("working_dir").and_then(Data::as_text) else {
            return Place { directory: context, unknown: None };
        };
        let written = dotenv.plain(written);
        let inside = Utf8Path::new(&written);
        let mounts = service.get("volumes").and_then(Data::as_list).unwrap_or_default();
        let mounts = mounts.iter().filter_map(|volume| mount(volume, dotenv));
        let copied = dockerfile(service, base);
        let copied = lines_of(&copied, "WORKDIR").fold(String::new(), |outer, inner| {
            paths::join(Utf8Path::new(&outer), Utf8Path::new(inner)).to_string()
        });
        let copied = (!copied.is_empty()).then(|| (context.clone(), copied));
        let places = mounts.chain(copied).filter_map(|(here, there)| {
            let below = inside.strip_prefix(&there).ok()?;
            Some((there.len(), Utf8Path::new(&here).join(below)))
        });
        let found = places.max_by_key(|(length, _)| *length).map(|(_, place)| place);
        let found =
            found.or_else(|| inside.is_relative().then(|| Utf8Path::new(&context).join(inside)));
        match found {
            Some(place) => {
                let place = place.as_str().trim_end_matches('/').to_owned();
                Place { directory: place, unknown: None }
            }
            None => Place { directory: context, unknown: Some(written) },
        }
    }

    /// Says what is not known.
    fn comment(&self, app: &mut App) {
        if let Some(written) = &self.unknown {
            let here = match self.directory.as_str() {
                "." | "./" => "the directory of the file",
                directory => directory,
            };
            let reason =
                format!("{written} is a directory of the container; here it runs in {here}");
            app.left_out("working_dir", reason);
        }
    }
}

/// A directory of this machine that a service has, and what it is in the container: `./web:/app`.
fn mount(volume: &Data, dotenv: &Dotenv) -> Option<(String, String)> {
    let text = |key: &str| volume.get(key).and_then(Data::as_text).map(|text| dotenv.plain(text));
    let (here, there) = match (text("source"), text("target")) {
        (Some(source), Some(target)) => (source, target),
        _ => {
            let written = dotenv.plain(volume.as_text()?);
            let mut parts = written.split(':');
            (parts.next()?.to_owned(), parts.next()?.to_owned())
        }
    };
    // A name without a slash is a volume of Docker.
    (here.starts_with(['.', '/']) && there.starts_with('/')).then_some((here, there))
}

/// What a service runs: its command, or what its Dockerfile says. An image alone runs nothing here.
fn line(service: &Data, base: &Utf8Path, dotenv: &Dotenv) -> Option<Vec<Data>> {
    service.get("build")?;
    let text = dockerfile(service, base);
    let own = words(service.get("entrypoint"), dotenv);
    let command = words(service.get("command"), dotenv);
    // Another entry point makes an image forget its command.
    let command = command.or_else(|| instruction(&text, "CMD").filter(|_| own.is_none()));
    let entrypoint = own.or_else(|| instruction(&text, "ENTRYPOINT"));
    let line: Vec<Data> = entrypoint.into_iter().chain(command).flatten().collect();
    (!line.is_empty()).then_some(line)
}

/// A service in PM2's terms, and the variables whose values are put together.
fn entry(
    name: &str,
    service: &Data,
    line: Vec<Data>,
    directory: &str,
    image: &[(String, String)],
    dotenv: &Dotenv,
) -> (Data, Vec<(String, Vec<String>)>) {
    let mut entry = vec![("name".to_owned(), Data::Text(name.to_owned()))];
    entry.extend(entry_of_words(line));
    entry.push(("cwd".to_owned(), Data::Text(directory.to_owned())));
    let (mut env, mut computed) = (Vec::new(), Vec::new());
    let own = environment(service.get("environment"));
    for (key, value) in image {
        let is_own = own.iter().any(|(known, _)| known == key);
        // A variable in it is one of the build.
        if !is_own && !value.contains('$') && !is_base(key) {
            env.push((key.clone(), Data::Text(value.clone())));
        }
    }
    for (key, value) in own {
        let Some(value) = value else {
            // Compose leaves out what the shell does not have.
            let pieces = vec![Piece::Variable { name: key.clone(), file: None }];
            let of_image = image.iter().find(|(known, _)| *known == key);
            let or = of_image.map(|(_, value)| Box::new(Data::Text(value.clone())));
            let is_optional = or.is_none();
            env.push((key, Data::Outside(Outside { or, is_optional, ..Outside::of(pieces) })));
            continue;
        };
        let (value, names) = dotenv.value(&value);
        if !names.is_empty() {
            computed.push((format!("env.{key}"), names));
        }
        env.push((key, value));
    }
    entry.push(("env".to_owned(), Data::Object(env)));
    (Data::Object(entry), computed)
}

/// The variables of a service; one without a value is that of the shell.
fn environment(data: Option<&Data>) -> Vec<(String, Option<String>)> {
    if let Some(entries) = data.and_then(Data::as_object) {
        let entries = entries.iter().map(|(key, value)| match value {
            Data::Null => (key.clone(), None),
            value => (key.clone(), Some(value.to_text())),
        });
        return entries.collect();
    }
    let items = data.and_then(Data::as_list).unwrap_or_default().iter().filter_map(Data::as_text);
    let items = items.map(|item| match item.split_once('=') {
        Some((key, value)) => (key.to_owned(), Some(value.to_owned())),
        None => (item.to_owned(), None),
    });
    items.collect()
}

/// Reads what a service waits for.
fn dependencies(app: &mut App, service: &Data, externals: &[External], with_probe: &[&str]) {
    let depends_on = service.get("depends_on");
    let list = depends_on.and_then(Data::as_list).unwrap_or_default().iter();
    for on in list.filter_map(Data::as_text) {
        app.depends_on.push(Dependency { on: on.to_owned(), condition: None, restarts: false });
    }
    for (on, of) in depends_on.and_then(Data::as_object).unwrap_or_default() {
        let is_external = externals.iter().any(|external| external.name == *on);
        let condition = match of.get("condition").and_then(Data::as_text) {
            _ if is_external => None,
            Some("service_completed_successfully") => Some(Condition::Completed),
            // What has a probe is waited for until it is ready.
            Some("service_started") if with_probe.contains(&on.as_str()) => {
                Some(Condition::Started)
            }
            Some(_) | None => None,
        };
        let is = |key: &str, value: bool| of.get(key) == Some(&Data::Boolean(value));
        let restarts = is("restart", true);
        app.depends_on.push(Dependency {
            on: on.clone(),
            condition,
            restarts: restarts && !is_external,
        });
        if restarts && is_external {
            let reason = format!("{on} stays in its container, and nothing here restarts with it");
            app.left_out(&format!("depends_on.{on}.restart"), reason);
        }
        if is("required", false) {
            let key = format!("depends_on.{on}.required");
            app.left_out(&key, format!("{on} is always needed here"));
        }
        let known = ["condition", "restart", "required"];
        for key in of.keys_but(&known) {
            app.left_out(&format!("depends_on.{on}.{key}"), "it is not imported");
        }
    }
}

/// Says what the files are that Docker gives a service under a name of the container.
fn files_of_containers(app: &mut App, service: &Data, file: &Data, dotenv: &Dotenv) {
    for (key, folder) in [("secrets", "/run/secrets/"), ("configs", "/")] {
        let used = service.get(key).and_then(Data::as_list).unwrap_or_default();
        let mut reasons: Vec<String> = Vec::new();
        for one in used {
            let name = one.get("source").unwrap_or(one).to_text();
            let target = one.get("target").map_or_else(|| name.clone(), Data::to_text);
            let target = if target.starts_with('/') { target } else { format!("{folder}{target}") };
            let of = file.get(key).and_then(|all| all.get(&name));
            let text = |what: &str| {
                of.and_then(|of| of.get(what)).map(|text| dotenv.plain(&text.to_text()))
            };
            reasons.push(match (text("file"), text("environment")) {
                (Some(path), _) => format!("{target} is {path} on this machine"),
                (None, Some(variable)) => format!(
                    "{target} has the value of `{variable}`: `env {{ {variable} = secret; }}` gives it to the program"
                ),
                (None, None) => format!("{target} is a file of the container"),
            });
        }
        if !reasons.is_empty() {
            app.left_out(key, reasons.join("; "));
        }
    }
}

/// Reads what PM2 has no word for.
fn understand(app: &mut App, service: &Data) {
    let policy = service.get("deploy").and_then(|deploy| deploy.get("restart_policy"));
    let written = service.get("restart").map(Data::to_text);
    let condition = policy.map(|policy| match policy.get("condition").and_then(Data::as_text) {
        Some("none") => "no".to_owned(),
        Some("on-failure") => match policy.get("max_attempts") {
            Some(attempts) => format!("on-failure:{}", attempts.to_text()),
            None => "on-failure".to_owned(),
        },
        Some(_) | None => "always".to_owned(),
    });
    match written.or(condition).as_deref() {
        None | Some("no" | "false") => app.set("autorestart", vec![Raw::Boolean(false)]),
        Some(policy) if policy.starts_with("on-failure") => {
            app.set("stop_exit_codes", vec![Raw::Integer(0)]);
            if let Some(times) = restarts_on_failure(policy) {
                app.set("max_restarts", vec![Raw::Integer(times.into())]);
            }
        }
        Some(_) => {}
    }
    let replicas = service.get("deploy").and_then(|deploy| deploy.get("replicas"));
    let replicas = replicas.or_else(|| service.get("scale")).map(Data::to_text);
    if let Some(count) =
        replicas.and_then(|count| count.parse::<u32>().ok()).filter(|count| *count > 1)
    {
        app.set("instances", vec![Raw::Integer(count.into())]);
        app.set("exec_mode", vec![Raw::Word("fork".to_owned())]);
    }
    let period = service.get("stop_grace_period").map(Data::to_text);
    match period.as_deref().map(parse_number) {
        Some(Ok(Number::Duration(period))) => app.set("kill_timeout", vec![Raw::Duration(period)]),
        Some(_) => app.left_out("stop_grace_period", "it has several units"),
        None => {}
    }
    if let Some(signal) = service.get("stop_signal") {
        app.set_signal("stop_signal", &signal.to_text());
    }
    if let Some(profiles) = service.get("profiles").and_then(Data::as_list) {
        let names = profiles.iter().filter_map(Data::as_text);
        app.set("only_profile", names.map(|name| Raw::Text(name.to_owned())).collect());
    }
    let ports = service.get("ports").and_then(Data::as_list).unwrap_or_default();
    if !ports.is_empty() {
        let ports: Vec<String> = ports.iter().map(|port| format!("`{}`", port.to_text())).collect();
        app.comment(format!(
            "Compose maps {}: without a container it listens on its own port.",
            some_of(&ports, usize::MAX - 1)
        ));
    }
    let of_build =
        service.get("build").map(|build| build.keys_but(&["context", "dockerfile", "target"]));
    for key in of_build.unwrap_or_default() {
        app.left_out(&format!("build.{key}"), "nothing builds an image here");
    }
    for key in service.keys_but(&KNOWN).into_iter().filter(|key| !key.starts_with("x-")) {
        let reason = match key {
            "extends" => "what it takes from another service is not imported",
            _ => "it means something only in a container",
        };
        app.left_out(key, reason);
    }
}

/// Reads the files with variables: here as there, the last one that has a variable counts.
fn files_of_variables(app: &mut App, service: &Data, directory: &str, base: &Utf8Path) {
    let Some(files) = service.get("env_file") else { return };
    let files = files.as_list().unwrap_or(std::slice::from_ref(files)).iter();
    let files = files.filter_map(|file| {
        let path = file.get("path").unwrap_or(file).as_text()?;
        let is_required = file.get("required").is_none_or(|required| required.to_text() != "false");
        Some((path.trim_start_matches("./"), is_required))
    });
    let files: Vec<(&str, bool)> = files.collect();
    if files.is_empty() {
        return;
    }
    let depth = directory.split('/').filter(|part| !matches!(*part, "" | ".")).count();
    if directory.starts_with('/') || directory.split('/').any(|part| part == "..") {
        return app.left_out("env_file", "its directory is not below the file");
    }
    let up = "../".repeat(depth);
    for (attribute, required) in [("env_file", true), ("env_file_if_exists", false)] {
        let those = files.iter().filter(|(_, is_required)| *is_required == required);
        let those: Vec<Raw> = those.map(|(file, _)| Raw::Text(format!("{up}{file}"))).collect();
        if !those.is_empty() {
            app.set(attribute, those);
        }
    }
    let in_other_order = |pair: &[(&str, bool)]| matches!(pair, [(_, false), (_, true)]);
    if files.windows(2).any(in_other_order) {
        let reason = "files that need not exist count more here, whatever their order";
        app.comment_on("env_file_if_exists", format!("{}.", capital(reason)));
        app.changed("env_file", reason);
    }
    for (file, is_required) in files {
        if is_required && !paths::join(base, Utf8Path::new(file)).exists() {
            app.comment_on("env_file", format!("There is no file {file}: `check` asks for it."));
        }
    }
}

/// Reads what a service may use, and what else Compose knows of its deployment.
fn resources(app: &mut App, service: &Data) {
    let deploy = service.get("deploy");
    let of_deploy = deploy
        .and_then(|deploy| deploy.get("resources")?.get("limits")?.get("memory"))
        .map(|limit| ("deploy.resources.limits.memory", limit));
    let limit = service.get("mem_limit").map(|limit| ("mem_limit", limit)).or(of_deploy);
    if let Some((key, limit)) = limit {
        match bytes(&limit.to_text()) {
            Some(bytes) => {
                app.set("max_memory_restart", vec![Raw::Size(bytes)]);
                let reason = "Compose kills the service at its limit; PM2 looks twice a minute and restarts it";
                app.differs("max_memory_restart", reason);
            }
            None => app.left_out(key, "its size cannot be read"),
        }
    }
    let policy = deploy.and_then(|deploy| deploy.get("restart_policy"));
    for key in
        policy.map(|policy| policy.keys_but(&["condition", "max_attempts"])).unwrap_or_default()
    {
        app.left_out(&format!("deploy.restart_policy.{key}"), "it is not imported");
    }
    let known = ["replicas", "restart_policy"];
    for key in deploy.map(|deploy| deploy.keys_but(&known)).unwrap_or_default() {
        let reason = match key {
            "resources" if of_deploy.is_some() => "only memory can be limited",
            _ => "it means something only to Docker",
        };
        app.left_out(&format!("deploy.{key}"), reason);
    }
}

/// A size as Compose has it: `512m`, `1.5gb`, `65536`.
fn bytes(text: &str) -> Option<u64> {
    let text = text.trim().to_ascii_lowercase();
    let text = text.strip_suffix('b').unwrap_or(&text);
    let (number, unit) = match text.char_indices().next_back()? {
        (at, 'k') => (text.get(..at)?, 1 << 10),
        (at, 'm') => (text.get(..at)?, 1 << 20),
        (at, 'g') => (text.get(..at)?, 1 << 30),
        _ => (text, 1_u64),
    };
    let (whole, fraction) = number.trim().split_once('.').unwrap_or((number.trim(), ""));
    let whole: u64 = whole.parse().ok()?;
    // A byte is the smallest part: more digits than this say nothing.
    let digits = fraction.get(..fraction.len().min(9))?;
    let (part, parts) = match digits {
        "" => (0, 1),
        digits => (digits.parse::<u64>().ok()?, 10_u64.checked_pow(digits.len().try_into().ok()?)?),
    };
    whole.checked_mul(unit)?.checked_add(unit.checked_mul(part)? / parts)
}

/// The names that other containers know a service by.
fn names_of<'a>(name: &'a str, service: &'a Data) -> Vec<&'a str> {
    let own = ["container_name", "hostname"].into_iter();
    let own = own.filter_map(|key| service.get(key).and_then(Data::as_text));
    let networks = service.get("networks").and_then(Data::as_object).unwrap_or_default();
    let aliases = networks.iter().filter_map(|(_, network)| network.get("aliases")?.as_list());
    let aliases = aliases.flatten().filter_map(Data::as_text);
    let mut names: Vec<&str> = std::iter::once(name).chain(own).chain(aliases).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// A service as other containers know it.
struct Host<'a> {
    name: &'a str,
    /// Its ports in the container, each with the one that it has on this machine.
    ports: Vec<(u16, u16)>,
}

impl Host<'_> {
    fn of<'a>(name: &'a str, service: &Data, base: &Utf8Path, dotenv: &Dotenv) -> Host<'a> {
        let ports = service.get("ports").and_then(Data::as_list).unwrap_or_default();
        let mut ports: Vec<(u16, u16)> =
            ports.iter().filter_map(|port| mapped(port, dotenv)).collect();
        if line(service, base, dotenv).is_some() {
            // Without a container it listens on its own port.
            let environment = environment(service.get("environment"));
            let own = environment.into_iter().filter(|(key, _)| key == PORT);
            let own = own.filter_map(|(_, value)| value?.parse().ok());
            let own: Vec<u16> = ports.iter().map(|(inner, _)| *inner).chain(own).collect();
            ports = own.into_iter().map(|port| (port, port)).collect();
        }
        Host { name, ports }
    }

    /// A text with the addresses of this service as they are on this machine; `None` where it has none.
    /// The second is whether one of them is not known.
    fn translated(&self, text: &str) -> Option<(String, bool)> {
        let (mut written, mut rest) = (String::new(), text);
        let (mut found, mut unknown) = (false, false);
        while let Some(position) = rest.find(self.name) {
            let (before, after) = rest.split_at(position);
            let after = after.get(self.name.len()..)?;
            let begins = before.ends_with("//")
                || before.ends_with(['@', ','])
                || written.is_empty() && before.is_empty();
            let port = after.strip_prefix(':');
            let count = port.map_or(0, |port| port.bytes().take_while(u8::is_ascii_digit).count());
            let digits =
                port.and_then(|port| port.get(..count)).filter(|digits| !digits.is_empty());
            let ends = after.is_empty() || after.starts_with('/') && !after.starts_with("//");
            written.push_str(before);
            rest = after;
            match digits.filter(|_| begins).map(str::parse::<u16>) {
                Some(port) => {
                    let own = self.ports.iter().find(|(inner, _)| Ok(*inner) == port);
                    found = true;
                    match own {
                        Some((_, outer)) => {
                            written.push_str("127.0.0.1:");
                            written.push_str(&outer.to_string());
                            rest = after.get(1 + count..)?;
                        }
                        None => {
                            unknown = true;
                            written.push_str(self.name);
                        }
                    }
                }
                None => {
                    if begins && ends {
                        (found, unknown) = (true, true);
                    }
                    written.push_str(self.name);
                }
            }
        }
        written.push_str(rest);
        found.then_some((written, unknown))
    }
}

/// The port in the container and the one on this machine of `"8080:80"`.
fn mapped(port: &Data, dotenv: &Dotenv) -> Option<(u16, u16)> {
    if let (Some(target), Some(published)) = (port.get("target"), port.get("published")) {
        return Some((target.to_text().parse().ok()?, published.to_text().parse().ok()?));
    }
    let text = dotenv.plain(&port.to_text());
    let text = text.split('/').next().unwrap_or_default();
    let mut parts = text.rsplit(':');
    let inner = parts.next()?.parse().ok()?;
    Some((inner, parts.next()?.parse().ok()?))
}

/// Only containers know services by their names.
fn hosts_of(app: &mut App, hosts: &[Host<'_>]) {
    let mut told: Vec<(String, String)> = Vec::new();
    for (key, variable) in &mut app.env {
        for host in hosts {
            for text in texts(variable) {
                let Some((written, unknown)) = host.translated(text) else { continue };
                let does = match unknown {
                    true if host.ports.is_empty() => {
                        ", and publishes no port: let it publish one, and write that with `127.0.0.1`"
                    }
                    true => ": write `127.0.0.1` and the published port",
                    false => "; here it is this machine, with the published port",
                };
                let name = host.name;
                told.push((
                    format!("env.{key}"),
                    format!("`{name}` is a host only among containers{does}"),
                ));
                *text = written;
            }
            // Its value is written nowhere.
            if let Variable::Secret { clear: Some(text), .. } = variable
                && host.translated(text).is_some()
            {
                let name = host.name;
                let reason = format!(
                    "`{name}` in its value is a host only among containers: store it with `127.0.0.1` and the \
                     published port"
                );
                told.push((format!("env.{key}"), reason));
            }
        }
    }
    let mut known: Vec<(String, String)> = Vec::new();
    for (key, reason) in told {
        if known.contains(&(key.clone(), reason.clone())) {
            continue;
        }
        known.push((key.clone(), reason.clone()));
        app.differs(&key, reason);
    }
}

/// The texts of a variable that are written.
fn texts(variable: &mut Variable) -> Vec<&mut String> {
    match variable {
        Variable::Text(text) | Variable::Written { text, .. } => vec![text],
        Variable::Or { sources, .. } => sources.iter_mut().flat_map(texts).collect(),
        Variable::Secret { .. } | Variable::Inherit { .. } => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn sizes_are_those_of_compose() {
        assert_eq!(bytes("65536"), Some(65_536));
        assert_eq!(bytes("300b"), Some(300));
        assert_eq!(bytes("512m"), Some(512 << 20));
        assert_eq!(bytes("2GB"), Some(2 << 30));
        assert_eq!(bytes("1.5gb"), Some(1536 << 20));
        assert_eq!(bytes("1.25g"), Some(1280 << 20));
        assert_eq!(bytes("0.5K"), Some(512));
        for wrong in ["", "b", "m", "1.5x", "-1g", "1.-5g", "${MEMORY}", "99999999999g"] {
            assert_eq!(bytes(wrong), None, "{wrong}");
        }
    }
}
