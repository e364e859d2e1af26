//! Machines: each is a network namespace with a directory of its own in the place of `/srv`.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use promethean::emit::supvisors::{SETUPTOOLS, VERSION};
use promethean_test_support::pm2::eventually;
use promethean_test_support::{files, python};

/// The password that the machines ask each other for.
pub(super) const PASSWORD: &str = "p4ss-of-the-machines";

/// The programs of Supvisors.
pub(super) fn supvisors() -> PathBuf {
    python::programs("supvisors", VERSION, &[SETUPTOOLS])
}

fn ip(arguments: &str) {
    let output = Command::new("ip").args(arguments.split(' ')).output();
    let output = output.unwrap_or_else(|error| panic!("`ip` of iproute2 is needed: {error}"));
    assert!(
        output.status.success(),
        "this test makes network namespaces, so it runs as root: `ip {arguments}`: {output:?}"
    );
}

/// Two tests of one process have networks of their own.
static NEXT: AtomicU32 = AtomicU32::new(0);

/// Several machines in one network, which are ended and removed.
pub(super) struct Network {
    programs: PathBuf,
    prefix: String,
    machines: Vec<(String, Child)>,
    /// Those that were asked, by the machine and the directory of its configuration.
    controls: RefCell<BTreeMap<(String, String), Control>>,
    directory: Utf8PathBuf,
    _guard: tempfile::TempDir,
}

impl Network {
    /// Machines with these names, whose hosts are `NAME.lan`. Nothing runs on them yet.
    pub(super) fn of(names: &[&str]) -> Network {
        let programs = supvisors();
        let (guard, directory) = files::directory();
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let prefix = format!("pm{}-{number}", std::process::id());
        let (machines, controls) = (Vec::new(), RefCell::default());
        let mut network =
            Network { programs, prefix, machines, controls, directory, _guard: guard };
        let hub = network.namespace("hub");
        ip(&format!("netns add {hub}"));
        ip(&format!("-n {hub} link add br0 type bridge"));
        ip(&format!("-n {hub} link set br0 up"));
        let mut hosts = String::from("127.0.0.1 localhost\n");
        for (at, name) in (1..).zip(names) {
            writeln!(hosts, "10.77.7.{at} {name}.lan").unwrap();
        }
        for (at, name) in (1..).zip(names) {
            let machine = network.namespace(name);
            ip(&format!("netns add {machine}"));
            ip(&format!("-n {hub} link add {name} type veth peer name eth0 netns {machine}"));
            ip(&format!("-n {hub} link set {name} master br0 up"));
            ip(&format!("-n {machine} addr add 10.77.7.{at}/24 dev eth0"));
            ip(&format!("-n {machine} link set eth0 up"));
            ip(&format!("-n {machine} link set lo up"));
            let etc = Path::new("/etc/netns").join(&machine);
            fs::create_dir_all(&etc).unwrap();
            fs::write(etc.join("hosts"), &hosts).unwrap();
            fs::create_dir_all(network.srv(name)).unwrap();
            // A process that keeps the machine's file system.
            let mut keeper = Command::new("ip");
            keeper.args(["netns", "exec", &machine, "sh", "-c"]);
            keeper.arg("mount --bind \"$0\" /srv && echo ready && exec sleep 100000");
            keeper.arg(network.srv(name)).stdin(Stdio::null()).stdout(Stdio::piped());
            let mut keeper = keeper.spawn().unwrap();
            let mut line = String::new();
            let out = keeper.stdout.take().unwrap();
            std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut line).unwrap();
            assert_eq!(line, "ready\n", "{name}");
            network.machines.push(((*name).to_owned(), keeper));
        }
        network
    }

    fn namespace(&self, name: &str) -> String {
        format!("{}-{name}", self.prefix)
    }

    /// The directory that is `/srv` on a machine.
    pub(super) fn srv(&self, machine: &str) -> Utf8PathBuf {
        self.directory.join(machine)
    }

    /// A directory of nobody.
    pub(super) fn desk(&self) -> &Utf8Path {
        &self.directory
    }

    /// A command of a machine: in its network, and with its `/srv`.
    pub(super) fn on(&self, machine: &str) -> Command {
        let (_, keeper) = self.machines.iter().find(|(name, _)| name == machine).unwrap();
        let mut command = Command::new("nsenter");
        command.args(["-t", &keeper.id().to_string(), "-n", "-m", "--"]);
        command.env("SUPVISORS_PASSWORD", PASSWORD).env("LC_ALL", "C.UTF-8");
        command
    }

    /// A line that somebody types on a machine, in a directory.
    pub(super) fn types(&self, machine: &str, directory: &str, line: &str) -> Output {
        let mut command = self.on(machine);
        command.args(["sh", "-c", &format!("cd {directory} && {line}")]);
        command.stdin(Stdio::null()).output().unwrap()
    }

    /// The programs of Supvisors.
    pub(super) fn programs(&self) -> &Path {
        &self.programs
    }

    /// What a machine says that runs where: lines such as `system web RUNNING n/a ['pi.lan:60000']`.
    pub(super) fn status(&self, machine: &str, directory: &str) -> Vec<String> {
        let mut controls = self.controls.borrow_mut();
        let key = (machine.to_owned(), directory.to_owned());
        let answer = controls.get_mut(&key).and_then(|control| control.ask("sstatus"));
        let text = answer.unwrap_or_else(|| {
            let mut control = self.control(machine, directory);
            let answer =
                control.ask("sstatus").expect("a supervisorctl that was just started answers");
            controls.insert(key, control);
            answer
        });
        text.lines().map(in_words).collect()
    }

    /// A `supervisorctl` of a machine that waits for commands.
    fn control(&self, machine: &str, directory: &str) -> Control {
        let program = self.programs.join("supervisorctl");
        let line =
            format!("cd {directory} && exec {} -c {machine}/supervisord.conf", program.display());
        let mut command = self.on(machine);
        command.args(["sh", "-c", &line]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let (to, from) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
        let mut control = Control { process, to, from };
        control.answer().expect("it says what runs, and waits");
        control
    }

    /// Pulls the plug: every process of a machine ends at once, but for what keeps its file system. Nobody
    /// hears of it from there: a program that ends before its supervisor is one that has failed.
    pub(super) fn kill(&self, machine: &str) {
        let (_, keeper) = self.machines.iter().find(|(name, _)| name == machine).unwrap();
        let keeper = keeper.id().to_string();
        self.connect(machine, false);
        eventually("all has ended", || !self.end(machine, &keeper));
        self.connect(machine, true);
    }

    /// Ends what runs on a machine but for one process. Says whether there was something: it may have started more.
    fn end(&self, machine: &str, spared: &str) -> bool {
        let output = Command::new("ip").args(["netns", "pids", &self.namespace(machine)]).output();
        let output = output.map(|output| output.stdout).unwrap_or_default();
        let pids = String::from_utf8_lossy(&output);
        let left: Vec<&str> = pids.split_whitespace().filter(|pid| *pid != spared).collect();
        // All are held first: a supervisor that sees a program end would say so, and what it has said
        // arrives when the machine is connected again.
        for signal in ["-STOP", "-KILL"] {
            let _ = Command::new("kill").arg(signal).args(&left).output();
        }
        !left.is_empty()
    }

    /// Cuts a machine off from the others, or connects it again.
    pub(super) fn connect(&self, machine: &str, connected: bool) {
        let state = if connected { "up" } else { "down" };
        ip(&format!("-n {} link set {machine} {state}", self.namespace("hub")));
    }

    /// The logs of all machines, for a failure.
    pub(super) fn logs(&self, directory: &str) -> String {
        let below = directory.trim_start_matches("/srv/");
        let log = |(name, _): &(String, Child)| {
            let file = self.srv(name).join(below).join(name).join("supervisord.log");
            let text = fs::read_to_string(&file).unwrap_or_default();
            let lines: Vec<&str> = text.lines().rev().take(40).collect();
            format!("{name}:\n{}\n", lines.into_iter().rev().collect::<Vec<_>>().join("\n"))
        };
        self.machines.iter().map(log).collect()
    }
}

/// The words of a line, one space apart.
pub(super) fn in_words(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A `supervisorctl` that is asked again and again: to start one is to start Python, and to read all of Supvisors.
struct Control {
    process: Child,
    to: ChildStdin,
    from: ChildStdout,
}

impl Control {
    /// What it says to a command; `None` if it has ended.
    fn ask(&mut self, command: &str) -> Option<String> {
        self.to.write_all(format!("{command}\n").as_bytes()).ok()?;
        self.answer()
    }

    /// What it says until it waits for the next command.
    fn answer(&mut self) -> Option<String> {
        const PROMPT: &str = "supervisor> ";
        let mut said = Vec::new();
        let mut bytes = [0; 4096];
        while !said.ends_with(PROMPT.as_bytes()) {
            let count = self.from.read(&mut bytes).ok().filter(|count| *count > 0)?;
            said.extend_from_slice(&bytes[..count]);
        }
        said.truncate(said.len() - PROMPT.len());
        String::from_utf8(said).ok()
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.controls.borrow_mut().clear();
        for (name, mut keeper) in std::mem::take(&mut self.machines) {
            let machine = self.namespace(&name);
            let spared = keeper.id().to_string();
            // A failed test says more than what is left of it.
            let mut rounds = 0..500;
            while rounds.next().is_some() && self.end(&name, &spared) {
                std::thread::sleep(Duration::from_millis(20));
            }
            let _ = keeper.kill();
            let _ = keeper.wait();
            let _ = Command::new("ip").args(["netns", "del", &machine]).status();
            let _ = fs::remove_dir_all(Path::new("/etc/netns").join(&machine));
        }
        let _ = Command::new("ip").args(["netns", "del", &self.namespace("hub")]).status();
    }
}
