//! Which dotenv file stands where: at the agent, at the service, or at the top.

use camino::{Utf8Path, Utf8PathBuf};
use promethean_core::declaration::{Attribution, Block, Given};
use promethean_core::span_id::Spanned;
use promethean_core::value::Value;
use smol_str::SmolStr;

use super::super::app::Comment;
use super::super::import_paths::ImportPaths;
use super::{Group, spanned};

/// Names the file that each secret is read from, in the widest block that has no other, and returns
/// the one of the ecosystem.
pub(super) fn assign(
    units: &mut [Group],
    files: &[Utf8PathBuf],
    paths: &ImportPaths,
) -> Option<Spanned<SmolStr>> {
    let used = |unit: &Group| -> Vec<usize> {
        let mut files: Vec<usize> =
            unit.parts().iter().flat_map(|part| part.secret_files.iter().copied()).collect();
        files.sort_unstable();
        files.dedup();
        files
    };
    let path = |file: usize, base: &Utf8Path| {
        files.get(file).map(|path| super::super::import_paths::between(base, path))
    };
    let users: Vec<Vec<usize>> = units.iter().map(&used).collect();
    let mut all: Vec<usize> = users.iter().flatten().copied().collect();
    all.sort_unstable();
    all.dedup();
    let readers = users.iter().filter(|files| !files.is_empty()).count();
    let of_one_agent = readers == 1
        && units
            .iter()
            .zip(&users)
            .any(|(unit, files)| matches!(unit, Group::Agent(_)) && !files.is_empty());
    if let [only] = all.as_slice()
        && !of_one_agent
    {
        return path(*only, &paths.root).map(|path| spanned(&path));
    }
    for (unit, files) in units.iter_mut().zip(users) {
        match (unit, files.as_slice()) {
            (Group::Agent(members), [only]) => {
                let path = path(*only, &paths.root);
                members.block.settings.0.extend(path.map(|path| setting(&path)));
            }
            (unit, _) => {
                for part in unit.parts_mut() {
                    let directory = directory(part.directory.as_deref(), paths);
                    let path = part.secret_files.first().and_then(|file| path(*file, &directory));
                    add(&mut part.block, path);
                    if part.secret_files.len() > 1 {
                        part.comments.push(Comment {
                            on: None,
                            of_original: false,
                            text: "Its secrets came from several files; a block has only one."
                                .to_owned(),
                        });
                    }
                }
            }
        }
    }
    None
}

fn add(block: &mut Block, path: Option<String>) {
    if let Some(path) = path {
        block.settings.0.insert(0, setting(&path));
    }
}

fn setting(path: &str) -> Attribution {
    let value = Spanned::nowhere(Value::Text(path.into()));
    Attribution { key: spanned("secrets"), given: Given::Values(vec![value]) }
}

fn directory(written: Option<&str>, paths: &ImportPaths) -> Utf8PathBuf {
    promethean_core::paths::join(&paths.root, Utf8Path::new(written.unwrap_or(".")))
}
