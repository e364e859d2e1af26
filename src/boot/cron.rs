//! A line for cron, where there is nothing better.

use super::Boot;

impl Boot {
    /// A line of `crontab -e` that runs `up` when the machine starts; `None` when cron cannot hold
    /// it. cron has a PATH of its own, too short for Node.
    #[must_use]
    pub fn cron(&self) -> Option<String> {
        let variables = self.environment.iter().map(|(name, value)| format!("{name}={value}"));
        let line: Vec<String> = std::iter::once("env".to_owned())
            .chain(variables)
            .chain(self.line("up").map(str::to_owned))
            .collect();
        let line = shlex::try_join(line.iter().map(String::as_str)).ok()?;
        // crontab(5): a line ends at its end, and at a `%`.
        (!line.contains(['\n', '\r'])).then(|| format!("@reboot {}", line.replace('%', "\\%")))
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::super::sample;

    #[test]
    #[cfg(unix)]
    fn a_shell_reads_what_is_written() {
        let text = "100% \"mine\" $HOME & 'yours' \\ \\% ü";
        let boot = sample::boot(text);
        let line = boot.cron().unwrap();
        // What cron does to it: crontab(5).
        let line = line.strip_prefix("@reboot ").unwrap().replace("\\%", "%");
        let line = line.replacen("/bin/echo", "/usr/bin/printf '%s\\n'", 1);
        let output = Command::new("/bin/sh").args(["-c", &line]).output().unwrap();
        let told = String::from_utf8(output.stdout).unwrap();
        assert_eq!(told.lines().collect::<Vec<_>>(), sample::words(text)[1..], "{line}");
    }

    #[test]
    fn cron_has_no_lines_within_lines() {
        assert_eq!(sample::boot("a\nb").cron(), None);
    }
}
