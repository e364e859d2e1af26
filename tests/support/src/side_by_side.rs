//! Scenarios that run in one test, at the same time or one after the other.

use std::panic::resume_unwind;
use std::sync::Mutex;
use std::thread;

/// Runs scenarios, so many at once, in their order, and returns when all have ended. Those that wait for rounds of
/// seconds would hold up the tests after them for nothing if they ran one after the other.
///
/// # Panics
///
/// When one of them does; the output names all that do.
pub fn run<F: FnOnce() + Send>(
    at_once: usize,
    scenarios: impl IntoIterator<Item = (String, F), IntoIter: Send>,
) {
    let scenarios = Mutex::new(scenarios.into_iter());
    let next = || scenarios.lock().expect("no iterator panics").next();
    let failed = Mutex::new(None);
    thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                while let Some((name, scenario)) = next() {
                    // A panic says the name of its thread.
                    let thread = thread::Builder::new().name(name.clone());
                    let thread = thread.spawn_scoped(scope, scenario);
                    if let Err(panic) = thread.expect("a thread can be started").join() {
                        eprintln!("{name} failed");
                        failed.lock().expect("nobody panics with it").get_or_insert(panic);
                    }
                }
            });
        }
    });
    if let Some(panic) = failed.into_inner().expect("nobody panics with it") {
        resume_unwind(panic);
    }
}

/// Functions without arguments, with their names, for [`run`].
#[macro_export]
macro_rules! scenarios {
    ($($name:path),+ $(,)?) => {
        [$((stringify!($name).to_owned(), $name as fn())),+]
    };
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[test]
    fn all_run_at_once_and_one_that_fails_fails_the_test() {
        static MET: Barrier = Barrier::new(2);
        static ENDED: AtomicU32 = AtomicU32::new(0);
        fn well() {
            MET.wait();
            ENDED.fetch_add(1, Ordering::Relaxed);
        }
        fn fails() {
            MET.wait();
            panic!("on purpose");
        }
        let failed = catch_unwind(|| super::run(2, scenarios!(fails, well))).unwrap_err();
        assert_eq!(failed.downcast_ref::<&str>(), Some(&"on purpose"));
        assert_eq!(ENDED.load(Ordering::Relaxed), 1);
    }
}
