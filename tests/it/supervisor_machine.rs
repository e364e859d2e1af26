//! The state machine of the embedded engine: its promises, in random orders of events, and its counts,
//! against PM2's own code.

use std::time::Duration;

use promethean::Options;
use promethean::declaration::Declaration;
use promethean::handle::Ecosystem;
use promethean::supervisor::machine::{Action, Ask, Event, Exit, Machine, State};
use promethean::supervisor::policy::Policy;
use promethean_test_support::dice::Dice;
use promethean_test_support::effort;
use promethean_test_support::node::Oracle;
use serde_json::{Map, Value, json};

const MILLISECOND: Duration = Duration::from_millis(1);

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap()
}

/// The policy of a service with these settings, as a definition has them.
fn policy(settings: &Value) -> Policy {
    let declaration = json!({"units": [{"service": {
        "kind": "node", "name": "web", "block": {"settings": settings},
    }}]});
    let declaration: Declaration = serde_json::from_value(declaration).unwrap();
    let ecosystem = Ecosystem::from_declaration(declaration, "/repo", &[]);
    Policy::of(&ecosystem.resolve(&Options::default()).unwrap().apps[0])
}

fn random_policy(dice: &mut Dice<'_>) -> Policy {
    let time =
        |dice: &mut Dice<'_>, most: usize| MILLISECOND * u32::try_from(dice.below(most)).unwrap();
    Policy {
        restarts: !dice.once_in(4),
        final_codes: if dice.once_in(3) { vec![0, 3] } else { Vec::new() },
        restart_delay: if dice.once_in(2) { time(dice, 3_000) } else { Duration::ZERO },
        backoff: dice.once_in(3).then(|| time(dice, 2_000)),
        max_restarts: dice.below(6) as u64,
        min_uptime: MILLISECOND * 100 + time(dice, 2_000),
        kill_timeout: MILLISECOND + time(dice, 3_000),
        kill_retry_time: MILLISECOND + time(dice, 200),
        with_children: !dice.once_in(4),
        by_message: dice.once_in(6),
        ready_within: dice.once_in(3).then(|| MILLISECOND + time(dice, 3_000)),
        watch_delay: if dice.once_in(2) { time(dice, 1_000) } else { Duration::ZERO },
        most_failures: dice.once_in(2).then(|| 1 + u32::try_from(dice.below(3)).unwrap()),
        grace: if dice.once_in(4) { time(dice, 5_000) } else { Duration::ZERO },
    }
}

/// Whether it is being spawned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spawning {
    No,
    Yes,
    /// It is killed as soon as it is spawned.
    ToBeKilled,
}

/// The processes of one copy.
#[derive(Debug, Default)]
struct Family {
    runs: bool,
    children: usize,
    /// Whether it was killed. What is killed ends, but may take a while.
    is_killed: bool,
}

/// A machine, and a system that plays what it asks for.
#[derive(Debug)]
struct World<'d> {
    seed: u64,
    dice: Dice<'d>,
    machine: Machine,
    policy: Policy,
    now: Duration,
    family: Option<Family>,
    /// Whether it is to be spawned, and that takes a while: a worker of a cluster is spawned by another.
    spawning: Spawning,
    /// How often it was to be spawned, and was.
    asked: u64,
    spawned: u64,
    /// Failures in a row of its probe since it came online, and whether one has succeeded.
    failures: u32,
    was_well: bool,
    /// How often failures have restarted it.
    restarted_for_failures: u64,
    /// Whether the last command was one to end.
    is_told_to_end: bool,
    /// When everything has to be killed.
    kill_due: Option<Duration>,
}

/// Says how to see a failure again.
impl Drop for World<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the seed was {}, {:?}, {:?}", self.seed, self.machine, self.family);
        }
    }
}

impl World<'_> {
    fn new(seed: u64) -> World<'static> {
        let mut dice = Dice::from_seed(seed);
        let policy = random_policy(&mut dice);
        let machine = Machine::new(policy.clone());
        World {
            seed,
            dice,
            machine,
            policy,
            now: Duration::from_secs(1),
            family: None,
            spawning: Spawning::No,
            asked: 0,
            spawned: 0,
            failures: 0,
            was_well: false,
            restarted_for_failures: 0,
            is_told_to_end: true,
            kill_due: None,
        }
    }

    /// Tells the machine of an event, does what it asks for, and looks at its promises.
    fn tell(&mut self, event: Event) {
        let mut events = vec![event];
        while let Some(event) = events.pop() {
            match event {
                Event::Start | Event::Restart => {
                    self.is_told_to_end = false;
                    if self.spawning == Spawning::ToBeKilled {
                        self.spawning = Spawning::Yes;
                    }
                }
                Event::Stop => self.is_told_to_end = true,
                Event::Kill => {
                    self.is_told_to_end = true;
                    self.kill_due = self.family.is_some().then_some(self.now);
                    if self.spawning == Spawning::Yes {
                        self.spawning = Spawning::ToBeKilled;
                    }
                }
                _ => {}
            }
            let before = self.machine.state();
            for action in self.machine.handle(event, self.now) {
                // There is one answer at a time: what it leads to comes when this event is done.
                events.extend(self.act(action, before));
            }
        }
        self.look();
    }

    fn act(&mut self, action: Action, before: State) -> Option<Event> {
        match action {
            Action::Spawn => {
                assert!(self.family.is_none() && self.spawning == Spawning::No, "a second copy");
                assert!(!self.is_told_to_end, "it starts after it was told to end");
                (self.failures, self.was_well) = (0, false);
                self.spawning = Spawning::Yes;
                self.asked += 1;
                if self.dice.once_in(4) { None } else { Some(self.spawn()) }
            }
            Action::Ask(ask) => {
                let family = self.family.as_mut().expect("nothing is asked that is not there");
                assert!(self.policy.by_message || ask != Ask::Message);
                assert!(self.policy.with_children || ask != Ask::Family);
                if before == State::Online || before == State::Starting || family.runs {
                    let due = self.now + self.policy.kill_timeout;
                    self.kill_due = Some(self.kill_due.map_or(due, |earlier| earlier.min(due)));
                }
                None
            }
            Action::Kill => {
                let family = self.family.as_mut().expect("nothing is killed that is not there");
                let due = self.kill_due.expect("nothing is killed before it was asked to end");
                assert!(self.now >= due, "it is killed before kill_timeout");
                family.is_killed = true;
                None
            }
            Action::Record(_) => None,
        }
    }

    /// What was to be spawned is, or cannot be.
    fn spawn(&mut self) -> Event {
        let spawning = std::mem::replace(&mut self.spawning, Spawning::No);
        if self.dice.once_in(10) {
            return Event::SpawnFailed;
        }
        self.family = Some(Family { runs: true, ..Family::default() });
        self.spawned += 1;
        if spawning == Spawning::ToBeKilled {
            self.kill_due = Some(self.now);
        }
        Event::Spawned
    }

    /// Whoever spawns always answers.
    fn spawn_at_last(&mut self) {
        while self.spawning != Spawning::No {
            let event = self.spawn();
            self.tell(event);
        }
    }

    /// Its probe answers: so many failures in a row restart it, no earlier and no later.
    fn probed(&mut self, is_well: bool) {
        let is_online = self.machine.state() == State::Online;
        let is_young = !self.was_well
            && self.now.saturating_sub(self.machine.since().unwrap_or_default())
                < self.policy.grace;
        match (is_online, is_well) {
            (true, true) => (self.failures, self.was_well) = (0, true),
            (true, false) if !is_young => self.failures += 1,
            (true | false, _) => {}
        }
        let is_too_often = self.policy.most_failures.is_some_and(|most| self.failures >= most);
        self.tell(if is_well { Event::Well } else { Event::Unwell });
        if is_online {
            let restarts = self.machine.state() != State::Online;
            assert_eq!(restarts, is_too_often && !is_well, "{} failures", self.failures);
            self.restarted_for_failures += u64::from(restarts);
        }
    }

    /// What has restarted restarts what runs and what has failed, and nothing else.
    fn dependency_restarts(&mut self) {
        let before = self.machine.state();
        let asked = self.asked;
        self.tell(Event::DependencyRestarted);
        let after = self.machine.state();
        match before {
            State::Online => assert_eq!(after, State::Restarting),
            State::Stopped | State::Completed | State::Stopping => {
                assert_eq!((after, self.asked), (before, asked));
            }
            State::Failed | State::GivenUp => assert_eq!(self.asked, asked + 1),
            State::Starting | State::Restarting => {}
        }
    }

    /// What holds after every event.
    fn look(&self) {
        let state = self.machine.state();
        let deadline = self.machine.deadline();
        assert!(deadline.is_none_or(|deadline| deadline > self.now), "it turns in circles");
        if state.is_at_rest() {
            assert!(self.family.is_none(), "{state:?}, but it runs");
        }
        if matches!(state, State::Starting | State::Online) {
            let runs = self.family.as_ref().is_some_and(|family| family.runs);
            let is_spawned = self.spawning != Spawning::No && state == State::Starting;
            assert!(runs || is_spawned, "{state:?}, but it has ended");
        }
        if matches!(state, State::Restarting | State::Stopping) {
            assert!(deadline.is_some() || self.spawning != Spawning::No, "{state:?} for ever");
        }
        if self.is_told_to_end {
            assert!(
                matches!(
                    state,
                    State::Stopping
                        | State::Stopped
                        | State::Completed
                        | State::Failed
                        | State::GivenUp
                ),
                "{state:?}, but it was told to end"
            );
        }
        if let (Some(due), Some(family)) = (self.kill_due, &self.family) {
            assert!(
                family.is_killed || self.now < due,
                "kill_timeout is over, and it was not killed"
            );
        }
    }

    /// The time goes on, but not past a deadline.
    fn pass(&mut self, time: Duration) {
        let to = self.now + time;
        while let Some(deadline) = self.machine.deadline().filter(|deadline| *deadline <= to) {
            self.now = deadline;
            self.tell(Event::Tick);
        }
        self.now = to;
        self.tell(Event::Tick);
    }

    /// The first process ends.
    fn exit(&mut self) {
        let Some(family) = &mut self.family else { return };
        if std::mem::take(&mut family.runs) {
            if self.kill_due.is_none() {
                self.kill_due = Some(self.now + self.policy.kill_timeout);
            }
            let codes =
                [Exit::Code(0), Exit::Code(1), Exit::Code(3), Exit::Signal(2), Exit::Signal(9)];
            let exit = *self.dice.choose(&codes);
            self.tell(Event::Exited(exit));
            self.gone();
        }
    }

    /// One of its children ends.
    fn child_ends(&mut self) {
        if let Some(family) = &mut self.family {
            family.children = family.children.saturating_sub(1);
            self.gone();
        }
    }

    fn gone(&mut self) {
        if self.family.as_ref().is_some_and(|family| !family.runs && family.children == 0) {
            self.family = None;
            self.kill_due = None;
            self.tell(Event::FamilyGone);
        }
    }

    fn step(&mut self) {
        const COMMANDS: [Event; 4] = [Event::Start, Event::Stop, Event::Restart, Event::Kill];
        const NEWS: [Event; 6] = [
            Event::SaidReady,
            Event::Changed,
            Event::Changed,
            Event::Scheduled,
            Event::TooMuchMemory,
            Event::Tick,
        ];
        match self.dice.below(19) {
            16 => self.spawn_at_last(),
            17 => {
                for _ in 0..=self.dice.below(4) {
                    let is_well = self.dice.once_in(4);
                    self.probed(is_well);
                }
            }
            18 => self.dependency_restarts(),
            0..2 => {
                let command = *self.dice.choose(&COMMANDS);
                self.tell(command);
            }
            2..5 => {
                let news = *self.dice.choose(&NEWS);
                self.tell(news);
            }
            5..8 => self.exit(),
            8..10 => self.child_ends(),
            10 => {
                if let Some(family) = &mut self.family {
                    family.children += 1;
                }
            }
            11 => {
                let time = self.dice.below(100) as u64;
                self.pass(Duration::from_secs(time));
            }
            12 => {
                // What comes of an event can come at the very moment of a deadline.
                if let Some(deadline) = self.machine.deadline() {
                    self.now = deadline;
                    self.exit();
                    self.tell(Event::Tick);
                }
            }
            _ => {
                let time = self.dice.below(1_500) as u64;
                self.pass(Duration::from_millis(time));
            }
        }
    }

    /// It ends when told to: what is asked may take no notice, but what is killed ends.
    fn end(&mut self) {
        self.tell(Event::Stop);
        self.spawn_at_last();
        for _ in 0..100 {
            if self.machine.state().is_at_rest() {
                return;
            }
            let deadline = self.machine.deadline().expect("it is stuck");
            self.pass(deadline.saturating_sub(self.now));
            let is_killed = self.family.as_ref().is_some_and(|family| family.is_killed);
            if is_killed && !self.dice.once_in(3) {
                self.exit();
                self.child_ends();
            }
        }
        panic!("it never ends");
    }

    /// It goes on when nobody says anything: it comes up, or rests.
    fn settle(&mut self) {
        for _ in 0..100 {
            self.spawn_at_last();
            let state = self.machine.state();
            if state.is_at_rest() || state == State::Online {
                return;
            }
            let deadline = self.machine.deadline().expect("it is stuck");
            self.pass(deadline.saturating_sub(self.now));
            if self.family.as_ref().is_some_and(|family| family.is_killed) {
                self.exit();
                self.child_ends();
            }
        }
        panic!("it never settles");
    }
}

#[test]
fn the_machine_keeps_its_promises_in_every_order() {
    const STEPS: u32 = 200;
    let worlds = effort::of(1_000_000) / STEPS;
    let (mut spawned, mut restarted) = (0, 0);
    for seed in 0..u64::from(worlds) {
        let mut world = World::new(seed);
        world.tell(Event::Start);
        for _ in 0..STEPS {
            world.step();
        }
        if world.dice.once_in(2) {
            world.settle();
        }
        world.end();
        spawned += world.spawned;
        restarted += world.restarted_for_failures;
    }
    assert!(spawned > u64::from(worlds) * 10, "only {spawned} were started");
    assert!(restarted > u64::from(worlds) / 10, "only {restarted} restarts for failures");
}

/// When a life begins: any time but the one that PM2 takes for none.
const BEGIN: Duration = Duration::from_secs(1_000_000_000);

/// What is written for a service, for PM2 and for a definition.
#[derive(Default)]
struct Written {
    pm2: Map<String, Value>,
    definition: Map<String, Value>,
}

impl Written {
    fn set(&mut self, name: &str, pm2: Value, definition: Value) {
        self.pm2.insert(name.to_owned(), pm2);
        self.definition.insert(name.to_owned(), definition);
    }

    fn random(dice: &mut Dice<'_>) -> Written {
        let mut written = Written::default();
        written.set("watch", json!(true), json!([true]));
        // Nothing is killed here.
        written.set("kill_timeout", json!(1e9), json!([{"duration": "1000000s"}]));
        let delays = [("restart_delay", 0, 4_000), ("exp_backoff_restart_delay", 0, 20_000)];
        let delay = *dice.choose(&delays);
        for (name, least, most) in [("min_uptime", 100, 3_000), delay, ("watch_delay", 0, 2_000)] {
            if dice.once_in(2) {
                let time = least + dice.below(most);
                written.set(name, json!(time), json!([{"duration": format!("{time}ms")}]));
            }
        }
        if dice.once_in(2) {
            let most = dice.below(6);
            written.set("max_restarts", json!(most), json!([most]));
        }
        if dice.once_in(4) {
            written.set("autorestart", json!(false), json!([false]));
        }
        if dice.once_in(3) {
            written.set("stop_exit_codes", json!([0, 3]), json!([0, 3]));
        }
        written
    }
}

/// A process that does what it is asked to.
struct Life {
    machine: Machine,
    now: Duration,
    spawned: u64,
    runs: bool,
}

impl Life {
    fn tell(&mut self, event: Event, now: Duration) {
        self.now = now;
        if self.machine.handle(event, now).contains(&Action::Spawn) {
            self.spawned += 1;
            self.runs = true;
            self.tell(Event::Spawned, now);
        }
    }

    fn go(&mut self, to: Duration) {
        while let Some(deadline) = self.machine.deadline().filter(|deadline| *deadline <= to) {
            self.tell(Event::Tick, deadline);
        }
        self.tell(Event::Tick, to);
    }

    /// What happens to it now, as PM2's daemon is told of it.
    ///
    /// Not what the embedded engine does otherwise: PM2 rejects a command where it waits for a restart, starts
    /// after its watch delay what was told to end meanwhile, and notes a change while something ends.
    fn random_event(&self, dice: &mut Dice<'_>) -> Option<(&'static str, Event)> {
        let state = self.machine.state();
        let is_online = state == State::Online;
        let is_ending = self.runs && !is_online;
        let (name, event, is_possible) = match dice.below(8) {
            0..4 => {
                let code = *dice.choose(&[0, 1, 3]);
                ("exit", Event::Exited(Exit::Code(code)), self.runs)
            }
            4 => ("change", Event::Changed, state != State::Stopped && !is_ending),
            5 => ("schedule", Event::Scheduled, !matches!(state, State::Stopped | State::Stopping)),
            6 => ("memory", Event::TooMuchMemory, is_online),
            _ if dice.once_in(2) => ("restart", Event::Restart, is_online || state.is_at_rest()),
            _ => ("stop", Event::Stop, is_online && self.machine.deadline().is_none()),
        };
        is_possible.then_some((name, event))
    }

    fn counts(&self, has_backoff: bool) -> Value {
        json!({
            "spawned": self.spawned,
            "restarts": self.machine.restarts(),
            "early": self.machine.early_ends(),
            "since": milliseconds(self.machine.since().unwrap_or_default()),
            "requested": self.machine.requested().map(milliseconds),
            "backoff": has_backoff.then(|| milliseconds(self.machine.restart_delay())),
        })
    }
}

#[test]
fn the_machine_counts_and_delays_as_pm2_does() {
    const STEPS: usize = 60;
    let mut oracle = Oracle::start();
    let mut spawned = 0;
    for seed in 0..u64::from(effort::of(5_000)) {
        let mut dice = Dice::from_seed(seed);
        let written = Written::random(&mut dice);
        let has_backoff = written.pm2.contains_key("exp_backoff_restart_delay");
        let machine = Machine::new(policy(&Value::Object(written.definition)));
        let mut life = Life { machine, now: BEGIN, spawned: 0, runs: false };
        life.tell(Event::Start, BEGIN);
        let (mut steps, mut ours) = (Vec::new(), Vec::new());
        while steps.len() < STEPS {
            let most = if dice.once_in(8) { 90_000 } else { 2_000 };
            life.go(life.now
                + MILLISECOND
                + MILLISECOND * u32::try_from(dice.below(most)).unwrap());
            let Some((name, event)) = life.random_event(&mut dice) else { continue };
            let mut step = json!({"at": milliseconds(life.now), "event": name});
            if let Event::Exited(Exit::Code(code)) = event {
                step["code"] = code.into();
                life.runs = false;
            }
            life.tell(event, life.now);
            if !life.runs {
                life.tell(Event::FamilyGone, life.now);
            }
            steps.push(step);
            ours.push(life.counts(has_backoff));
        }
        let question =
            json!({"settings": written.pm2, "start": milliseconds(BEGIN), "steps": steps});
        let theirs = oracle.fact("life", question);
        for (step, ours) in ours.iter().enumerate() {
            assert_eq!(
                *ours,
                theirs[step],
                "seed {seed}, after step {step}, {:?}, with {:?}",
                &steps[step.saturating_sub(5)..=step],
                written.pm2
            );
        }
        spawned += life.spawned;
    }
    assert!(spawned > 5_000, "only {spawned} were started");
}
