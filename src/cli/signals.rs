//! Signals that end an operation: Ctrl-C and SIGTERM.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
#[cfg(unix)]
use std::time::{Duration, Instant};

#[cfg(unix)]
use serde_json::json;

use super::connection::Connection;
#[cfg(unix)]
use super::{exit, output, progress};

/// While it lives, the first signal only sets a flag, so that an operation can end in order. The second
/// one ends this process at once, and says so; so does the first one afterwards, without a word.
pub(super) struct Signals {
    flag: Arc<AtomicBool>,
    over: Arc<AtomicBool>,
}

impl Signals {
    pub(super) fn begin(connection: &Connection) -> Signals {
        let signals = Signals { flag: Arc::default(), over: Arc::default() };
        signals.register(connection.is_json());
        signals
    }

    /// Whether a signal has come.
    pub(super) fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.flag)
    }

    /// A signal that cannot be caught ends this process as it does without this.
    #[cfg(unix)]
    fn register(&self, is_json: bool) {
        use signal_hook::consts::{SIGINT, SIGTERM};
        use signal_hook::flag;
        let (signal, over) = (Arc::<AtomicBool>::default(), Arc::clone(&self.over));
        let counted = Arc::clone(&signal);
        let count = move || end_at_second(&counted, &over, is_json);
        let counts = std::thread::Builder::new().name("signals".to_owned()).spawn(count).is_ok();
        // Where nobody counts, the second one finds the flag that the first one has set.
        let last = if counts { &self.over } else { &self.flag };
        for number in [SIGINT, SIGTERM] {
            // Handlers run in the order of their registration.
            let code = i32::from(exit::INTERRUPTED);
            let _ = flag::register_conditional_shutdown(number, code, Arc::clone(last));
            let _ = flag::register(number, Arc::clone(&self.flag));
            let _ = flag::register(number, Arc::clone(&signal));
        }
    }

    #[cfg(not(unix))]
    fn register(&self, _: bool) {}
}

impl Drop for Signals {
    fn drop(&mut self) {
        self.flag.store(true, Ordering::Relaxed);
        self.over.store(true, Ordering::Relaxed);
    }
}

/// How often somebody looks whether a signal has come.
#[cfg(unix)]
const LOOK: Duration = Duration::from_millis(20);

/// Ends this process at the second signal.
#[cfg(unix)]
fn end_at_second(signal: &AtomicBool, over: &AtomicBool, is_json: bool) {
    let mut is_second = false;
    while !over.load(Ordering::Relaxed) {
        if signal.swap(false, Ordering::Relaxed) && std::mem::replace(&mut is_second, true) {
            let told = std::thread::spawn(move || match is_json {
                true => progress::json(&json!({"event": "failed", "message": AT_ONCE})),
                false => output::error(AT_ONCE),
            });
            // Nobody may be reading.
            let since = Instant::now();
            while !told.is_finished() && since.elapsed() < Duration::from_secs(1) {
                std::thread::sleep(LOOK);
            }
            std::process::exit(exit::INTERRUPTED.into());
        }
        std::thread::sleep(LOOK);
    }
}

/// What is said when nothing is waited for any more.
#[cfg(unix)]
const AT_ONCE: &str = "interrupted twice: ended at once\n  help: what the engine was asked to do goes on; \
                       `status` shows what comes of it";

/// While it lives, signals are counted: the first lets what runs end in order, the second at once.
#[cfg(unix)]
#[derive(Clone)]
pub(super) struct Interrupts {
    /// Whether a signal has come that was not counted.
    signal: Arc<AtomicBool>,
    first: Arc<AtomicBool>,
    again: Arc<AtomicBool>,
    over: Arc<AtomicBool>,
}

#[cfg(unix)]
impl Interrupts {
    pub(super) fn begin() -> Interrupts {
        let (signal, first, again) = (Arc::default(), Arc::default(), Arc::default());
        let interrupts = Interrupts { signal, first, again, over: Arc::default() };
        for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
            // One that cannot be caught ends this process as it does without this.
            let _ = signal_hook::flag::register(signal, Arc::clone(&interrupts.signal));
        }
        interrupts
    }

    /// Becomes true with the first signal.
    pub(super) fn first(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.first)
    }

    /// Whether a signal has come.
    pub(super) fn has_come(&self) -> bool {
        self.first.load(Ordering::Relaxed)
    }

    /// Whether two signals have come.
    pub(super) fn has_come_again(&self) -> bool {
        self.again.load(Ordering::Relaxed)
    }

    /// Counts signals until there are two, or it is over. Says whether there are two.
    pub(super) fn second(&self) -> bool {
        while !self.over.load(Ordering::Relaxed) {
            let has_come = self.signal.swap(false, Ordering::Relaxed);
            if has_come && self.first.swap(true, Ordering::Relaxed) {
                self.again.store(true, Ordering::Relaxed);
                return true;
            }
            std::thread::sleep(LOOK);
        }
        false
    }

    /// Whether a signal has come since this was asked last.
    #[cfg(feature = "ui")]
    pub(super) fn take(&self) -> bool {
        self.signal.swap(false, Ordering::Relaxed)
    }

    /// Nothing is left to be interrupted.
    pub(super) fn end(&self) {
        self.over.store(true, Ordering::Relaxed);
    }
}
