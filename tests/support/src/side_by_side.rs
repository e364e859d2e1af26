//! Tests that wait most of their time, run at the same time.

use std::panic::resume_unwind;
use std::thread;

/// Runs scenarios at the same time, each on a thread with its name, and returns when all have ended.
/// They wait for rounds of seconds: one after the other, they would hold up the tests behind them for
/// nothing.
///
/// # Panics
///
/// When one of them does; the output names all that do.
pub fn run<F: FnOnce() + Send>(scenarios: impl IntoIterator<Item = (String, F)>) {
    let failed = thread::scope(|scope| {
        let threads: Vec<_> = scenarios
            .into_iter()
            .map(|(name, scenario)| {
                let thread =
                    thread::Builder::new().name(name.clone()).spawn_scoped(scope, scenario);
                (name, thread.expect("a thread can be started"))
            })
            .collect();
        let mut failed = None;
        for (name, thread) in threads {
            if let Err(panic) = thread.join() {
                eprintln!("{name} failed");
                failed.get_or_insert(panic);
            }
        }
        failed
    });
    if let Some(panic) = failed {
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
        let failed = catch_unwind(|| super::run(scenarios!(fails, well))).unwrap_err();
        assert_eq!(failed.downcast_ref::<&str>(), Some(&"on purpose"));
        assert_eq!(ENDED.load(Ordering::Relaxed), 1);
    }
}
