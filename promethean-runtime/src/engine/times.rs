//! How long an engine may take for an app: all engines mean by its attributes what PM2 means.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use promethean_core::app::App;
use promethean_core::pm2;

use super::Process;

/// The Unix time: how long ago it began. A clock that is before it says 0.
pub(crate) fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// What of an app's definition an engine waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Times {
    kill_timeout: Duration,
    listen_timeout: Duration,
}

impl Times {
    /// Of an app as it is defined.
    pub(crate) fn of(app: &App) -> Times {
        Times { kill_timeout: app.time("kill_timeout"), listen_timeout: app.time("listen_timeout") }
    }

    /// Of a process as it was started: PM2 uses the definition it got then.
    pub(crate) fn of_process(process: &Process) -> Times {
        let definition = process.record.as_ref().map(|record| &record.definition);
        let time = |name: &str| {
            let written = definition.and_then(|definition| definition.get(name)?.as_u64());
            pm2::time(name, written.map(Duration::from_millis))
        };
        Times { kill_timeout: time("kill_timeout"), listen_timeout: time("listen_timeout") }
    }

    /// How long the app may take to say that it listens.
    pub(crate) fn listen(self) -> Duration {
        self.listen_timeout
    }

    /// How long a process of it may take to end.
    pub(crate) fn end(self) -> Duration {
        Times::end_within(self.kill_timeout)
    }

    /// How long a process with this `kill_timeout` may take to end: PM2 waits for as long before
    /// SIGKILL as after it (`God.processIsDead` in `lib/God/Methods.js`).
    pub(crate) fn end_within(kill_timeout: Duration) -> Duration {
        kill_timeout.saturating_mul(2)
    }

    /// How long a process of it may take to be replaced: the new one says that it listens, the old
    /// one ends.
    pub(crate) fn replace(self) -> Duration {
        self.listen_timeout.saturating_add(self.end())
    }
}

#[cfg(test)]
mod tests {
    use promethean_core::declaration::Declaration;
    use promethean_core::ecosystem::Ecosystem;
    use promethean_core::emit;
    use promethean_core::resolve::Options;
    use serde_json::{Value, json};

    use super::*;

    fn app(settings: &Value) -> App {
        let declaration = json!({"units": [{"service": {
            "kind": "node", "name": "web", "block": {"settings": settings},
        }}]});
        let declaration: Declaration = serde_json::from_value(declaration).unwrap();
        let ecosystem = Ecosystem::from_declaration(declaration, "/repo", &[]);
        ecosystem.resolve(&Options::default()).unwrap().apps.remove(0)
    }

    fn process(app: &App) -> Process {
        let record = json!({
            "owner": {"name": "shop", "root": "/repo"},
            "directory": app.directory,
            "definition": emit::definition(app),
        });
        let record = Some(serde_json::from_value(record).unwrap());
        Process { record, ..Process::default() }
    }

    #[test]
    fn an_app_and_a_process_of_it_take_as_long() {
        let seconds = Duration::from_secs_f64;
        let cases = [
            (json!({}), 1.6, 3.0),
            (json!({"kill_timeout": [{"duration": "20s"}]}), 20.0, 3.0),
            (
                json!({"kill_timeout": [{"duration": "0s"}], "listen_timeout": [{"duration": "0s"}]}),
                1.6,
                3.0,
            ),
            (json!({"listen_timeout": [{"duration": "9s"}]}), 1.6, 9.0),
        ];
        for (settings, kill, listen) in cases {
            let app = app(&settings);
            let process = process(&app);
            assert!(process.record.is_some(), "{settings}");
            let times = Times::of(&app);
            assert_eq!(times, Times::of_process(&process), "{settings}");
            assert_eq!(times.end(), seconds(kill * 2.0), "{settings}");
            assert_eq!(times.listen(), seconds(listen), "{settings}");
        }
    }

    #[test]
    fn what_nothing_is_known_of_has_pm2s_own_times() {
        assert_eq!(Times::of_process(&Process::default()).end(), Duration::from_millis(3_200));
    }
}
