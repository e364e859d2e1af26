//! What runs, and as whom: Python, programs that have a namesake, interpreters by path, other users.
//!
//! PM2's own are clusters, and what only its daemon's log tells.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use promethean::logs::Stream;
use promethean::operations::OperationError;
use promethean::{Ecosystem, ecosystem};
use promethean_test_support::files;
use promethean_test_support::pm2::eventually;

use super::conventions;
use super::scene::{Scene, on_both_engines};

on_both_engines! {
    what_python_prints_is_in_the_log_at_once_and_is_found_behind_a_prefix,
    a_program_on_path_runs_beside_a_folder_of_its_name_and_an_interpreter_by_its_path,
    another_user_has_its_own_home_and_probe,
    what_is_ignored_is_ignored_with_a_slash_and_by_its_whole_path,
}

static PYTHON: Ecosystem = ecosystem! {
    name python;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    defaults { ready log "^at work$" { timeout 60s; } }
    python talk { runner system; module talk; }
    script dated { run "python3", "talk.py"; time true; }
    script object { run "talk.py"; interpreter python3; log_type json; }
    script own { run "./stamp.sh", "sh", "-c", "echo at work; exec sleep 100000"; log_date_format "YYYY-MM-DD HH:mm"; }
};

/// A format that the embedded engine does not write.
static ODDLY_DATED: Ecosystem = ecosystem! {
    name oddly-dated;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    script own {
        run "./stamp.sh", "sh", "-c", "echo at work; exec sleep 100000";
        log_date_format "[a: b] YYYY";
        ready log "^at work$" { timeout 60s; }
    }
};

#[test]
fn a_line_is_found_behind_a_prefix_of_any_form() {
    let mut scene = Scene::new();
    scene.up(&scene.target(&ODDLY_DATED)).unwrap();
}

/// Python keeps its output back where it sees no terminal.
fn what_python_prints_is_in_the_log_at_once_and_is_found_behind_a_prefix(mut scene: Scene) {
    scene.up(&scene.target(&PYTHON)).unwrap();
}

static NAMESAKES: Ecosystem = ecosystem! {
    name namesakes;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    paths unchecked;
    script folder { run "sleep", "100000"; }
    node by_path { entry "silent.js"; interpreter "./bin/run-it"; }
};

fn a_program_on_path_runs_beside_a_folder_of_its_name_and_an_interpreter_by_its_path(
    mut scene: Scene,
) {
    fs::create_dir(scene.path("sleep")).unwrap();
    fs::create_dir(scene.path("bin")).unwrap();
    files::write_program(scene.path("bin/run-it"), "#!/bin/sh\necho ran by it\nexec node \"$@\"\n");
    let target = scene.target(&NAMESAKES);
    scene.up(&target).unwrap();
    assert!(scene.plan(&target).is_empty());
    eventually("its interpreter has run it", || {
        scene.log(&target, "by_path", Stream::Out) == "ran by it\n"
    });
}

static AS_NOBODY: Ecosystem = ecosystem! {
    name as-nobody;
    root "it/operations/services";
    script job {
        run "sh", "-c", "echo \"$(id -un) $HOME $USER\"; exec sleep 100000";
        uid nobody;
        ready exec "sh", "-c", "test \"$(id -un) $USER\" = 'nobody nobody'" { timeout 60s; }
    }
};

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

fn another_user_has_its_own_home_and_probe(mut scene: Scene) {
    fs::set_permissions(scene.root(), fs::Permissions::from_mode(0o755)).unwrap();
    let target = scene.target(&AS_NOBODY);
    if !is_root() {
        let rejected = scene.up(&target).unwrap_err();
        assert!(matches!(&rejected, OperationError::NotReady(_)), "{rejected}");
        assert!(rejected.to_string().contains("only if root runs "), "{rejected}");
        return;
    }
    scene.up(&target).unwrap();
    let passwd = fs::read_to_string("/etc/passwd").unwrap();
    let nobody = passwd.lines().find(|line| line.starts_with("nobody:")).unwrap();
    let home = nobody.split(':').nth(5).unwrap();
    eventually("it is that user", || {
        scene.log(&target, "job", Stream::Out).contains(&format!("nobody {home} nobody\n"))
    });
}

macro_rules! workers {
    ($name:ident { $($user:tt)* }) => {
        static $name: Ecosystem = ecosystem! {
            name workers;
            root "it/operations/services";
            node web { entry "who.js"; exec_mode cluster; instances 2; $($user)* }
        };
    };
}

workers!(UNWRITTEN { uid nobody; });
workers!(OF_NOBODY { uid nobody; out_file "./open/out.log"; error_file "./open/error.log"; });
workers!(OF_ROOT { out_file "./open/out.log"; error_file "./open/error.log"; });

/// What a worker of a cluster is and sees, one line for each start.
const WHO: &str = "const { USER, HOME } = process.env;
    console.log(`${process.getuid()} ${HOME} ${USER}`);
    require('http').createServer().listen(0);";

#[test]
fn a_cluster_of_another_user_has_its_home_also_after_a_reload() {
    if !is_root() {
        return;
    }
    let mut scene = Scene::new();
    fs::set_permissions(scene.root(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(scene.path("who.js"), WHO).unwrap();
    let passwd = fs::read_to_string("/etc/passwd").unwrap();
    let nobody = passwd.lines().find(|line| line.starts_with("nobody:")).unwrap();
    let nobody: Vec<&str> = nobody.split(':').collect();
    let of_nobody = format!("{} {} nobody", nobody[2], nobody[5]);
    let rejected = scene.up(&scene.target(&UNWRITTEN)).unwrap_err().to_string();
    assert!(rejected.contains("and nobody cannot write to "), "{rejected}");
    fs::create_dir(scene.path("open")).unwrap();
    fs::set_permissions(scene.path("open"), fs::Permissions::from_mode(0o777)).unwrap();
    let lines = |scene: &Scene| {
        let logs = fs::read_dir(scene.path("open")).unwrap().flatten();
        let logs = logs.map(|log| fs::read_to_string(log.path()).unwrap_or_default());
        logs.collect::<String>().lines().map(str::to_owned).collect::<Vec<String>>()
    };
    let target = scene.target(&OF_NOBODY);
    scene.up(&target).unwrap();
    eventually("two workers have said who they are", || lines(&scene).len() == 2);
    scene.reload(&target).unwrap();
    eventually("two new workers have said who they are", || lines(&scene).len() == 4);
    assert_eq!(lines(&scene), vec![of_nobody.as_str(); 4]);
    assert!(scene.plan(&target).is_empty());
    // Nothing of nobody is left.
    scene.up(&scene.target(&OF_ROOT)).unwrap();
    eventually("two workers of root have said who they are", || lines(&scene).len() == 6);
    let of_root = |line: &&String| line.starts_with("0 ") && !line.contains("nobody");
    assert_eq!(lines(&scene).iter().filter(of_root).count(), 2, "{:?}", lines(&scene));
}

static WATCHING: Ecosystem = ecosystem! {
    name watching;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    paths unchecked;
    script web { run "./stamp.sh"; watch "."; ignore_watch "data/", "{dir}/cache", "{dir}/tmp/", "stamps"; }
};

fn what_is_ignored_is_ignored_with_a_slash_and_by_its_whole_path(mut scene: Scene) {
    for folder in ["data", "cache", "tmp"] {
        fs::create_dir(scene.path(folder)).unwrap();
    }
    scene.up(&scene.target(&WATCHING)).unwrap();
    // What PM2 writes of a file that has changed, and what the embedded engine does; the line of
    // the restart that follows names no file.
    let path = format!("{}/", scene.root());
    let says = |line: &str| {
        line.contains("Change detected") || line.contains(&path) && line.ends_with(" has changed")
    };
    let is_seen = |line: &str| line.contains("on path seen ") || line.contains("/seen has changed");
    let mut times = 0;
    eventually("a change that is not ignored is seen", || {
        times += 1;
        for file in ["data/a", "cache/a", "tmp/a"] {
            fs::write(scene.path(file), times.to_string()).unwrap();
        }
        fs::write(scene.path("seen"), times.to_string()).unwrap();
        scene.daemon_log().lines().any(is_seen)
    });
    let log = scene.daemon_log();
    let changes: Vec<&str> = log.lines().filter(|line| says(line)).collect();
    assert!(changes.iter().all(|line| is_seen(line)), "{changes:#?}");
}

static PRELOADING: Ecosystem = ecosystem! {
    name preloading;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    node web { entry "silent.js"; exec_mode cluster; node_args "--require", "{dir}/nowhere.js"; max_restarts 2; }
};

/// PM2 writes down only in its own log why Node has not begun.
#[test]
fn the_reason_that_only_the_daemon_knows_is_shown() {
    let mut scene = Scene::new();
    let failed = scene.up(&scene.target(&PRELOADING)).unwrap_err();
    assert!(matches!(&failed, OperationError::Apps(_)), "{failed}");
    assert!(failed.to_string().contains("nowhere.js"), "{failed}");
}
