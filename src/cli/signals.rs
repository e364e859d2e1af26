//! Signals that end an operation: Ctrl-C and SIGTERM.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

#[cfg(unix)]
use super::exit;

/// While it lives, the first signal only sets a flag, so that an operation can end in order. The second
/// one ends this process at once; so does the first one afterwards.
pub(super) struct Signals {
    flag: Arc<AtomicBool>,
}

impl Signals {
    pub(super) fn begin() -> Signals {
        let flag = Arc::new(AtomicBool::new(false));
        register(&flag);
        Signals { flag }
    }

    /// Whether a signal has come.
    pub(super) fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.flag)
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        self.flag.store(true, Ordering::Relaxed);
    }
}

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
            std::thread::sleep(std::time::Duration::from_millis(20));
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

/// A signal that cannot be caught ends this process as it does without this.
#[cfg(unix)]
fn register(flag: &Arc<AtomicBool>) {
    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::flag;
    for signal in [SIGINT, SIGTERM] {
        // The first signal finds the flag as it was: handlers run in the order of their registration.
        let code = i32::from(exit::INTERRUPTED);
        let _ = flag::register_conditional_shutdown(signal, code, Arc::clone(flag));
        let _ = flag::register(signal, Arc::clone(flag));
    }
}

#[cfg(not(unix))]
fn register(_: &Arc<AtomicBool>) {}
