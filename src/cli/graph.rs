//! `graph`: the system as a picture.

use camino::Utf8PathBuf;
use clap::{Args, ValueEnum};
use promethean_core::emit::graph;

use super::output::{self, Access};
use super::{Failure, Resolver, Units, absolute};

#[derive(Debug, Args)]
pub(super) struct Graph {
    /// How to draw it
    #[arg(long, value_enum, default_value = "tree")]
    format: Format,

    /// The file to write, in place of standard output
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
        let system = resolver.resolve(&self.units)?;
        let text = match self.format {
            Format::Tree => graph::tree(&system),
            Format::Mermaid => graph::mermaid(&system),
            Format::Dot => graph::dot(&system),
            Format::Svg => graph::svg(&system),
        };
        match self.output {
            None => output::print(&text),
            Some(path) => output::write(&absolute(&path)?, &text, Access::Usual),
        }
    }
}
