//! `pm2`: the configuration.

use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, ValueEnum};
use promethean_core::diagnostic::Diagnostic;
use promethean_core::emit::{self, Config, LeftOut};
use promethean_core::secrets::Reader;

use super::output::{self, Access};
use super::{Failure, Resolver, Units};

#[derive(Debug, Default, Args)]
pub(super) struct Pm2 {
    /// The format [default: from the file name, else JSON]
    #[arg(long, value_enum)]
    format: Option<Format>,

    /// The file to write [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<Utf8PathBuf>,

    /// Include secrets in plain text
    #[arg(long)]
    reveal_secrets: bool,

    #[command(flatten)]
    units: Units,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// JSON; without secrets and inherited variables
    Json,
    /// A `.config.cjs`, which reads secrets when PM2 loads it
    Js,
    /// YAML; without secrets and inherited variables
    Yaml,
}

impl Pm2 {
    pub(super) fn run(self, resolver: &Resolver<'_>) -> Result<(), Failure> {
        let output = output::file(self.output.as_deref())?;
        let format = self.format(output.as_deref())?;
        let system = resolver.apps(&self.units)?;
        let environments = match self.reveal_secrets {
            true => Some(Reader::new().revealed(&system)?),
            false => None,
        };
        let config = match &environments {
            Some(environments) => Config::revealing(&system, environments),
            None => Config::new(&system),
        };
        let text = match format {
            Format::Json if output.is_none() && !output::is_terminal() => None,
            Format::Json => Some(emit::json(&config)),
            Format::Yaml => Some(emit::yaml(&config)),
            Format::Js if self.reveal_secrets => {
                return Err(Diagnostic::new(
                    "a `js` configuration contains no secrets: it reads them when PM2 loads it",
                )
                .help("leave out `--reveal-secrets`, or write JSON or YAML")
                .into());
            }
            Format::Js => {
                let place = output.as_deref().and_then(Utf8Path::parent);
                Some(emit::javascript(&system, place))
            }
        };
        let left_out = match format {
            Format::Js => LeftOut::beyond(&system),
            Format::Json | Format::Yaml => LeftOut::of(&system, self.reveal_secrets),
        };
        if !left_out.is_empty() {
            output::note(left_out.to_string().trim_end());
        }
        match (text, output) {
            (None, _) => output::print_pieces(|stdout| emit::write_json(&config, stdout)),
            (Some(text), None) => output::print_file(&text),
            (Some(text), Some(path)) => {
                let access = if self.reveal_secrets { Access::Private } else { Access::Usual };
                output::write(&path, &text, access)
            }
        }
    }

    /// The format that was asked for, or that PM2 reads from the file's name.
    fn format(&self, output: Option<&Utf8Path>) -> Result<Format, Failure> {
        let Some(name) = output.and_then(Utf8Path::file_name) else {
            return Ok(self.format.unwrap_or(Format::Json));
        };
        let by_name = Format::BY_NAME.iter().find(|(ending, _)| name.ends_with(ending));
        let by_name = by_name.map(|(_, format)| *format);
        match (self.format, by_name) {
            (None, Some(format)) => Ok(format),
            (Some(format), Some(by_name)) if format == by_name => Ok(format),
            (Some(format), Some(by_name)) => {
                let (by_name, format) = (by_name.name(), format.name());
                Err(Diagnostic::new(format!("PM2 reads {name} as {by_name}, not as {format}"))
                    .help("give the file another name, or leave out `--format`")
                    .into())
            }
            (_, None) => {
                Err(Diagnostic::new(format!("PM2 does not recognize {name} as a configuration"))
                    .help("its name ends in `.json`, `.yaml`, `.yml` or `.config.cjs`")
                    .into())
            }
        }
    }
}

impl Format {
    /// How PM2 tells a configuration by its name (`lib/Common.js`, `knonwConfigFileExtensions`).
    const BY_NAME: [(&str, Format); 5] = [
        (".json", Format::Json),
        (".yaml", Format::Yaml),
        (".yml", Format::Yaml),
        (".config.cjs", Format::Js),
        (".config.js", Format::Js),
    ];

    fn name(self) -> &'static str {
        match self {
            Format::Json => "JSON",
            Format::Js => "JavaScript",
            Format::Yaml => "YAML",
        }
    }
}
