//! What PM2 does, step by step, and what the embedded engine does better.

use promethean_core::declaration::Declaration;
use promethean_core::ecosystem::Ecosystem;
use promethean_core::resolve::Options;
use serde_json::{Value, json};

use super::*;

/// A machine of a service with these settings, and its clock.
struct Process {
    machine: Machine,
    now: Duration,
}

impl Process {
    fn new(settings: &Value) -> Process {
        let declaration = json!({"units": [{"service": {
            "kind": "node", "name": "web", "block": {"settings": settings},
        }}]});
        let declaration: Declaration = serde_json::from_value(declaration).unwrap();
        let ecosystem = Ecosystem::from_declaration(declaration, "/repo", &[]);
        let system = ecosystem.resolve(&Options::default()).unwrap();
        Process { machine: Machine::new(Policy::of(&system.apps[0])), now: Duration::ZERO }
    }

    /// A process that runs.
    fn online(settings: &Value) -> Process {
        let mut process = Process::new(settings);
        assert_eq!(process.after(0, Event::Start), [Action::Spawn]);
        process.after(0, Event::Spawned);
        assert_eq!(process.state(), State::Online);
        process
    }

    /// What an event after so many milliseconds leads to, but for the engine's log.
    fn after(&mut self, milliseconds: u64, event: Event) -> Vec<Action> {
        self.now += Duration::from_millis(milliseconds);
        let actions = self.machine.handle(event, self.now).into_iter();
        actions.filter(|action| !matches!(action, Action::Record(_))).collect()
    }

    /// It ends, and nothing of it is left.
    fn ends(&mut self, milliseconds: u64, exit: Exit) -> Vec<Action> {
        self.after(milliseconds, Event::Exited(exit));
        self.after(0, Event::FamilyGone)
    }

    /// Goes on to the deadline; returns how long that takes in milliseconds, and what it leads to.
    fn wait(&mut self) -> (u128, Vec<Action>) {
        let from = self.now;
        self.now = self.machine.deadline().unwrap();
        (self.now.saturating_sub(from).as_millis(), self.after(0, Event::Tick))
    }

    fn state(&self) -> State {
        self.machine.state()
    }
}

const ASK: Action = Action::Ask(Ask::Family);
const CODE_1: Exit = Exit::Code(1);

#[test]
fn it_restarts_at_once_and_waits_where_a_delay_is_written() {
    let mut process = Process::online(&json!({}));
    assert_eq!(process.ends(2_000, CODE_1), [Action::Spawn]);
    assert_eq!((process.machine.restarts(), process.machine.early_ends()), (1, 0));

    let mut process = Process::online(&json!({"restart_delay": [{"duration": "3s"}]}));
    assert_eq!(process.ends(2_000, CODE_1), []);
    assert_eq!((process.state(), process.machine.restarts()), (State::Restarting, 0));
    assert_eq!(process.wait(), (3_000, vec![Action::Spawn]));
    assert_eq!(process.machine.restarts(), 1);
}

#[test]
fn why_it_restarts_is_known_however_soon_after_its_start() {
    let settings = json!({"restart_delay": [{"duration": "3s"}]});
    let causes = [Event::Restart, Event::Changed, Event::Scheduled, Event::TooMuchMemory];
    for cause in causes {
        let mut process = Process::online(&settings);
        let known = |process: &Process| {
            (process.machine.is_being_replaced(), process.machine.was_asked_for())
        };
        assert_eq!(known(&process), (false, true));
        // Within the same moment as its start.
        assert_eq!(process.after(0, cause), [ASK]);
        assert_eq!(known(&process), (true, true), "{cause:?}");
        assert_eq!(process.ends(0, CODE_1), [Action::Spawn], "{cause:?}");
        process.after(0, Event::Spawned);
        assert_eq!(known(&process), (false, true), "{cause:?}");
        // It ends by itself.
        process.ends(0, CODE_1);
        assert_eq!(known(&process), (false, true), "{cause:?}");
        process.wait();
        assert_eq!(known(&process), (false, false), "{cause:?}");
    }
    let mut process = Process::online(&settings);
    process.after(0, Event::Restart);
    process.after(0, Event::Stop);
    assert!(!process.machine.is_being_replaced());
}

#[test]
fn a_backoff_grows_and_begins_again_after_half_a_minute() {
    let settings =
        json!({"exp_backoff_restart_delay": [{"duration": "100ms"}], "max_restarts": [99]});
    let mut process = Process::online(&settings);
    let mut delays = Vec::new();
    for uptime in [2_000, 2_000, 2_000, 30_000, 30_001] {
        process.ends(uptime, CODE_1);
        let (delay, actions) = process.wait();
        assert_eq!(actions, [Action::Spawn]);
        process.after(0, Event::Spawned);
        delays.push(delay);
    }
    assert_eq!(delays, [100, 150, 225, 337, 100]);
}

#[test]
fn it_is_given_up_after_too_many_early_ends() {
    let mut process = Process::online(&json!({"max_restarts": [3]}));
    assert_eq!(process.ends(999, CODE_1), [Action::Spawn]);
    process.after(0, Event::Spawned);
    assert_eq!(process.ends(999, CODE_1), [Action::Spawn]);
    process.after(0, Event::Spawned);
    assert_eq!(process.ends(999, CODE_1), []);
    assert_eq!(process.state(), State::GivenUp);
    assert_eq!(process.machine.deadline(), None);
    // A change starts it, as in PM2.
    assert_eq!(process.after(9, Event::Changed), [Action::Spawn]);
    assert_eq!(process.machine.restarts(), 2);
}

#[test]
fn early_ends_count_only_soon_after_the_start_was_asked_for() {
    let mut process = Process::online(&json!({"max_restarts": [3]}));
    assert_eq!(process.ends(3_000, CODE_1), [Action::Spawn]);
    for _ in 0..100 {
        process.after(0, Event::Spawned);
        assert_eq!(process.ends(10, CODE_1), [Action::Spawn]);
    }
}

#[test]
fn what_ends_for_good_is_completed_or_failed() {
    let off = json!({"autorestart": [false]});
    let codes = json!({"stop_exit_codes": [0, 3]});
    for (settings, exit, state) in [
        (&off, Exit::Code(0), State::Completed),
        (&off, CODE_1, State::Failed),
        (&off, Exit::Signal(11), State::Failed),
        (&codes, Exit::Code(0), State::Completed),
        (&codes, Exit::Code(3), State::Failed),
        (&codes, CODE_1, State::Starting),
        (&codes, Exit::Signal(9), State::Starting),
        (&json!({"stop_exit_codes": [137]}), Exit::Signal(9), State::Failed),
    ] {
        let mut process = Process::online(settings);
        process.ends(2_000, exit);
        assert_eq!(process.state(), state, "{exit:?}");
        assert_eq!(process.machine.exit(), Some(exit));
    }
}

/// A process that ends by a signal of the engine has not failed; one that somebody else kills has.
#[test]
fn a_signal_that_nobody_has_asked_for_is_a_failure() {
    let said = |process: &Process| {
        (
            process.machine.exit_code(),
            process.machine.killed_by(),
            process.machine.was_told_to_end(),
        )
    };
    for signal in [2, 9, 11] {
        let mut process = Process::online(&json!({"autorestart": [false]}));
        process.ends(2_000, Exit::Signal(signal));
        assert_eq!(said(&process), (Some(128 + i64::from(signal)), Some(signal), false));
        for told in [Event::Stop, Event::Restart, Event::Scheduled, Event::Kill] {
            let mut process = Process::online(&json!({}));
            process.after(2_000, told);
            process.ends(0, Exit::Signal(signal));
            assert_eq!(said(&process), (Some(0), None, true), "{told:?}");
        }
    }
    let mut process = Process::online(&json!({}));
    process.after(0, Event::Restart);
    process.ends(0, CODE_1);
    process.after(0, Event::Spawned);
    process.ends(2_000, Exit::Signal(9));
    assert_eq!(said(&process), (Some(137), Some(9), false), "the last end counts");
}

#[test]
fn it_is_killed_when_it_does_not_end_in_time_until_nothing_is_left() {
    let mut process = Process::online(&json!({"kill_timeout": [{"duration": "5s"}]}));
    assert_eq!(process.after(0, Event::Stop), [ASK]);
    assert_eq!(process.wait(), (5_000, vec![Action::Kill]));
    assert_eq!(process.wait(), (100, vec![Action::Kill]));
    assert_eq!(process.after(0, Event::Exited(Exit::Signal(9))), []);
    assert_eq!(process.state(), State::Stopping);
    assert_eq!(process.wait(), (100, vec![Action::Kill]));
    assert_eq!(process.after(0, Event::FamilyGone), []);
    assert_eq!(process.state(), State::Stopped);
}

#[test]
fn what_it_leaves_running_ends_before_it_starts_again() {
    let mut process = Process::online(&json!({}));
    assert_eq!(process.after(2_000, Event::Exited(CODE_1)), [ASK]);
    assert_eq!(process.state(), State::Restarting);
    assert_eq!(process.wait(), (1_600, vec![Action::Kill]));
    assert_eq!(process.after(0, Event::FamilyGone), [Action::Spawn]);

    // Nothing is asked that `treekill` spares, but nothing survives.
    let mut process = Process::online(&json!({"treekill": [false]}));
    assert_eq!(process.after(0, Event::Stop), [Action::Ask(Ask::Process)]);
    assert_eq!(process.after(0, Event::Exited(Exit::Code(0))), []);
    assert_eq!(process.wait(), (1_600, vec![Action::Kill]));
}

#[test]
fn a_second_command_does_not_wait() {
    let mut process = Process::online(&json!({}));
    process.after(0, Event::Stop);
    assert_eq!(process.after(10, Event::Kill), [Action::Kill]);

    let mut process = Process::new(&json!({}));
    process.after(0, Event::Start);
    assert_eq!(process.after(0, Event::Kill), []);
    assert_eq!(process.after(0, Event::Spawned), [ASK, Action::Kill]);
}

#[test]
fn the_last_command_wins() {
    let mut process = Process::online(&json!({}));
    assert_eq!(process.after(2_000, Event::Restart), [ASK]);
    assert_eq!(process.after(0, Event::Stop), []);
    assert_eq!(process.ends(0, Exit::Code(0)), []);
    assert_eq!(process.state(), State::Stopped);

    let mut process = Process::online(&json!({}));
    process.after(2_000, Event::Stop);
    assert_eq!(process.after(0, Event::Start), []);
    assert_eq!(process.ends(0, Exit::Code(0)), [Action::Spawn]);
    assert_eq!(process.machine.restarts(), 0);

    let mut process = Process::new(&json!({}));
    process.after(0, Event::Start);
    process.after(0, Event::Stop);
    process.after(0, Event::Start);
    assert_eq!(process.after(0, Event::Spawned), []);
    assert_eq!(process.state(), State::Online);
}

#[test]
fn a_delay_ends_with_a_command() {
    let settings = json!({"restart_delay": [{"duration": "1h"}]});
    let mut process = Process::online(&settings);
    process.ends(2_000, CODE_1);
    assert_eq!(process.after(0, Event::Restart), [Action::Spawn]);
    assert_eq!(process.machine.restarts(), 1);

    let mut process = Process::online(&settings);
    process.ends(2_000, CODE_1);
    assert_eq!(process.after(0, Event::Stop), []);
    assert_eq!((process.state(), process.machine.deadline()), (State::Stopped, None));
}

#[test]
fn it_is_online_when_it_says_so_or_after_listen_timeout() {
    let settings = json!({"wait_ready": [true], "listen_timeout": [{"duration": "2s"}]});
    let mut process = Process::new(&settings);
    process.after(0, Event::Start);
    process.after(0, Event::Spawned);
    assert_eq!(process.state(), State::Starting);
    // PM2 restarts only what is online.
    assert_eq!(process.after(0, Event::Changed), []);
    assert_eq!(process.after(1_999, Event::SaidReady), []);
    assert_eq!((process.state(), process.machine.is_silent()), (State::Online, false));

    let mut process = Process::new(&settings);
    process.after(0, Event::Start);
    process.after(0, Event::Spawned);
    assert_eq!(process.wait(), (2_000, vec![]));
    assert_eq!((process.state(), process.machine.is_silent()), (State::Online, true));
    // It says so after all.
    assert_eq!(process.after(1_000, Event::SaidReady), []);
    assert_eq!((process.state(), process.machine.is_silent()), (State::Online, false));
}

#[test]
fn a_change_restarts_once_after_its_delay() {
    let mut process = Process::online(&json!({"watch_delay": [{"duration": "1s"}]}));
    assert_eq!(process.after(0, Event::Changed), []);
    assert_eq!(process.after(900, Event::Changed), []);
    assert_eq!(process.wait(), (100, vec![ASK]));
    assert_eq!(process.after(0, Event::Changed), []);
    assert_eq!(process.ends(0, Exit::Signal(2)), [Action::Spawn]);
    process.after(0, Event::Spawned);
    assert_eq!((process.machine.restarts(), process.machine.deadline()), (1, None));
    // PM2 counts an early end that it has brought about.
    assert_eq!(process.machine.early_ends(), 0);
    process.after(500, Event::Changed);
    process.after(0, Event::Stop);
    assert_eq!(process.ends(0, Exit::Signal(2)), []);
    assert_eq!((process.machine.early_ends(), process.machine.deadline()), (1, None));
    for event in [Event::Changed, Event::Scheduled, Event::TooMuchMemory, Event::Tick] {
        assert_eq!(process.after(5_000, event), [], "stopped is stopped");
    }
}

#[test]
fn a_schedule_restarts_what_runs_and_starts_what_has_ended() {
    let mut process = Process::online(&json!({"autorestart": [false]}));
    assert_eq!(process.after(5_000, Event::Scheduled), [ASK]);
    assert_eq!(process.ends(0, Exit::Signal(2)), [Action::Spawn]);
    process.after(0, Event::Spawned);
    assert_eq!(process.machine.restarts(), 1);
    process.ends(5_000, Exit::Code(0));
    assert_eq!(process.after(5_000, Event::Scheduled), [Action::Spawn]);
    assert_eq!(process.machine.restarts(), 1);
}

#[test]
fn what_was_never_started_runs_at_its_times_until_it_is_stopped() {
    let mut process = Process::new(&json!({"autorestart": [false]}));
    for event in [Event::Changed, Event::TooMuchMemory, Event::DependencyRestarted, Event::Tick] {
        assert_eq!(process.after(5_000, event), [], "{event:?}");
    }
    assert_eq!(process.after(5_000, Event::Scheduled), [Action::Spawn]);
    process.after(0, Event::Spawned);
    process.ends(5_000, Exit::Code(0));
    assert_eq!(process.after(5_000, Event::Scheduled), [Action::Spawn]);
    process.after(0, Event::Spawned);
    process.ends(5_000, Exit::Code(0));
    process.after(0, Event::Stop);
    assert_eq!(process.after(5_000, Event::Scheduled), []);

    let mut process = Process::new(&json!({"autorestart": [false]}));
    process.after(0, Event::Stop);
    assert_eq!(process.after(5_000, Event::Scheduled), [], "it was stopped before its first time");
}

#[test]
fn too_much_memory_restarts_what_runs() {
    let mut process = Process::online(&json!({"autorestart": [false]}));
    assert_eq!(process.after(5_000, Event::TooMuchMemory), [ASK]);
    assert_eq!(process.ends(0, Exit::Signal(2)), [Action::Spawn]);
    process.after(0, Event::Spawned);
    process.ends(5_000, Exit::Code(0));
    assert_eq!(process.after(0, Event::TooMuchMemory), []);
}

#[test]
fn what_cannot_be_spawned_is_tried_again_and_given_up() {
    let mut process = Process::new(&json!({"max_restarts": [3]}));
    assert_eq!(process.after(0, Event::Start), [Action::Spawn]);
    for _ in 0..2 {
        assert_eq!(process.after(0, Event::SpawnFailed), []);
        assert_eq!(process.wait(), (1_000, vec![Action::Spawn]));
    }
    assert_eq!(process.after(0, Event::SpawnFailed), []);
    assert_eq!(process.state(), State::GivenUp);
}

#[test]
fn a_message_comes_in_place_of_the_signal() {
    let mut process = Process::online(&json!({"shutdown_with_message": [true]}));
    assert_eq!(process.after(0, Event::Stop), [Action::Ask(Ask::Message)]);
    assert_eq!(process.after(0, Event::Exited(Exit::Code(0))), [ASK]);
    assert_eq!(process.wait(), (1_600, vec![Action::Kill]));
}

#[test]
fn facts_are_sentences_for_a_log() {
    for (fact, expected) in [
        (Fact::Online, "online"),
        (Fact::Silent, "online; it did not report in time that it is ready"),
        (Fact::Ended(CODE_1), "exited with code 1"),
        (Fact::Ended(Exit::Signal(9)), "killed by SIGKILL"),
        (Fact::Ended(Exit::Signal(64)), "killed by signal 64"),
        (Fact::Ended(Exit::NotSpawned), "could not be started"),
        (Fact::RestartsIn(Duration::from_secs(2)), "restarts in 2s"),
        (Fact::Restarting(Cause::Change), "restarts: a watched file has changed"),
        (Fact::Killed, "killed"),
        (Fact::AtRest(State::GivenUp), "ended too early too often: not restarted"),
    ] {
        assert_eq!(fact.to_string(), expected);
    }
}

#[test]
fn a_policy_survives_its_way_to_the_engine() {
    let policy = Process::new(&json!({"stop_exit_codes": [0, 3]})).machine.policy;
    assert_eq!(policy.max_restarts, 16);
    let sent = serde_json::to_string(&policy).unwrap();
    assert_eq!(serde_json::from_str::<Policy>(&sent).unwrap(), policy);
}

fn with_probe(settings: &Value) -> Process {
    let mut process = Process::new(settings);
    let policy = Policy { most_failures: Some(2), grace: 5 * SECOND, ..process.machine.policy };
    process.machine = Machine::new(policy);
    process.after(0, Event::Start);
    process.after(0, Event::Spawned);
    process
}

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn failures_in_a_row_restart_what_had_time_to_become_ready() {
    let mut process = with_probe(&json!({}));
    for _ in 0..4 {
        assert_eq!(process.after(1_000, Event::Unwell), [], "it is young");
    }
    process.after(1_000, Event::Unwell);
    process.after(0, Event::Well);
    assert_eq!(process.after(0, Event::Unwell), [], "the failures are not in a row");
    assert_eq!(process.after(0, Event::Unwell), [Action::Ask(Ask::Family)]);
    assert_eq!(process.after(0, Event::Unwell), [], "it ends already");
    assert_eq!(process.ends(0, Exit::Signal(2)), [Action::Spawn]);
    process.after(0, Event::Spawned);
    assert_eq!(process.machine.failures(), (0, Some(2)));
    process.after(0, Event::Well);
    process.after(0, Event::Unwell);
    assert_eq!(process.after(0, Event::Unwell), [Action::Ask(Ask::Family)], "it was well");
}

#[test]
fn what_its_probe_restarts_is_unwell_until_the_probe_succeeds() {
    let fails = |process: &mut Process| {
        process.after(6_000, Event::Unwell);
        process.after(0, Event::Unwell);
        process.ends(0, Exit::Signal(2));
        process.after(0, Event::Spawned);
        assert_eq!(process.state(), State::Online);
    };
    let mut process = with_probe(&json!({}));
    assert!(!process.machine.is_unwell());
    fails(&mut process);
    assert!(process.machine.is_unwell());
    fails(&mut process);
    assert_eq!((process.machine.is_unwell(), process.machine.restarts()), (true, 2));
    process.after(0, Event::Well);
    assert!(!process.machine.is_unwell());
    fails(&mut process);
    // Somebody restarts it: what its probe will say is not known.
    process.after(0, Event::Restart);
    assert!(!process.machine.is_unwell());
}

#[test]
fn a_dependency_restarts_what_runs_and_what_has_failed() {
    let mut process = Process::online(&json!({"autorestart": [false]}));
    assert_eq!(process.after(0, Event::DependencyRestarted), [Action::Ask(Ask::Family)]);
    assert_eq!(process.ends(0, Exit::Signal(2)), [Action::Spawn]);
    process.after(0, Event::Spawned);
    process.ends(2_000, Exit::Code(1));
    assert_eq!(process.after(0, Event::DependencyRestarted), [Action::Spawn]);
    process.after(0, Event::Spawned);
    process.ends(2_000, Exit::Code(0));
    assert_eq!(process.after(0, Event::DependencyRestarted), [], "it has completed");
    process.after(0, Event::Start);
    process.after(0, Event::Spawned);
    process.after(0, Event::Stop);
    process.ends(0, Exit::Signal(2));
    assert_eq!(process.after(0, Event::DependencyRestarted), [], "it was stopped");
}

/// A worker of a cluster is spawned by another process, which takes a while.
#[test]
fn what_is_asked_for_while_it_is_spawned_is_done_then() {
    let mut process = Process::new(&json!({}));
    process.after(0, Event::Start);
    process.after(0, Event::Kill);
    process.after(0, Event::Start);
    process.after(0, Event::Stop);
    assert_eq!(process.after(500, Event::Spawned), [Action::Ask(Ask::Family)]);
    assert_eq!(process.wait(), (1_600, vec![Action::Kill]), "nobody is impatient any more");
}
