//! A crate's modules as its root names them, each with what it says.

use crate::names::{Names, for_tests};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use syn::{Attribute, Expr, Item, Lit, Meta};

/// Gives the text of a file, if there is such a file.
pub(crate) type Sources<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A module: a file, or a part of one.
pub(crate) struct Module {
    pub(crate) file: String,
    pub(crate) parent: Option<usize>,
    /// A name can have two, each behind a condition of its own.
    pub(crate) children: BTreeMap<String, Vec<usize>>,
    /// It is compiled for tests only.
    pub(crate) test: bool,
    pub(crate) names: Names,
}

/// A crate's modules; the first is its root.
pub(crate) struct Modules(pub(crate) Vec<Module>);

impl Modules {
    /// Reads a crate from its root.
    ///
    /// # Panics
    /// If a file is missing or is no Rust.
    pub(crate) fn read(root: &str, sources: Sources<'_>) -> Self {
        let mut modules = Self(Vec::new());
        let folder = Path::new(root).parent().unwrap().to_owned();
        modules.file(root.to_owned(), &folder, None, false, sources);
        modules
    }

    /// The files of the crate, without those that are compiled for tests only.
    pub(crate) fn files(&self) -> BTreeSet<&str> {
        self.0.iter().filter(|module| !module.test).map(|module| module.file.as_str()).collect()
    }

    /// The file in which this module stands.
    pub(crate) fn file_of(&self, module: usize) -> &str {
        &self.0[module].file
    }

    /// Whether `module` is `above`, or inside of it.
    pub(crate) fn inside(&self, module: usize, above: usize) -> bool {
        std::iter::successors(Some(module), |&module| self.0[module].parent).any(|module| module == above)
    }

    /// Adds the module that is the file at `path`; its modules are looked for in `folder`.
    fn file(&mut self, path: String, folder: &Path, parent: Option<usize>, test: bool, sources: Sources<'_>) -> usize {
        let text = sources(&path).unwrap_or_else(|| panic!("no file {path}"));
        let file = syn::parse_file(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
        self.module(&file.items, path, folder, parent, test || for_tests(&file.attrs), sources)
    }

    fn module(
        &mut self,
        items: &[Item],
        path: String,
        folder: &Path,
        parent: Option<usize>,
        test: bool,
        sources: Sources<'_>,
    ) -> usize {
        let index = self.0.len();
        let names = Names::of(items);
        self.0.push(Module { file: path.clone(), parent, children: BTreeMap::new(), test, names });
        for item in items {
            let Item::Mod(item) = item else { continue };
            let name = item.ident.to_string();
            let test = test || name == "tests" || for_tests(&item.attrs);
            let inner = folder.join(&name);
            let child = if let Some((_, items)) = &item.content {
                self.module(items, path.clone(), &inner, Some(index), test, sources)
            } else if let Some(other) = path_attribute(&item.attrs) {
                let other = plain(&Path::new(&path).parent().unwrap().join(other));
                let folder = Path::new(&other).parent().unwrap().to_owned();
                self.file(other, &folder, Some(index), test, sources)
            } else {
                let candidates = [inner.with_extension("rs"), inner.join("mod.rs")].map(|path| plain(&path));
                let found = candidates.iter().find(|path| sources(path).is_some());
                let found = found.unwrap_or_else(|| panic!("{path}: no file for the module {name}"));
                self.file(found.clone(), &inner, Some(index), test, sources)
            };
            self.0[index].children.entry(name).or_default().push(child);
        }
        index
    }
}

/// The file that `#[path = ".."]` names.
fn path_attribute(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    })
}

/// The path without `..` in it.
fn plain(path: &Path) -> String {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain.to_str().expect("a path of text").to_owned()
}
