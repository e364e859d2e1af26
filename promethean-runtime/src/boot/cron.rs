//! A line for cron, where there is nothing better.

use super::Boot;

impl Boot {
    /// A line of `crontab -e` that brings the system up when the machine starts; `None` when cron cannot hold
    /// it. cron has a PATH of its own, too short for Node.
    #[must_use]
    pub fn cron(&self) -> Option<String> {
        let variables = self.environment.iter().map(|(name, value)| format!("{name}={value}"));
        let line: Vec<String> = std::iter::once("env".to_owned())
            .chain(variables)
            .chain(self.line(self.keeper.commands().1).map(str::to_owned))
            .collect();
        let line = shlex::try_join(line.iter().map(String::as_str)).ok()?;
        // crontab(5): a line ends at its end, and at a `%`.
        (!line.contains(['\n', '\r'])).then(|| format!("@reboot {}", line.replace('%', "\\%")))
    }
}
