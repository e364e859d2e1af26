//! What `check` finds, on real files, ports and programs.

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::thread;

use camino::{Utf8Path, Utf8PathBuf};
use promethean::engine::{Owner, Place};
use promethean::pm2::Home;
use promethean::preflight::{Circumstances, Report, Severity, Topic, check};
use promethean::secrets::Reader;
use promethean::supervisor::Embedded;
use promethean::{Ecosystem, Options, ecosystem};
use promethean_test_support::files;

fn port() -> u16 {
    thread_local! { static LISTENER: TcpListener = TcpListener::bind("127.0.0.1:0").unwrap(); }
    LISTENER.with(|listener| listener.local_addr().unwrap().port())
}

static BROKEN: Ecosystem = ecosystem! {
    name broken;
    paths unchecked;
    secrets ".tokens";

    external database {
        ready exec "sh", "-c", "echo no server >&2; exit 2";
        hint "start the database";
    }
    external there { ready exec "true"; }

    node gone "services/gone";
    node built "services/built" { entry "dist/index.js"; depends_on database, there; }
    node packed "services/packed";
    python typed "services/typed" { runner uv; module "app.server"; }
    python indexer "services/indexer" { watch "data"; allow missing-module "it is installed"; }
    script plain "services/plain" { run "./plain.sh"; out_file "./taken/out.log"; error_file "/proc/nope/err.log"; }
    script closed "services/plain" { run "./closed.sh"; }
    script headless "services/plain" { run "./headless.sh"; }
    script web "services/plain" { run "sh"; port (port()); env_file "web.env"; env { TOKEN = secret; PASSED = inherit "NOBODY_SETS_THIS"; ..optional; } }
    agent duck { script talk "services/plain" { run "sh"; env { SHARED = secret; ..optional; } } }
    agent owl { script talk "services/plain" { run "sh"; env { SHARED = secret; ..optional; } } }
    env optional {
        OPTIONAL = secret "NOBODY_STORES_THIS" or "the same in all agents";
        LEFT_OUT = secret "NOBODY_STORES_THIS" or inherit "NOBODY_SETS_THIS" or unset;
    }
    script needy "services/plain" { run "sh"; env { BOTH = secret "NOBODY_STORES_THIS" or inherit "NOBODY_SETS_THIS"; } }
};

/// A directory with what `BROKEN` half has.
fn prepare(root: &Utf8Path) {
    for directory in ["built", "packed", "typed/app", "indexer", "plain"] {
        fs::create_dir_all(root.join("services").join(directory)).unwrap();
    }
    let write = |path: &str, text: &str, mode: u32| {
        let path = root.join("services").join(path);
        match mode {
            0o755 => files::write_program(&path, text),
            mode => {
                fs::write(&path, text).unwrap();
                fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            }
        }
    };
    write("packed/package.json", r#"{"main": "lib"}"#, 0o644);
    write("typed/app/server.py", "", 0o644);
    write("plain/plain.sh", "#!/bin/sh\n", 0o755);
    write("plain/closed.sh", "#!/bin/sh\n", 0o644);
    write("plain/headless.sh", "echo hello\n", 0o755);
    write("plain/taken", "", 0o644);
    write("plain/web.env", "status=new\nPATTERN=a\0b\n", 0o644);
    fs::write(root.join(".tokens"), "SHARED=hunter2\n").unwrap();
    // The only programs there are.
    fs::create_dir(root.join("bin")).unwrap();
    for program in ["node", "uv", "sh"] {
        let path = root.join("bin").join(program);
        files::write_program(&path, "#!/bin/sh\n");
    }
}

fn report(root: &Utf8Path, running: &[&str]) -> Report {
    let options = Options { root: Some(root.to_owned()), ..Options::default() };
    let system = BROKEN.resolve(&options).unwrap();
    let home = Home::at(root.join("home").into());
    let circumstances = Circumstances {
        path: root.join("bin").into_os_string(),
        running: running.iter().map(|app| (*app).to_owned()).collect::<BTreeSet<_>>(),
        ..Circumstances::of_process(&home)
    };
    check(&system, &circumstances)
}

/// Node and Bun find out of a directory what to run, whatever they are called.
#[test]
fn a_directory_is_an_entry_for_whatever_is_node() {
    static SYSTEM: Ecosystem = ecosystem! {
        paths unchecked;
        node plain "site" { entry "server"; }
        node bundled "site" { runner bun; entry "server"; }
        node of_nvm "site" { interpreter "node@20"; entry "server"; }
        node of_debian "site" { interpreter nodejs; entry "server"; }
        node typed "site" { interpreter "ts-node"; entry "server"; }
        node other "site" { interpreter deno; entry "server"; }
    };
    let (_guard, root) = files::directory();
    fs::create_dir_all(root.join("site/server")).unwrap();
    fs::write(root.join("site/server/index.js"), "").unwrap();
    let options = Options { root: Some(root.clone()), ..Options::default() };
    let system = SYSTEM.resolve(&options).unwrap();
    let home = Home::at(root.join("home").into());
    let circumstances = Circumstances {
        path: root.join("bin").into_os_string(),
        running: BTreeSet::new(),
        ..Circumstances::of_process(&home)
    };
    let findings = check(&system, &circumstances).findings;
    let entries = findings.iter().filter(|finding| finding.kind == Topic::Entry);
    let units: Vec<&str> = entries.flat_map(|finding| &finding.units).map(String::as_str).collect();
    assert_eq!(units, ["other"]);
}

#[test]
fn a_root_that_is_not_there_is_one_finding() {
    static SYSTEM: Ecosystem = ecosystem! {
        paths unchecked;
        script api "services/api" { run "sh"; }
        script web "services/web" { run "sh"; }
        script elsewhere "/" { run "sh"; }
    };
    let (_guard, folder) = files::directory();
    let root = folder.join("moved");
    let options = Options { root: Some(root.clone()), ..Options::default() };
    let system = SYSTEM.resolve(&options).unwrap();
    let circumstances = Circumstances::of_process(&Home::at(folder.join("home").into()));
    let expected = format!(
        "api and web: the root {root} does not exist\n  \
         help: `--root DIR` says where it is on this machine"
    );
    assert_eq!(check(&system, &circumstances).to_string(), expected);
    fs::create_dir_all(root.join("services/web")).unwrap();
    let said = check(&system, &circumstances).to_string();
    assert!(
        said.starts_with(&format!("api: its directory {root}/services/api does not")),
        "{said}"
    );
}

#[test]
fn all_that_is_lacking_is_told_at_once_with_its_cure() {
    let (_guard, root) = files::directory();
    prepare(&root);
    let report = report(&root, &[]);
    let told = report.clone().failures().to_string().replace(root.as_str(), "ROOT");
    let process = std::process::id();
    let name = fs::read_to_string("/proc/self/comm").unwrap();
    let holder =
        format!("its port {} is already in use, by {} (process {process})", port(), name.trim());
    let expected = format!(
        "database: exec sh: ended with exit code 2: no server
  help: start the database
gone: its directory ROOT/services/gone does not exist
  help: create it or check it out; `--root DIR` sets the root on this machine
built: its entry ROOT/services/built/dist/index.js does not exist
  help: build it, or set `entry`
packed: ROOT/services/packed has no index.js, and no package.json with an existing `main`
  help: build it, or set `entry`
indexer: it watches ROOT/services/indexer/data, which does not exist
  help: create it, or watch another path
indexer: `pipenv` is not on PATH
  help: run `pip install --user pipenv`, or choose another `runner`
plain: its out_file ROOT/services/plain/taken/out.log cannot be written: ROOT/services/plain/taken is not a directory
  help: move ROOT/services/plain/taken away, or name another file
plain: its error_file /proc/nope/err.log cannot be written: /proc has only files of the system
  help: name a file elsewhere
closed: its program ROOT/services/plain/closed.sh is not executable
  help: run `chmod +x` on it
headless: its program ROOT/services/plain/headless.sh is not a binary and has no `#!` line
  help: start it with a line such as `#!/bin/sh`
web: the secret `TOKEN` is neither in ROOT/.tokens nor in the environment
  help: add a line `TOKEN=…` to ROOT/.tokens
web: PASSED inherits NOBODY_SETS_THIS, which is not set
  help: set NOBODY_SETS_THIS, or write `PASSED = inherit … or \"value\";`
web: PM2 reads the variable status of ROOT/services/plain/web.env as a setting of the app
  help: give the variable another name; most programs read variables in capitals
web: the value of PATTERN, from ROOT/services/plain/web.env, has a NUL in it
  help: remove the NUL from the file: it ends every text that a process is given
needy: BOTH has no value: the secret `NOBODY_STORES_THIS` is neither in ROOT/.tokens nor in the environment, and NOBODY_SETS_THIS is not set
  help: set one of them, or end the line with `or unset` to leave BOTH out
web: {holder}
  help: stop that program, or use another port"
    );
    assert_eq!(told, expected);
    assert!(!report.is_ready());
}

/// The system looks for an interpreter on the PATH that it is given, PM2 before that on its own.
#[test]
fn interpreters_are_looked_for_where_the_engine_looks() {
    static SYSTEM: Ecosystem = ecosystem! {
        paths unchecked;
        node both "site" { interpreter shared; entry "index.js"; env { PATH = "./own:ROOT"; } }
        node own "site" { interpreter only; entry "index.js"; env { PATH = "./own"; } }
        node lost "site" { env_file "lost.env"; }
        script env "site" { run "./env.sh"; env { PATH = "./own"; } }
        script astray "site" { run "./node.sh"; env { PATH = "./own"; } }
        script runs "site" { run "node"; env { PATH = "./own"; } }
        node shared "site" { exec_mode cluster; env { PATH = "./own"; } }
    };
    let (_guard, root) = files::directory();
    for directory in ["bin", "site/own"] {
        fs::create_dir_all(root.join(directory)).unwrap();
    }
    for program in ["bin/node", "bin/shared", "site/own/shared", "site/own/only"] {
        files::write_program(root.join(program), "#!/bin/sh\n");
    }
    fs::write(root.join("site/index.js"), "").unwrap();
    fs::write(root.join("site/lost.env"), "PATH=/nowhere\n").unwrap();
    files::write_program(root.join("site/env.sh"), "#!/usr/bin/env only\n");
    files::write_program(root.join("site/node.sh"), "#!/usr/bin/env node\n");
    let options = Options { root: Some(root.clone()), ..Options::default() };
    let system = SYSTEM.resolve(&options).unwrap();
    let told = |place: &dyn Place| {
        let circumstances = Circumstances {
            path: root.join("bin").into_os_string(),
            ..Circumstances::of_process(place)
        };
        check(&system, &circumstances).failures().to_string().replace(root.as_str(), "ROOT")
    };
    let owner = Owner { name: "paths".to_owned(), root: root.clone(), declared: None };
    let embedded = Embedded::of(&owner).unwrap();
    let on_both = "lost: it needs `node`, which is not on the PATH that its variables give it
  help: add the directory that has it to that PATH
astray: its program ROOT/site/node.sh cannot be run: its first line asks for `node`, which is not on the PATH that its variables give it
  help: add the directory that has it to that PATH";
    let on_pm2 = "own: PM2 does not find `only`: it looks on the PATH of this command, not on that of the app's variables
  help: add the directory that has it to the PATH of your shell too
";
    assert_eq!(told(&Home::at(root.join("home").into())), format!("{on_pm2}{on_both}"));
    // PM2 forks the processes of a cluster.
    assert_eq!(told(&embedded), on_both.replacen("lost:", "lost and shared:", 1));
}

/// Of each, the system says that the script is not there, or nothing at all.
#[test]
fn what_keeps_a_script_from_its_interpreter_its_directory_or_its_log_is_told() {
    static SYSTEM: Ecosystem = ecosystem! {
        paths unchecked;
        script windows "site" { run "./windows.sh"; }
        script missing "site" { run "./missing.sh"; }
        script absent "site" { run "./absent.py"; }
        script env "site" { run "./env.sh"; }
        script splits "site" { run "./splits.sh"; }
        script pipe "site" { run "./env.sh"; out_file "./pipe"; }
        script folder "site" { run "./env.sh"; out_file "../site"; }
        script linked "site" { run "./env.sh"; out_file "./dangling/out.log"; }
        script closed "closed" { run "../site/env.sh"; uid nobody; }
        script open "site" { run "./env.sh"; uid root; }
    };
    let (_guard, root) = files::directory();
    let site = root.join("site");
    for directory in [&site, &root.join("bin"), &root.join("closed")] {
        fs::create_dir(directory).unwrap();
    }
    let program = |path: Utf8PathBuf, text: &str| files::write_program(path, text);
    program(root.join("bin/sh"), "");
    program(site.join("windows.sh"), "#!/bin/sh\r\nexit 1\r\n");
    program(site.join("missing.sh"), "#!/no/such/shell -e\n");
    program(site.join("absent.py"), "#! /usr/bin/env no-python\n");
    program(site.join("env.sh"), "#!/usr/bin/env sh\n");
    program(site.join("splits.sh"), "#!/usr/bin/env -S no-python -u\n");
    std::os::unix::fs::symlink("nowhere", site.join("dangling")).unwrap();
    assert!(Command::new("mkfifo").arg(site.join("pipe")).status().unwrap().success());
    fs::set_permissions(root.join("closed"), fs::Permissions::from_mode(0o700)).unwrap();
    fs::set_permissions(&root, fs::Permissions::from_mode(0o755)).unwrap();
    let options = Options { root: Some(root.clone()), ..Options::default() };
    let system = SYSTEM.resolve(&options).unwrap();
    let home = Home::at(root.join("home").into());
    let circumstances = Circumstances {
        path: root.join("bin").into_os_string(),
        running: BTreeSet::new(),
        limits: &[],
        ..Circumstances::of_process(&home)
    };
    let told = check(&system, &circumstances).to_string().replace(root.as_str(), "ROOT");
    assert_eq!(
        told,
        r"windows: its program ROOT/site/windows.sh cannot be run: its first line ends as on Windows
  help: save it with the line ends of Unix: `sed -i 's/\r$//' ROOT/site/windows.sh`
missing: its program ROOT/site/missing.sh cannot be run: its first line asks for `/no/such/shell`, which is not there
  help: install it, or correct the line
absent: its program ROOT/site/absent.py cannot be run: its first line asks for `no-python`, which is not there
  help: install it, or correct the line
pipe: its out_file ROOT/site/pipe cannot be written: it is a pipe or a socket
  help: name a regular file; `logs --follow` shows what it says
folder: its out_file ROOT/site cannot be written: it is a directory
  help: name a file
linked: its out_file ROOT/site/dangling/out.log cannot be written: ROOT/site/dangling is a link to nothing
  help: create the directory that the link leads to, or name another file
closed: nobody cannot get into its directory: ROOT/closed lets only others in
  help: run `chmod o+x ROOT/closed`, or move it to where nobody can read"
    );
}

#[test]
fn what_is_worth_knowing_is_told_beside_it_and_no_secret_is() {
    let (_guard, root) = files::directory();
    prepare(&root);
    let report = report(&root, &[]);
    let told = |severity: Severity| -> Vec<String> {
        let of = report.findings.iter().filter(|finding| finding.severity == severity);
        of.map(|finding| finding.to_string().replace(root.as_str(), "ROOT")).collect()
    };
    assert_eq!(
        told(Severity::Warning),
        ["duck and owl: the secret SHARED has the same value in all of these agents\n  \
          help: give each its own value in its `secrets` file, unless this is intended"]
    );
    assert_eq!(
        told(Severity::Note),
        [
            "indexer: `missing-module` is allowed: it is installed",
            "duck_talk and owl_talk: the secret SHARED is in ROOT/.tokens",
        ]
    );
    assert!(!format!("{report:?}{report}").contains("hunter2"));
}

/// What is not a file may never end, or nobody may ever write to it.
#[test]
fn variables_are_not_waited_for_without_end() {
    static PIPES: Ecosystem = ecosystem! {
        name pipes;
        paths unchecked;
        secrets "written";
        script web { run "true"; env_file "silent"; env { TOKEN = secret; } }
        script null { run "true"; env_file "/dev/null"; }
    };
    let (_guard, root) = files::directory();
    for pipe in ["written", "silent"] {
        let made = Command::new("mkfifo").arg(root.join(pipe)).status();
        assert!(made.unwrap().success());
    }
    let written = root.join("written");
    let writer = thread::spawn(move || fs::write(written, "TOKEN=hunter2\n"));
    let options = Options { root: Some(root.clone()), ..Options::default() };
    let system = PIPES.resolve(&options).unwrap();
    let read = |name: &str| Reader::new().readable(system.app(name).unwrap());
    let (web, lacking) = read("web");
    writer.join().unwrap().unwrap();
    assert_eq!(web.get("TOKEN"), Some("hunter2"));
    let [lacking] = lacking.as_slice() else { panic!("{lacking:?}") };
    let lacking = lacking.to_string();
    assert!(lacking.contains("silent cannot be read: it is not a file"), "{lacking}");
    let (_, lacking) = read("null");
    assert!(lacking.is_empty(), "{lacking:?}");
}

#[test]
fn a_derived_port_that_is_taken_is_reported() {
    static SYSTEM: Ecosystem = ecosystem! {
        name derived;
        paths unchecked;
        script web { run "sh"; listen http auto; listen metrics: http auto; }
    };
    // The ports of some roots are taken by others.
    let (_guard, system, port, _listener) = std::iter::repeat_with(|| {
        let (guard, root) = files::directory();
        let options = Options { root: Some(root), ..Options::default() };
        let system = SYSTEM.resolve(&options).unwrap();
        let port = system.app("web").unwrap().endpoints[1].port;
        let listener = TcpListener::bind(("127.0.0.1", port)).ok()?;
        Some((guard, system, port, listener))
    })
    .find_map(|found| found)
    .unwrap();
    let home = Home::at("/nowhere".into());
    let report = check(&system, &Circumstances::of_process(&home));
    let taken = report.findings.iter().find(|finding| {
        finding.kind == Topic::Port && finding.message.starts_with(&format!("its port {port} "))
    });
    let taken = taken.unwrap_or_else(|| panic!("{port} in {report}"));
    assert_eq!(taken.severity, Severity::Failure);
    let help = "stop that program, or write a port in place of `auto`";
    assert_eq!(taken.help.as_deref(), Some(help));
}

#[test]
fn the_port_of_an_app_that_runs_is_its_own() {
    let (_guard, root) = files::directory();
    prepare(&root);
    let ports = |running: &[&str]| {
        let report = report(&root, running);
        report.findings.iter().filter(|finding| finding.kind == Topic::Port).count()
    };
    assert_eq!((ports(&[]), ports(&["web"])), (1, 0));
}

#[test]
fn secrets_that_every_user_can_change_are_warned_of() {
    static SYSTEM: Ecosystem = ecosystem! {
        paths unchecked;
        secrets "tokens";
        script one { run "sh"; env { TOKEN = secret; } }
    };
    let (_guard, root) = files::directory();
    fs::write(root.join("tokens"), "TOKEN=hunter2\n").unwrap();
    let warned = |mode: u32| {
        fs::set_permissions(root.join("tokens"), fs::Permissions::from_mode(mode)).unwrap();
        let options = Options { root: Some(root.clone()), ..Options::default() };
        let system = SYSTEM.resolve(&options).unwrap();
        let home = Home::at(root.join("home").into());
        let report = check(&system, &Circumstances::of_process(&home));
        let of_file = report.findings.iter().filter(|finding| finding.kind == Topic::SecretsFile);
        of_file.map(ToString::to_string).collect::<Vec<_>>()
    };
    let expected = format!(
        "one: every user can write to {root}/tokens, which has secrets\n  \
         help: `chmod go-w {root}/tokens`"
    );
    assert_eq!(warned(0o666), [expected]);
    assert_eq!(warned(0o644), [""; 0]);
}

/// A line that is there and says nothing, as in a copy of `.env.example`.
#[test]
fn an_empty_secret_is_warned_of() {
    static SYSTEM: Ecosystem = ecosystem! {
        paths unchecked;
        secrets "tokens";
        script one { run "sh"; env { TOKEN = secret; HEADER = "Bearer {secret TOKEN}"; } }
    };
    let (_guard, root) = files::directory();
    let warned = |tokens: &str| {
        fs::write(root.join("tokens"), tokens).unwrap();
        let options = Options { root: Some(root.clone()), ..Options::default() };
        let system = SYSTEM.resolve(&options).unwrap();
        let home = Home::at(root.join("home").into());
        let report = check(&system, &Circumstances::of_process(&home));
        assert!(report.is_ready(), "{report}");
        let warnings = report.findings.iter().filter(|found| found.severity == Severity::Warning);
        warnings.map(ToString::to_string).collect::<Vec<_>>()
    };
    let expected = "one: the value of TOKEN, a secret, is empty\n  \
                    help: give it its value, or remove the line that leaves it empty";
    assert_eq!(warned("TOKEN=\n"), [expected]);
    assert_eq!(warned("TOKEN=hunter2\n"), [""; 0]);
}

static UNFIT: Ecosystem = ecosystem! {
    name unfit;
    paths unchecked;
    node one "site" { entry "index.js"; runner bun; instances 2; }
    node two "site" { entry "index.js"; exec_mode cluster; interpreter "/opt/other/bin/node"; }
    node three "site" { entry "index.js"; exec_mode cluster; env { NODE_OPTIONS = "--no-warnings"; } }
    node four "site" { entry "index.js"; exec_mode cluster; node_args "--require", "./pre.js"; }
    node fork "site" { entry "index.js"; node_args "--require", "./pre.js"; env { NODE_OPTIONS = "--no-warnings"; } }
    script never "site" { run "sh"; autorestart false; autostart false; cron_restart "0 3 * * *"; }
    script silent "site" { run "sh"; out_file "/dev/null"; ready log "at work"; }
    script mute "site" { run "sh"; disable_logs true; ready log "at work"; }
    script ghost "site" { run "sh"; uid "no-such-user"; }
    script other "site" { run "sh"; gid "no-such-group"; }
    script signalled "site" { run "sh"; kill_signal SIGTERM; }
    script interrupted "site" { run "sh"; kill_signal SIGINT; }
    script rotated "site" { run "sh"; rotate 10M, 5; }
    script tried "site" { run "sh"; alive exec "true"; }
    script following "site" { run "sh"; depends_on tried (restarts); }
};

/// What of it PM2 would do silently and otherwise.
#[test]
fn what_pm2_cannot_do_is_found_before_it_is_asked() {
    let (_guard, root) = files::directory();
    fs::create_dir_all(root.join("site")).unwrap();
    fs::write(root.join("site/index.js"), "").unwrap();
    let options = Options { root: Some(root.clone()), ..Options::default() };
    let home = Home::at(root.join("home").into());
    let circumstances = Circumstances::of_process(&home);
    let report = check(&UNFIT.resolve(&options).unwrap(), &circumstances);
    let kinds = [
        Topic::Cluster,
        Topic::Autostart,
        Topic::Probe,
        Topic::User,
        Topic::KillSignal,
        Topic::Rotate,
        Topic::Alive,
        Topic::Restarts,
    ];
    let found = report.findings.iter().filter(|finding| kinds.contains(&finding.kind));
    let mut found: Vec<String> = found.map(ToString::to_string).collect();
    found.sort();
    assert_eq!(
        found,
        [
            "following: PM2 knows no dependencies: `tried (restarts)` has no effect when that restarts\n  \
             help: leave out `restarts`, and let the program connect again by itself",
            "four: Node looks for ./pre.js where PM2's daemon was started\n  help: write `{dir}/pre.js`",
            "ghost: there is no user `no-such-user` in /etc/passwd\n  \
             help: create the user, or name another one with `uid`",
            "mute: its probe looks for a line of its log, but `disable_logs` writes none\n  \
             help: leave out `disable_logs`, or write another probe",
            "never: PM2 never starts it: with `autostart false` also `cron_restart \"0 3 * * *\"` has no \
             effect\n  help: leave out `autostart`: with `autorestart false` it runs once now, and then \
             as `cron_restart` says. The embedded engine starts it only at its times: `--engine embedded`",
            "one: PM2 runs a cluster on its daemon's own Node, not on bun\n  \
             help: write `exec_mode fork`, or another `runner`",
            "other: there is no group `no-such-group` in /etc/group\n  \
             help: create the group, or name another one with `gid`",
            "rotated: PM2 does not rotate logs: `rotate` has no effect\n  \
             help: leave it out, and install PM2's module with `pm2 install pm2-logrotate`",
            "signalled: PM2 sends SIGINT to all apps: `kill_signal SIGTERM` has no effect\n  \
             help: leave it out, or set PM2_KILL_SIGNAL=SIGTERM for PM2's daemon, which all apps have in \
             common",
            "silent: its probe looks for a line of its log, but `out_file \"/dev/null\"` drops standard \
             output\n  help: write the log to a file, or write another probe",
            "three: NODE_OPTIONS has no effect in a cluster: PM2 sets it when the process runs already\n  \
             help: write the options as `node_args`, or write `exec_mode fork`",
            "tried: PM2 restarts what exits, not what no longer works: `alive` has no effect\n  \
             help: leave it out, and let the program exit when it no longer works",
            "two: PM2 runs a cluster on its daemon's own Node, not on /opt/other/bin/node\n  \
             help: write `exec_mode fork`, or leave out `interpreter`",
        ]
    );
}

#[test]
fn a_line_of_a_dotenv_file_that_is_surely_not_meant_is_shown_without_its_value() {
    static SYSTEM: Ecosystem = ecosystem! {
        paths unchecked;
        script web "site" { run "sh"; env_file ".env"; }
    };
    let (_guard, root) = files::directory();
    fs::create_dir_all(root.join("site")).unwrap();
    fs::write(
        root.join("site/.env"),
        "PASSWORD=hunter2#more\nBASE=/srv\nDATA=${BASE}/data\nTOKEN t0k3n\n",
    )
    .unwrap();
    let options = Options { root: Some(root.clone()), ..Options::default() };
    let home = Home::at(root.join("home").into());
    let report = check(&SYSTEM.resolve(&options).unwrap(), &Circumstances::of_process(&home));
    assert!(report.is_ready(), "{report}");
    let found = report.findings.iter().filter(|finding| finding.kind == Topic::Dotenv);
    let found: Vec<String> = found.map(ToString::to_string).collect();
    let file = root.join("site/.env");
    assert_eq!(
        found,
        [
            format!(
                "web: line 1 of {file}: the value of PASSWORD ends at the `#`\n  \
                 help: quote the value, or write a space before a comment"
            ),
            format!(
                "web: line 3 of {file}: the `${{…}}` in DATA stays as it is\n  \
                 help: write the value itself; in single quotes `${{…}}` is text"
            ),
            format!(
                "web: line 4 of {file}: is not an assignment, and is left out\n  \
                 help: write `NAME=value`, or `#` before a comment"
            ),
        ]
    );
    assert!(!report.to_string().contains("hunter2") && !report.to_string().contains("t0k3n"));
}

/// The compiler sees one file; `check` and `up` see all of them, and this machine's processors.
#[test]
fn ports_that_variables_give_are_compared_over_files() {
    mod other {
        use super::*;
        pub static OTHER: Ecosystem = ecosystem! {
            paths unchecked;
            script api { run "sh"; env { PORT = 41851; } }
            script shared { run "sh"; env { PORT = 41852; } allow port-variable-conflict "one at a time"; }
            script counted { run "sh"; listen http 41855; }
        };
    }
    static SYSTEM: Ecosystem = ecosystem! {
        name ports;
        paths unchecked;
        include other::OTHER;
        script web { run "sh"; env { PORT = 41851; } }
        script alike { run "sh"; env { PORT = 41852; } }
        script client { run "sh"; env { PORT = port other::OTHER.counted; TEXT = "41851"; } }
        script each { run "sh"; port 41853; instances 3; increment_var PORT; }
    };
    let (_guard, root) = files::directory();
    let options = Options { root: Some(root), ..Options::default() };
    let system = SYSTEM.resolve(&options).unwrap();
    let report = check(&system, &Circumstances::of_process(&Home::at("/nowhere".into())));
    let mut found: Vec<String> = report
        .findings
        .iter()
        .filter(|finding| finding.kind == Topic::Port && finding.severity == Severity::Failure)
        .map(|finding| format!("{}: {}", finding.units.join(" "), finding.message))
        .filter(|found| !found.contains("already in use"))
        .collect();
    found.sort();
    let counted = "each: its PORT counts up from 41853 to 41855, and counted has the port 41855";
    let [first, second] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(first, counted);
    let both = [
        "web: its PORT is 41851, which api has, too",
        "api: its PORT is 41851, which web has, too",
    ];
    assert!(both.contains(&second.as_str()), "{second}");
}
