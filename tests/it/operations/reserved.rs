//! The names that PM2 takes for its own record of an app, against its source and its daemons.
//!
//! PM2's own: the embedded engine keeps variables apart from settings.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use promethean::reserved::{RESERVED_KEYS, is_reserved_key};
use promethean::{Ecosystem, ecosystem};
use promethean_test_support::node::modules;
use promethean_test_support::pm2::eventually;
use regex_lite::Regex;
use serde_json::Value;

use super::scene::Scene;

const PACKAGES: [&str; 4] = ["pm2-5.0", "pm2-5", "pm2-6", "pm2"];

/// What runs in the daemon, or in the process that it starts. The rest of `lib` is the client.
fn is_of_daemon(file: &str) -> bool {
    let name = file.rsplit('/').next().unwrap_or_default();
    file.contains("/God/")
        || name.starts_with("ProcessContainer")
        || ["God.js", "Worker.js", "Watcher.js", "Event.js", "Utility.js", "ProcessUtils.js"]
            .contains(&name)
}

/// The names of an app's record in a package's source, with the files that have them. PM2's own
/// have a lower-case letter; the rest are variables, which it reads as such.
fn names(package: &str) -> BTreeMap<String, BTreeSet<String>> {
    fn walk(directory: &Path, visit: &mut dyn FnMut(&Path)) {
        for entry in fs::read_dir(directory).unwrap().flatten() {
            match entry.path() {
                path if path.is_dir() => walk(&path, visit),
                path => visit(&path),
            }
        }
    }
    let of_record = Regex::new(r#"\bpm2_env(?:\.|\[['"])([A-Za-z_]\w*)"#).unwrap();
    let in_daemon = r#"\b(?:pm2_env|env_copy|env|new_env|_env|old_env|process\.env|options)(?:\.|\[['"])([A-Za-z_]\w*)"#;
    let in_daemon = Regex::new(in_daemon).unwrap();
    let mut names: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    walk(&modules().join(package).join("lib"), &mut |path| {
        let file = path.to_string_lossy().into_owned();
        if path.extension().is_none_or(|extension| extension != "js") {
            return;
        }
        let text = fs::read_to_string(path).unwrap();
        let pattern = if is_of_daemon(&file) { &in_daemon } else { &of_record };
        for found in pattern.captures_iter(&text) {
            let name = found[1].to_owned();
            if name.contains(|character: char| character.is_ascii_lowercase()) {
                names.entry(name).or_default().insert(file.clone());
            }
        }
    });
    names
}

/// The names and other names of PM2's schema.
fn schema(package: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(modules().join(package).join("lib/API/schema.json")).unwrap();
    let schema: BTreeMap<String, Value> = serde_json::from_str(&text).unwrap();
    let aliases = |row: &Value| match &row["alias"] {
        Value::String(alias) => vec![alias.clone()],
        Value::Array(aliases) => {
            aliases.iter().filter_map(|alias| alias.as_str().map(str::to_owned)).collect()
        }
        _ => Vec::new(),
    };
    let names = schema.iter().flat_map(|(name, row)| [vec![name.clone()], aliases(row)].concat());
    // `env_…` are the environments of `--env`.
    names.map(|name| name.replace(r"^env_\S*$", "env_production")).collect()
}

#[test]
fn what_pm2_reads_of_a_record_is_reserved_and_nothing_else() {
    let mut read = BTreeMap::new();
    for package in PACKAGES {
        read.extend(names(package));
    }
    let open: BTreeMap<&String, &BTreeSet<String>> =
        read.iter().filter(|(name, _)| !is_reserved_key(name)).collect();
    assert!(open.is_empty(), "{open:#?}");
    // What every JavaScript object has; what is remembered of an app; `env.env.unique_id`.
    let others = ["__proto__", "toString", "promethean", "unique_id"];
    let unread: Vec<&&str> = RESERVED_KEYS
        .iter()
        .filter(|name| !read.contains_key(**name) && !others.contains(name))
        .collect();
    assert_eq!(unread, [&""; 0]);
}

static PLAIN: Ecosystem = ecosystem! {
    name plain;
    root "it/operations/services";
    defaults { env { SEEN = "{root}/{name}.json"; } }
    node forked { entry "seen.js"; }
    node clustered { entry "seen.js"; exec_mode cluster; }
    script shell { run "node", "seen.js"; }
};

static WITH_FILE: Ecosystem = ecosystem! {
    name plain;
    root "it/operations/services";
    defaults { env_file "names.env"; env { SEEN = "{root}/{name}.json"; } }
    node forked { entry "seen.js"; }
    node clustered { entry "seen.js"; exec_mode cluster; }
    script shell { run "node", "seen.js"; }
};

/// Names that no part of PM2 has a use for, and those that every JavaScript object has.
const OTHERS: [&str; 9] = [
    "PORT",
    "valueOf",
    "constructor",
    "hasOwnProperty",
    "toJSON",
    "length",
    "then",
    "http_proxy",
    "npm_config.x",
];

/// The settings of an app as PM2 holds them.
fn settings(scene: &Scene, name: &str) -> BTreeMap<String, Value> {
    let app = scene.pm2.app(name);
    let record = app["pm2_env"].as_object().unwrap();
    let known = record.iter().filter(|(name, _)| is_reserved_key(name));
    let own = |name: &str| {
        let changing = [
            "pm_uptime",
            "prev_restart_delay",
            "restart_time",
            "created_at",
            "unique_id",
            "env",
            "promethean",
            "versioning",
            "pm_id",
            "axm_monitor",
            "axm_actions",
            "axm_options",
            "axm_dynamic",
            "vizion_running",
            "pm_out_log_path",
            "pm_err_log_path",
            "pm_pid_path",
            "version",
            "node_args",
        ];
        !changing.contains(&name)
    };
    known.filter(|(name, _)| own(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

pub fn every_other_name_of_pm2s_schema_reaches_the_process_and_changes_nothing() {
    for package in PACKAGES {
        let mut scene = Scene::on(package);
        let script = "require('fs').writeFileSync(process.env.SEEN, JSON.stringify(process.env));\n\
                      setInterval(() => {}, 1000);\n";
        fs::write(scene.path("seen.js"), script).unwrap();
        scene.up(&scene.target(&PLAIN)).unwrap();
        let apps = ["forked", "clustered", "shell"];
        // A worker tells it a moment after its start.
        let is_told = |scene: &Scene| settings(scene, "clustered").contains_key("node_version");
        eventually("the worker has told its version of Node", || is_told(&scene));
        let before = apps.map(|app| settings(&scene, app));
        let names: BTreeSet<String> = schema(package)
            .into_iter()
            .filter(|name| !is_reserved_key(name))
            .chain(OTHERS.map(str::to_owned))
            .collect();
        assert!(names.contains("port") && names.contains("interpreter"), "{names:?}");
        let variables: Vec<String> = names.iter().map(|name| format!("{name}=is-{name}")).collect();
        let variables = variables.join("\n");
        fs::write(scene.path("names.env"), variables).unwrap();
        scene.up(&scene.target(&WITH_FILE)).unwrap();
        eventually("the new worker has told it", || is_told(&scene));
        for (app, before) in apps.iter().zip(before) {
            let seen = || {
                let text = fs::read_to_string(scene.path(&format!("{app}.json"))).ok()?;
                serde_json::from_str::<Value>(&text).ok()
            };
            eventually(app, || seen().is_some_and(|seen| seen["PORT"] == "is-PORT"));
            let seen = seen().unwrap();
            for name in &names {
                assert_eq!(seen[name], format!("is-{name}"), "{package}, {app}: {name}");
            }
            assert_eq!(settings(&scene, app), before, "{package}, {app}");
        }
        let target = scene.target(&WITH_FILE);
        assert!(scene.plan(&target).is_empty(), "{package}: {:?}", scene.plan(&target));
        assert_eq!(scene.processes().values().map(Vec::len).collect::<Vec<_>>(), [1, 1, 1]);
        scene.down(&target);
        assert!(scene.processes().is_empty(), "{package}");
    }
}

#[test]
fn a_reserved_name_in_a_file_of_variables_is_found_before_anything_is_touched() {
    let mut scene = Scene::new();
    fs::write(scene.path("seen.js"), "setInterval(() => {}, 1000);\n").unwrap();
    scene.up(&scene.target(&PLAIN)).unwrap();
    let before = scene.processes();
    let variables: Vec<String> =
        RESERVED_KEYS.iter().map(|name| format!("{name}=renamed")).collect();
    let variables = variables.join("\n");
    fs::write(scene.path("names.env"), format!("GOOD=1\n{variables}")).unwrap();
    let file = scene.path("names.env");
    let refused = scene.up(&scene.target(&WITH_FILE)).unwrap_err().to_string();
    for name in RESERVED_KEYS {
        let file = file.display();
        let expected = format!("PM2 reads the variable {name} of {file} as a setting of the app");
        assert!(refused.contains(&expected), "{name}: {refused}");
    }
    assert!(!refused.contains("renamed"), "{refused}");
    assert_eq!(scene.processes(), before);
}
