//! Why a program has no configuration, in words.

use camino::Utf8Path;

use super::run::Refused;
use super::trace::legible;
use crate::import::error::ImportError;

impl Refused {
    pub(super) fn nothing() -> Refused {
        Refused { kind: "nothing".to_owned(), detail: None }
    }
}

/// What `evaluate.cjs` refuses, in words.
pub(super) fn refusal(file: &Utf8Path, refused: &Refused) -> ImportError {
    let text = |key: &str| {
        let value = refused.detail.as_ref().and_then(|detail| detail.get(key));
        value.and_then(|value| value.as_str()).map(legible)
    };
    let error = || {
        let name = text("name").unwrap_or_else(|| "Error".to_owned());
        let message = text("message").unwrap_or_default();
        let place = text("place").map(|place| format!(" ({place})"));
        format!("{name}: {message}{}", place.unwrap_or_default())
    };
    let way = || match &refused.detail {
        Some(serde_json::Value::String(way)) if !way.is_empty() => way.clone(),
        _ => "the configuration".to_owned(),
    };
    match refused.kind.as_str() {
        "throws" => ImportError::Throws {
            error: error(),
            help: help_for(file, &error(), text("code").as_deref()),
        },
        "syntax" => {
            ImportError::ProgramSyntax { error: error(), help: help_for(file, &error(), None) }
        }
        "cycle" => ImportError::NoData {
            path: way(),
            what: "contains itself",
            help: "PM2 accepts only values; remove the cycle",
        },
        "exits" => ImportError::Nothing {
            what: format!("{file} ends Node instead of exporting a configuration"),
            help: "remove `process.exit` for the import",
        },
        "never-ready" => ImportError::Nothing {
            what: format!("{file} waits for something that never happens"),
            help: "an `await` in it never resolves; PM2 cannot read it either",
        },
        "exports-function" => ImportError::Nothing {
            what: format!("{file} exports a function, which PM2 does not call"),
            help: "export what the function returns",
        },
        "no-object" => ImportError::Nothing {
            what: format!("{file} does not export an object"),
            help: "export `{ apps: [ … ] }`",
        },
        _ => ImportError::Nothing {
            what: format!("{file} exports nothing"),
            help: "export `{ apps: [ … ] }`: `module.exports = …`, or `export default …` in a module",
        },
    }
}

fn help_for(file: &Utf8Path, error: &str, code: Option<&str>) -> String {
    let typescript = file.extension().is_some_and(|extension| extension.ends_with("ts"));
    let of_a_module = error.contains("is not defined in ES module scope");
    match code {
        _ if of_a_module => of_module(file),
        _ if typescript => {
            "TypeScript needs a loader: `--node-arg=--import=tsx`, or NODE_OPTIONS; Node 22.18 and newer need none"
                .to_owned()
        }
        Some("MODULE_NOT_FOUND" | "ERR_MODULE_NOT_FOUND") => {
            "it requires a package that is not installed; run `npm install` in its directory".to_owned()
        }
        _ => "PM2 cannot read it either".to_owned(),
    }
}

/// What to do about `module.exports` in a module.
fn of_module(file: &Utf8Path) -> String {
    let name = file.file_name().unwrap_or_default();
    let stem = file.file_stem().unwrap_or_default();
    if file.extension() == Some("js") {
        format!(
            "the nearest package.json has \"type\": \"module\", so {name} is an ES module; rename it to {stem}.cjs, or write `export default`"
        )
    } else {
        format!("{name} is an ES module; rename it to {stem}.cjs, or write `export default`")
    }
}
