//! A process of a cluster that makes room for its successor: it ends when that listens, and has finished
//! what it was at work on.

use std::rc::Rc;
use std::time::Duration;

use super::process::{Process, Retirement, Stage};
use super::triggers::Triggers;
use super::{Daemon, Serial, machine};
use crate::engine::ProcessId;
use crate::supervisor::protocol::Order;

impl Process {
    /// When its retirement goes on, if nothing happens before.
    pub(super) fn retirement_ends(&self) -> Option<Duration> {
        match self.retirement?.stage {
            Stage::Awaits { until } | Stage::Drains { until } => Some(until),
            Stage::Ends => None,
        }
    }
}

impl Daemon {
    /// Starts a successor of a process; `None` where there is no such process. Returns both.
    pub(super) fn replace(&mut self, id: ProcessId, order: Order) -> Option<(Serial, Serial)> {
        let old = self
            .with_id(id)
            .into_iter()
            .find(|serial| self.processes.get(serial).is_some_and(Process::is_listed))?;
        let new = self.next;
        self.next += 1;
        let order = Rc::new(order);
        let until = self.clock.now().saturating_add(order.spec.listen_timeout);
        let triggers = Rc::new(Triggers::of(new, &order.spec, &self.context.events));
        let process = self.processes.get_mut(&old)?;
        let stage = Stage::Awaits { until };
        process.retirement = Some(Retirement { successor: new, stage });
        let successor = process.successor(new, order, triggers);
        self.processes.insert(new, successor);
        self.tell(new, machine::Event::Start);
        Some((old, new))
    }

    /// Lets retirements go on.
    pub(super) fn retire(&mut self) {
        let retiring: Vec<(Serial, Retirement)> = self
            .processes
            .values()
            .filter_map(|process| Some((process.serial, process.retirement?)))
            .collect();
        for (serial, retirement) in retiring {
            if let Some(stage) = self.next_stage(serial, retirement)
                && let Some(process) = self.processes.get_mut(&serial)
            {
                process.retirement = Some(Retirement { stage, ..retirement });
                if stage == Stage::Ends {
                    self.tell(serial, machine::Event::Stop);
                }
            }
        }
    }

    /// What comes next in a retirement, if it is time for that.
    fn next_stage(&self, serial: Serial, retirement: Retirement) -> Option<Stage> {
        let now = self.clock.now();
        let process = self.processes.get(&serial)?;
        let runs = process.machine.state() == machine::State::Online;
        match retirement.stage {
            Stage::Ends => None,
            Stage::Awaits { .. } | Stage::Drains { .. } if self.over || !runs => Some(Stage::Ends),
            Stage::Awaits { until } => {
                let successor = self.processes.get(&retirement.successor);
                // PM2 does not wait any longer, either.
                let is_time = until <= now
                    || successor.is_none_or(|new| new.can_take_over() || new.is_at_rest());
                let until = now.saturating_add(process.order.spec.policy.kill_timeout);
                is_time.then(|| match self.context.clusters.borrow_mut().drain(serial) {
                    true => Stage::Drains { until },
                    false => Stage::Ends,
                })
            }
            Stage::Drains { until } => {
                (until <= now || process.is_drained()).then_some(Stage::Ends)
            }
        }
    }
}
