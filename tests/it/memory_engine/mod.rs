//! The operations on an engine in memory: random systems, and random faults at any moment.
//!
//! The engine has a list of processes that are numbers. It knows what must not happen: an app that starts
//! before what it needs is there, or a second time; one that is ended while another needs it. A run or
//! the daemon is killed at any request, which is carried out, or not, or later.

mod engine;
mod probes;
mod system;
mod told;
mod world;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use camino::Utf8PathBuf;
use promethean::operations::{self, Action, Event, OperationError, Target};
use promethean_test_support::{files, random};
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};

use engine::InMemory;
use system::{Random, systems};
use world::{Effect, Fault};

/// Something that is done with a system.
#[derive(Clone, Copy, Debug)]
enum Operation {
    Up,
    Apply,
    Restart,
    Down,
}

/// An operation, on the first or the second system, with what goes wrong.
#[derive(Clone, Debug)]
struct Step {
    operation: Operation,
    second: bool,
    fault: Option<(usize, Fault)>,
    /// An app that does not start.
    broken: Option<usize>,
    /// The event after which somebody interrupts it.
    interruption: Option<usize>,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let operation = prop_oneof![
        3 => Just(Operation::Up),
        3 => Just(Operation::Apply),
        1 => Just(Operation::Restart),
        2 => Just(Operation::Down),
    ];
    let effect = prop_oneof![Just(Effect::None), Just(Effect::Now), Just(Effect::Later)];
    let fault = (any::<bool>(), effect).prop_map(|(is_daemon, effect)| match is_daemon {
        true => Fault::Daemon(effect),
        false => Fault::Run(effect),
    });
    let fault = prop::option::weighted(0.6, (1..16_usize, fault));
    let broken = prop::option::weighted(0.2, 0..10_usize);
    let interruption = prop::option::weighted(0.2, 0..12_usize);
    let step = (operation, any::<bool>(), fault, broken, interruption).prop_map(
        |(operation, second, fault, broken, interruption)| Step {
            operation,
            second,
            fault,
            broken,
            interruption,
        },
    );
    proptest::collection::vec(step, 1..6)
}

fn done(engine: &InMemory, step: &Step, target: &Target) -> Result<(), OperationError> {
    let interruption = Arc::new(AtomicBool::new(step.interruption == Some(0)));
    let target = &target.clone().interrupted_by(Arc::clone(&interruption));
    let mut events = 0;
    let observe = &mut |_| {
        events += 1;
        if step.interruption == Some(events) {
            interruption.store(true, Ordering::Relaxed);
        }
    };
    match step.operation {
        Operation::Up => operations::up(engine, target, observe).map(drop),
        Operation::Apply => operations::apply(engine, target, observe).map(drop),
        Operation::Restart => operations::restart(engine, target, observe).map(drop),
        Operation::Down => operations::down(engine, target, false, observe).map(drop),
    }
}

/// Carries out a step, and looks at what it has left.
fn carry_out(
    engine: &InMemory,
    step: &Step,
    system: &Random,
    target: &Target,
) -> Result<(), TestCaseError> {
    let names = system.names();
    let broken = step.broken.and_then(|index| names.get(index)).cloned();
    {
        let mut world = engine.world();
        world.begin(step.fault);
        (world.needs, world.once) = (system.needs(), system.once());
        world.replaces = !matches!(step.operation, Operation::Down);
        world.broken = broken.into_iter().collect();
    }
    let outcome = done(engine, step, target);
    let world = engine.world();
    prop_assert_eq!(&world.violations, &Vec::<String>::new(), "{:?}", step);
    let had_fault = step.fault.is_some_and(|(at, _)| at <= world.requests);
    match outcome {
        Ok(()) => {}
        Err(OperationError::Apps(failures)) => {
            prop_assert!(had_fault || !world.broken.is_empty(), "{failures}");
            return Ok(());
        }
        Err(OperationError::Interrupted(interrupted)) => {
            prop_assert!(step.interruption.is_some(), "{interrupted}");
            if had_fault {
                return Ok(());
            }
            for app in &interrupted.started {
                let living = world.living(app);
                prop_assert!(living > 0 || world.once.contains(app), "{app}: {interrupted}");
            }
            for app in interrupted.not_started.iter().chain(&interrupted.stopped) {
                prop_assert_eq!(world.living(app), 0, "{}: {}", app, interrupted);
            }
            for app in interrupted.not_changed.iter().chain(&interrupted.not_stopped) {
                let is_listed = world.processes.iter().any(|process| process.name == *app);
                prop_assert!(is_listed, "{app}: {interrupted}");
            }
            return Ok(());
        }
        Err(error) => {
            prop_assert!(had_fault, "{error}");
            return Ok(());
        }
    }
    for name in names {
        let (living, written) = (world.living(&name), system.instances(&name));
        match step.operation {
            Operation::Down => prop_assert_eq!(living, 0, "{}", name),
            _ if world.once.contains(&name) => prop_assert!(living <= written, "{name}"),
            _ => prop_assert_eq!(living, written, "{}", name),
        }
    }
    Ok(())
}

/// Whatever has happened, the next run that nothing happens to makes it good.
fn converges(
    root: &Utf8PathBuf,
    systems: [&Random; 2],
    steps: &[Step],
) -> Result<(), TestCaseError> {
    let engine = InMemory::new();
    let [first, second] = systems.map(|system| (system, system.target(root)));
    for step in steps {
        let (system, target) = if step.second { &second } else { &first };
        carry_out(&engine, step, system, target)?;
    }
    let (system, target) = &first;
    let last = |operation| Step {
        operation,
        second: false,
        fault: None,
        broken: None,
        interruption: None,
    };
    carry_out(&engine, &last(Operation::Apply), system, target)?;
    let plan = operations::plan(&engine, target).unwrap();
    prop_assert!(plan.is_empty(), "{:?}", plan);
    {
        let world = engine.world();
        prop_assert_eq!(&world.orphans, &Vec::new(), "what was left behind is ended");
        let mut running: Vec<&str> =
            world.processes.iter().map(|process| process.name.as_str()).collect();
        running.dedup();
        running.sort_unstable();
        running.dedup();
        let mut written = system.names();
        written.sort_unstable();
        prop_assert_eq!(running, written, "what runs is what is written");
    }
    carry_out(&engine, &last(Operation::Down), system, target)?;
    let world = engine.world();
    prop_assert!(world.processes.is_empty() && world.orphans.is_empty());
    prop_assert!(world.memory.iter().next().is_none(), "nothing is remembered: {:?}", world.memory);
    Ok(())
}

#[test]
fn random_systems_converge_after_any_interruption() {
    let (_guard, root) = files::directory();
    TestRunner::new(random::cases(10_000))
        .run(&(systems(), systems(), steps()), |(first, second, steps)| {
            converges(&root, [&first, &second], &steps)
        })
        .unwrap();
}

/// Whatever a look finds of processes that a schedule restarts, also of those that are between two runs.
#[test]
fn a_schedule_makes_nothing_fail_and_changes_no_plan() {
    let (_guard, root) = files::directory();
    TestRunner::new(random::cases(3_000))
        .run(&(systems(), any::<u64>()), |(system, seed)| {
            let engine = InMemory::new();
            engine.world().schedule(seed);
            let target = &system.scheduled(&root);
            let mut told = Vec::new();
            operations::up(&engine, target, &mut |event| told.push(event)).unwrap();
            for _ in 0..4 {
                let plan = operations::plan(&engine, target).unwrap();
                let is_starting = |step: &operations::Step| {
                    matches!(&step.action, Action::Restart { reason } if reason == "starting")
                };
                let as_it_is = plan.steps.iter().all(|step| {
                    step.action == Action::Keep || is_starting(step)
                });
                prop_assert!(as_it_is, "{plan:?}");
                let plan = operations::up(&engine, target, &mut |event| told.push(event)).unwrap();
                prop_assert!(plan.is_empty(), "{plan:?}");
            }
            let crashed = told.iter().find(|event| matches!(event, Event::Restarted { .. }));
            prop_assert_eq!(crashed, None);
            Ok(())
        })
        .unwrap();
}

/// Each moment of one run, one after the other.
#[test]
fn a_run_that_is_ended_at_any_request_is_continued_by_the_next() {
    let (_guard, root) = files::directory();
    let effects = [Effect::None, Effect::Now, Effect::Later];
    let faults = effects.into_iter().flat_map(|effect| [Fault::Run(effect), Fault::Daemon(effect)]);
    let faults: Vec<Fault> = faults.collect();
    TestRunner::new(random::cases(50))
        .run(&(systems(), systems()), |(first, second)| {
            for fault in &faults {
                for at in 1..12 {
                    let step = |operation, second, fault| Step {
                        operation,
                        second,
                        fault,
                        broken: None,
                        interruption: None,
                    };
                    let fault = Some((at, *fault));
                    let up = step(Operation::Up, false, fault);
                    converges(&root, [&first, &second], &[up])?;
                    let before = step(Operation::Up, true, None);
                    let change = step(Operation::Apply, false, fault);
                    converges(&root, [&first, &second], &[before.clone(), change])?;
                    let down = step(Operation::Down, true, fault);
                    converges(&root, [&first, &second], &[before, down])?;
                }
            }
            Ok(())
        })
        .unwrap();
}
