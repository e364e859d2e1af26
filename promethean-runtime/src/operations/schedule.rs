//! Who may go next: a graph whose edges are taken away one by one.

pub(super) use promethean_core::declaration::Condition;

/// Things to do, each of which waits for some of the others.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    waits_for: Vec<usize>,
    waiting: Vec<Vec<(usize, Condition)>>,
    free: Vec<usize>,
}

impl Schedule {
    /// A schedule of so many things, of which each waits for what `needs` says: a thing, and what
    /// of it.
    pub(super) fn new(count: usize, needs: impl Fn(usize) -> Vec<(usize, Condition)>) -> Schedule {
        let mut schedule = Schedule {
            waits_for: vec![0; count],
            waiting: vec![Vec::new(); count],
            free: Vec::new(),
        };
        for index in 0..count {
            for (needed, condition) in needs(index) {
                let (Some(waits_for), Some(waiting)) =
                    (schedule.waits_for.get_mut(index), schedule.waiting.get_mut(needed))
                else {
                    continue;
                };
                *waits_for += 1;
                waiting.push((index, condition));
            }
        }
        let free = |index: &usize| schedule.waits_for.get(*index) == Some(&0);
        // The last is taken first.
        schedule.free = (0..count).rev().filter(free).collect();
        schedule
    }

    /// The next that waits for nothing.
    pub(super) fn next(&mut self) -> Option<usize> {
        self.free.pop()
    }

    /// Whether anything is left that waits for nothing.
    pub(super) fn has_next(&self) -> bool {
        !self.free.is_empty()
    }

    /// Whether anything waits for this of a thing.
    pub(super) fn is_awaited(&self, index: usize, condition: Condition) -> bool {
        self.waiting
            .get(index)
            .is_some_and(|waiting| waiting.iter().any(|(_, awaited)| *awaited == condition))
    }

    /// Frees all that still wait: they wait for each other.
    pub(super) fn give_up_waiting(&mut self) {
        for waiting in &mut self.waiting {
            waiting.clear();
        }
        for (index, waits_for) in self.waits_for.iter_mut().enumerate().rev() {
            if std::mem::take(waits_for) > 0 {
                self.free.push(index);
            }
        }
    }

    /// Takes away the edges of those that wait for this of a thing.
    pub(super) fn reached(&mut self, index: usize, condition: Condition) {
        let Some(waiting) = self.waiting.get_mut(index) else { return };
        let (met, rest) = waiting.drain(..).partition(|(_, awaited)| *awaited == condition);
        *waiting = rest;
        let met: Vec<(usize, Condition)> = met;
        for (dependent, _) in met.into_iter().rev() {
            if let Some(waits_for) = self.waits_for.get_mut(dependent) {
                *waits_for = waits_for.saturating_sub(1);
                if *waits_for == 0 {
                    self.free.push(dependent);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_is_free_when_all_it_waits_for_is_reached() {
        let needs = |index| match index {
            2 => vec![(0, Condition::Started), (1, Condition::Ready)],
            3 => vec![(2, Condition::Started)],
            _ => Vec::new(),
        };
        let mut schedule = Schedule::new(4, needs);
        assert_eq!([schedule.next(), schedule.next(), schedule.next()], [Some(0), Some(1), None]);
        schedule.reached(0, Condition::Started);
        schedule.reached(1, Condition::Started);
        assert_eq!(schedule.next(), None);
        schedule.reached(1, Condition::Ready);
        assert_eq!(schedule.next(), Some(2));
        assert!(schedule.is_awaited(2, Condition::Started));
        assert!(!schedule.is_awaited(2, Condition::Completed));
        schedule.reached(2, Condition::Started);
        assert_eq!(schedule.next(), Some(3));
    }

    #[test]
    fn what_goes_round_in_a_circle_can_be_freed() {
        let mut schedule = Schedule::new(2, |index| vec![(1 - index, Condition::Completed)]);
        assert_eq!(schedule.next(), None);
        schedule.give_up_waiting();
        assert_eq!([schedule.next(), schedule.next(), schedule.next()], [Some(0), Some(1), None]);
    }
}
