//! Signals that end an operation: Ctrl-C and SIGTERM.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

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
