//! `graph`: the system as a picture.

use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, ValueEnum};
use promethean_core::emit::graph;

use super::output::{self, Access};
use super::{Failure, Resolver, Units};

#[derive(Debug, Args)]
pub(super) struct Graph {
    /// The format [default: from the file name, else a tree]
    #[arg(long, value_enum)]
    format: Option<Format>,

    /// The file to write [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<Utf8PathBuf>,

    #[command(flatten)]
    units: Units,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// A tree of text
    Tree,
    /// A Mermaid flowchart
    Mermaid,
    /// Graphviz
    Dot,
    /// An SVG picture
    Svg,
}

impl Graph {
    pub(super) fn run(self, resolver: &Resolver<'_>) -> Result<(), Failure> {
        let output = output::file(self.output.as_deref())?;
        let by_name = output.as_deref().and_then(Format::by_name);
        let system = resolver.resolve(&self.units)?;
        let text = match self.format.or(by_name).unwrap_or(Format::Tree) {
            Format::Tree => graph::tree(&system),
            Format::Mermaid => graph::mermaid(&system),
            Format::Dot => graph::dot(&system),
            Format::Svg => graph::svg(&system),
        };
        match output {
            None => output::print_file(&text),
            Some(path) => output::write(&path, &text, Access::Usual),
        }
    }
}

impl Format {
    /// What a file of this name holds.
    fn by_name(path: &Utf8Path) -> Option<Format> {
        match path.extension()? {
            "mmd" | "mermaid" => Some(Format::Mermaid),
            "dot" | "gv" => Some(Format::Dot),
            "svg" => Some(Format::Svg),
            _ => None,
        }
    }
}
