//! Work on many things in parallel, on as many threads as the system gives.

use std::sync::{Mutex, PoisonError};
use std::thread;

/// What to do at a limit of processes and threads.
pub(crate) const RAISE_LIMIT: &str =
    "raise the limit (`ulimit -u`; `TasksMax=` in a unit of systemd), or end other programs";

/// Whether a text says that the system gives no more processes or threads.
pub(crate) fn tells_of_limit(text: &str) -> bool {
    let signs = ["EAGAIN", "Cannot fork", "Resource temporarily unavailable"];
    signs.iter().any(|sign| text.contains(sign))
}

/// How many threads there are at most: most of them wait for a network.
const MOST: usize = 64;

/// Whether the system gives this user only few more threads: its limit of processes counts them, too. Node
/// needs a dozen.
pub(crate) fn are_scarce() -> bool {
    const ENOUGH: usize = 64;
    let gate = Mutex::new(());
    let held = gate.lock();
    thread::scope(|scope| {
        let wait = || drop(gate.lock());
        let named = || thread::Builder::new().stack_size(64 << 10);
        let threads = (0..ENOUGH).map_while(|_| named().spawn_scoped(scope, wait).ok());
        let threads = threads.count();
        drop(held);
        threads < ENOUGH
    })
}

/// Does something with each thing, and returns the results in the order of the things; `None` where it
/// panicked. Where the system gives no thread, the calling one does all.
pub(crate) fn each<T: Send, R: Send>(
    things: Vec<T>,
    work: impl Fn(T) -> R + Sync,
) -> Vec<Option<R>> {
    let count = things.len();
    let results: Mutex<Vec<Option<R>>> = Mutex::new(things.iter().map(|_| None).collect());
    let waiting = Mutex::new(things.into_iter().enumerate());
    let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).next();
    let run = || {
        while let Some((index, thing)) = next() {
            let result = work(thing);
            let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(place) = results.get_mut(index) {
                *place = Some(result);
            }
        }
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (1..count.min(MOST))
            .map_while(|_| thread::Builder::new().spawn_scoped(scope, run).ok())
            .collect();
        run();
        for thread in threads {
            // What panicked has no result.
            let _ = thread.join();
        }
    });
    results.into_inner().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn results_are_in_order_and_threads_are_few() {
        let threads = Mutex::new(HashSet::new());
        let things: Vec<usize> = (0..1_000).collect();
        let doubled = each(things, |thing| {
            threads.lock().unwrap().insert(thread::current().id());
            thing * 2
        });
        assert!(doubled.into_iter().enumerate().all(|(index, twice)| twice == Some(index * 2)));
        let used = threads.into_inner().unwrap().len();
        assert!((1..=MOST).contains(&used), "{used}");
        assert_eq!(each(Vec::<u8>::new(), |thing| thing), []);
    }
}
