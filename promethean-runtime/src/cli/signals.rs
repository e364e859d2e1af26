//! Signals that end an operation: Ctrl-C and SIGTERM.

#[cfg(unix)]
use std::io::{self, Read as _};
#[cfg(unix)]
use std::net::Shutdown;
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
#[cfg(unix)]
use std::time::{Duration, Instant};

#[cfg(unix)]
use serde_json::json;
#[cfg(unix)]
use signal_hook::consts::{SIGINT, SIGTERM};

use super::connection::Connection;
#[cfg(unix)]
use super::{exit, output, progress};
#[cfg(unix)]
use crate::child;

/// While it lives, the first signal only sets a flag, so that an operation can end in order. The second
/// one ends this process at once, and says so; so does the first one afterwards, without a word.
pub(super) struct Signals {
    flag: Arc<AtomicBool>,
    over: Arc<AtomicBool>,
    /// Who counts the signals hears of them here.
    #[cfg(unix)]
    counted: Option<UnixStream>,
}

impl Signals {
    #[cfg(unix)]
    pub(super) fn begin(connection: &Connection) -> Signals {
        let (flag, over) = (Arc::<AtomicBool>::default(), Arc::<AtomicBool>::default());
        let counting = counting(connection.is_json()).ok();
        // Where nobody counts, the second one finds the flag that the first one has set.
        let last = if counting.is_some() { &over } else { &flag };
        for number in [SIGINT, SIGTERM] {
            // Where a handler cannot be registered, the signal ends this process at once. Handlers run in the order
            // of their registration.
            let code = i32::from(exit::INTERRUPTED);
            let _ =
                signal_hook::flag::register_conditional_shutdown(number, code, Arc::clone(last));
            let _ = signal_hook::flag::register(number, Arc::clone(&flag));
            if let Some(counting) = &counting
                && let Ok(each) = counting.try_clone()
            {
                let _ = signal_hook::low_level::pipe::register(number, each);
            }
        }
        Signals { flag, over, counted: counting }
    }

    #[cfg(not(unix))]
    pub(super) fn begin(_: &Connection) -> Signals {
        Signals { flag: Arc::default(), over: Arc::default() }
    }

    /// Whether a signal has come.
    pub(super) fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.flag)
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        self.flag.store(true, Ordering::Relaxed);
        self.over.store(true, Ordering::Relaxed);
        #[cfg(unix)]
        if let Some(counted) = &self.counted {
            let _ = counted.shutdown(Shutdown::Both);
        }
    }
}

/// From now on, a signal ends the programs that this process tries, and then this process as it would without this.
/// It is for commands that only look.
#[cfg(unix)]
pub(super) fn end_programs() {
    for number in [SIGINT, SIGTERM] {
        let Ok((mut signals, each)) = UnixStream::pair() else { return };
        let end = move || {
            if signals.read_exact(&mut [0; 1]).is_ok() {
                child::end_all();
                let _ = signal_hook::low_level::emulate_default_handler(number);
            }
        };
        if std::thread::Builder::new().name("signals".to_owned()).spawn(end).is_ok() {
            let _ = signal_hook::low_level::pipe::register(number, each);
        }
    }
}

/// It does so by itself.
#[cfg(not(unix))]
pub(super) fn end_programs() {}

/// Starts to count signals, and to end this process at the second. Each writes a byte into what is returned.
#[cfg(unix)]
fn counting(is_json: bool) -> io::Result<UnixStream> {
    let (mut signals, each) = UnixStream::pair()?;
    let count = move || {
        if signals.read_exact(&mut [0; 2]).is_ok() {
            end_at_once(is_json);
        }
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(count)?;
    Ok(each)
}

#[cfg(unix)]
fn end_at_once(is_json: bool) {
    let tell = move || match is_json {
        true => progress::json(&json!({"event": "failed", "message": AT_ONCE})),
        false => output::error(AT_ONCE),
    };
    // Nobody may be reading.
    let (told, since) = (std::thread::Builder::new().spawn(tell), Instant::now());
    while told.as_ref().is_ok_and(|told| !told.is_finished())
        && since.elapsed() < Duration::from_secs(1)
    {
        std::thread::sleep(LOOK);
    }
    exit::interrupted();
}

/// How often somebody looks whether a signal has come.
#[cfg(unix)]
const LOOK: Duration = Duration::from_millis(20);

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
        for signal in [SIGINT, SIGTERM] {
            // One that cannot be caught ends this process as it does without this.
            let _ = signal_hook::flag::register(signal, Arc::clone(&interrupts.signal));
        }
        interrupts
    }

    /// Becomes true with the first signal.
    pub(super) fn first(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.first)
    }

    /// Ends what runs in order, as the first signal does. The next signal is then the first one.
    pub(super) fn interrupt(&self) {
        self.first.store(true, Ordering::Relaxed);
    }

    /// Whether what runs is to end in order: a signal has come, or [`Interrupts::interrupt`] was called.
    pub(super) fn has_come(&self) -> bool {
        self.first.load(Ordering::Relaxed)
    }

    /// Whether two signals have come.
    pub(super) fn has_come_again(&self) -> bool {
        self.again.load(Ordering::Relaxed)
    }

    /// Counts signals until there are two, or it is over. Says whether there are two.
    pub(super) fn second(&self) -> bool {
        let mut has_counted = false;
        while !self.over.load(Ordering::Relaxed) {
            if self.signal.swap(false, Ordering::Relaxed) {
                self.first.store(true, Ordering::Relaxed);
                if has_counted {
                    self.again.store(true, Ordering::Relaxed);
                    return true;
                }
                has_counted = true;
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
