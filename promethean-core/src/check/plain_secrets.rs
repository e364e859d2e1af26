//! Secrets that are written out.

use super::layers::Services;
use super::{Found, Problems};
use crate::blocks;
use crate::declaration::{Block, Declaration, EnvEntry, EnvValue};
use crate::known_secrets::{KnownBy, Look, plain_secret};
use crate::problem::Fault;
use crate::text::{Piece, TextError, each_piece, is_plain};
use crate::value::Value;

const RULE: &str = "plain-secret";

/// The file that the help suggests where an ecosystem names none.
const FILE: &str = ".tokens";

pub(super) fn check(declaration: &Declaration, services: &Services<'_>, problems: &mut Problems) {
    let file = declaration.secrets.as_ref().map(|file| file.as_str());
    for set in &declaration.sets {
        let mut found = Vec::new();
        in_entries(&set.env, file, &mut found);
        problems.add_unless(found, || services.allow_in_set(declaration, &set.name, RULE));
    }
    blocks::each(declaration, |_, block| {
        let mut found = Vec::new();
        in_settings(block, &mut found);
        in_entries(&block.env, own_file(block).or(file), &mut found);
        problems.add_unless(found, || services.allow_in(declaration, block, RULE));
    });
}

/// The file with secrets that a block names.
fn own_file(block: &Block) -> Option<&str> {
    block.setting("secrets")?.values().first()?.value.as_name()
}

fn in_entries(entries: &[EnvEntry], file: Option<&str>, found: &mut Found) {
    for EnvEntry { key, value } in entries {
        // The last of several sources is a default: `PASSWORD = secret or "postgres"`.
        let name = if matches!(value, EnvValue::Text(_)) { key.as_str() } else { "" };
        for text in value.texts() {
            let Some(known_by) = known(name, text) else { continue };
            let is_alone = !name.is_empty();
            let instead = in_place_of_variable(key, known_by, is_alone, file);
            let fault = Fault::PlainSecret { holder: key.to_string(), known_by, instead };
            found.push((fault, text.span_id));
        }
    }
}

fn in_settings(block: &Block, found: &mut Found) {
    for setting in &block.settings {
        let Some(attribute) = setting.attribute().filter(|attribute| attribute.placeholders) else {
            continue;
        };
        for value in setting.values() {
            let Value::Text(text) = &value.value else { continue };
            let Some(known_by) = known("", text) else { continue };
            let holder = attribute.name.to_owned();
            let instead =
                "write `env { TOKEN = secret; }`, and let the program read that variable: a list \
                of processes shows arguments"
                    .to_owned();
            found.push((Fault::PlainSecret { holder, known_by, instead }, value.span_id));
        }
    }
}

/// What to write for a variable whose value is written out.
fn in_place_of_variable(
    key: &str,
    known_by: KnownBy,
    is_alone: bool,
    file: Option<&str>,
) -> String {
    let (stored, write) = match known_by {
        KnownBy::Look(Look::Password) => {
            let stored = of_address(key);
            let write = format!("write `{{secret {stored}}}` in place of the password");
            (stored, write)
        }
        KnownBy::Name | KnownBy::Look(_) if is_alone => {
            (key.to_owned(), format!("write `{key} = secret;`"))
        }
        KnownBy::Name | KnownBy::Look(_) => {
            (key.to_owned(), "write `secret` in its place".to_owned())
        }
    };
    match file {
        Some(file) => format!("{write}, and `{stored}=…` into the file `{file}`"),
        None => format!(
            "{write}, `secrets {FILE:?};` at the top, and `{stored}=…` into that file, outside of version control"
        ),
    }
}

/// The name of the password of an address: `DATABASE_PASSWORD` of `DATABASE_URL`.
fn of_address(key: &str) -> String {
    const ADDRESSES: [&str; 6] = ["_URL", "_URI", "_DSN", "_ADDRESS", "_CONNECTION", "_SERVER"];
    let mut ends = ADDRESSES.iter();
    let stem = ends.find_map(|end| key.strip_suffix(end)).unwrap_or(key);
    format!("{stem}_PASSWORD")
}

/// How it is known that a text is a secret. One whose placeholders are wrong is reported as that.
fn known(name: &str, text: &str) -> Option<KnownBy> {
    if is_plain(text) {
        return plain_secret(name, text);
    }
    let mut filled = String::with_capacity(text.len());
    let taken_apart = each_piece(text, |piece| {
        filled.push_str(match piece {
            Piece::Literal(literal) => literal,
            Piece::Placeholder(_) => "\0",
        });
        Ok::<(), TextError>(())
    });
    taken_apart.ok().and_then(|()| plain_secret(name, &filled))
}
