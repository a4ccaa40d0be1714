//! Folders of the user's, and paths as the user types and reads them.
use crate::text::visible_line;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Where the user's things are.
#[derive(Clone, Debug, Default)]
pub struct Folders {
    /// `$HOME`.
    home: Option<PathBuf>,
    /// What `user-dirs.dirs` calls the folder for downloads.
    downloads: Option<PathBuf>,
}

impl Folders {
    /// Those of the user who runs this.
    pub fn of_this_user() -> Folders {
        let absolute = |name| env::var_os(name).map(PathBuf::from).filter(|path: &PathBuf| path.is_absolute());
        let home = absolute("HOME");
        let config = absolute("XDG_CONFIG_HOME").or_else(|| home.as_ref().map(|home| home.join(".config")));
        let named = config.and_then(|config| fs::read_to_string(config.join("user-dirs.dirs")).ok());
        let downloads = named.and_then(|text| download_folder(&text, home.as_deref()));
        Folders { home, downloads }
    }

    /// For tests: downloads go there, and there is no home.
    #[cfg(test)]
    pub(super) fn in_downloads(folder: PathBuf) -> Folders {
        Folders { home: None, downloads: Some(folder) }
    }

    /// The folder for downloads: the desktop's, if there is one; otherwise `~/Downloads`, if that exists; otherwise the folder
    /// in which this program was started.
    pub(super) fn downloads(&self) -> PathBuf {
        let usual = self.home.as_ref().map(|home| home.join("Downloads"));
        let found = self.downloads.clone().into_iter().chain(usual).find(|folder| folder.is_dir());
        found.unwrap_or_else(|| PathBuf::from("."))
    }

    /// A path as it was typed. No shell has seen it, so `~/` is the home folder here.
    pub(super) fn typed(&self, path: &str) -> PathBuf {
        match (&self.home, path.strip_prefix('~')) {
            (Some(home), Some("")) => home.clone(),
            (Some(home), Some(rest)) if rest.starts_with('/') => home.join(rest.trim_start_matches('/')),
            _ => PathBuf::from(path),
        }
    }

    /// A path to be read by people.
    pub(super) fn shown(&self, path: &Path) -> String {
        let inside = self.home.as_ref().and_then(|home| path.strip_prefix(home).ok());
        let shown = match inside {
            Some(inside) => format!("~/{}", inside.display()),
            None => path.display().to_string(),
        };
        visible_line(&shown)
    }
}

/// `XDG_DOWNLOAD_DIR="$HOME/Downloads"`: the last such line holds, and the path is absolute or begins with `$HOME/`.
/// <https://man.archlinux.org/man/user-dirs.dirs.5.en>
///
/// The crates that read this file bring a licence that `deny.toml` does not allow, and it is one line.
fn download_folder(text: &str, home: Option<&Path>) -> Option<PathBuf> {
    let value = text.lines().filter_map(|line| line.trim().strip_prefix("XDG_DOWNLOAD_DIR=")).next_back()?;
    let value = value.trim().strip_prefix('"')?.strip_suffix('"')?;
    let value = value.replace("\\\"", "\"").replace("\\\\", "\\");
    match value.strip_prefix("$HOME") {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => Some(home?.join(rest.trim_start_matches('/'))),
        Some(_) => None,
        None => Some(PathBuf::from(value)).filter(|path| path.is_absolute()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_desktop_says_where_downloads_go() {
        let home = Some(Path::new("/home/bob"));
        let folder = |text| download_folder(text, home);
        let text = "# comment\nXDG_DESKTOP_DIR=\"$HOME/x\"\nXDG_DOWNLOAD_DIR=\"$HOME/Heruntergeladenes Zeug\"\n";
        assert_eq!(folder(text), Some("/home/bob/Heruntergeladenes Zeug".into()));
        assert_eq!(folder("XDG_DOWNLOAD_DIR=\"/srv/in\""), Some("/srv/in".into()));
        assert_eq!(folder("XDG_DOWNLOAD_DIR=\"$HOME\""), Some("/home/bob".into()));
        for wrong in ["", "XDG_DOWNLOAD_DIR=\"relative\"", "XDG_DOWNLOAD_DIR=\"$HOMEX/y\"", "XDG_DOWNLOAD_DIR=/bare"] {
            assert_eq!(folder(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn downloads_go_to_the_first_folder_that_exists() {
        let home = tempfile::tempdir().unwrap();
        let path = |name| home.path().join(name);
        let folders = |downloads: Option<PathBuf>| Folders { home: Some(home.path().into()), downloads };
        assert_eq!(folders(Some(path("Desk"))).downloads(), Path::new("."));
        fs::create_dir(path("Downloads")).unwrap();
        assert_eq!(folders(Some(path("Desk"))).downloads(), path("Downloads"));
        fs::create_dir(path("Desk")).unwrap();
        assert_eq!(folders(Some(path("Desk"))).downloads(), path("Desk"));
        assert_eq!(Folders::default().downloads(), Path::new("."));
    }

    #[test]
    fn the_home_folder_is_a_tilde_typed_and_shown() {
        let folders = Folders { home: Some("/home/bob".into()), downloads: None };
        assert_eq!(folders.typed("~/a b"), Path::new("/home/bob/a b"));
        assert_eq!(folders.typed("~"), Path::new("/home/bob"));
        assert_eq!(folders.typed("~eve/x"), Path::new("~eve/x"));
        assert_eq!(folders.shown(Path::new("/home/bob/in/x")), "~/in/x");
        assert_eq!(folders.shown(Path::new("/home/bobby/x\n")), "/home/bobby/x␊");
    }
}
