//! Where PM2 is on this machine.

use camino::{Utf8Path, Utf8PathBuf};

/// The directory of PM2's package: of the one that is named, else of `PROMETHEAN_PM2`, of the `pm2`
/// on PATH, of `node_modules` beside the file and above it.
pub(in crate::import) fn find(named: Option<&Utf8Path>, file: &Utf8Path) -> Option<Utf8PathBuf> {
    if let Some(named) = named {
        return package(named);
    }
    let variable = std::env::var("PROMETHEAN_PM2").ok().filter(|path| !path.is_empty());
    if let Some(named) = variable {
        return package(Utf8Path::new(&named));
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path)
        .filter_map(|folder| Utf8PathBuf::from_path_buf(folder).ok())
        .find_map(|folder| package(&folder.join("pm2")));
    on_path
        .or_else(|| file.ancestors().find_map(|folder| package(&folder.join("node_modules/pm2"))))
}

/// The package that a program, or a directory, belongs to.
fn package(path: &Utf8Path) -> Option<Utf8PathBuf> {
    let place = path.canonicalize_utf8().ok()?;
    place
        .ancestors()
        .take(4)
        .find(|folder| folder.join("lib/tools/Config.js").is_file())
        .map(Utf8Path::to_owned)
}
