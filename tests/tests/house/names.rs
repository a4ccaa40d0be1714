//! What one module says: the names it defines, the names it imports, and every path it writes.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use std::collections::HashSet;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{Attribute, Item, Meta, Token, UseTree, Visibility};

/// A path as it is written, and where.
pub(crate) struct Named {
    pub(crate) path: Vec<String>,
    pub(crate) line: usize,
    /// It begins with `::`, and so with a crate's name.
    pub(crate) absolute: bool,
}

/// One name brought in by a `use`.
pub(crate) struct Import {
    pub(crate) named: Named,
    /// What it is called here; none for `as _` and for `*`.
    pub(crate) name: Option<String>,
    pub(crate) glob: bool,
    /// Others can import it from here.
    pub(crate) reexport: bool,
}

/// All that a module says.
#[derive(Default)]
pub(crate) struct Names {
    pub(crate) items: HashSet<String>,
    pub(crate) macros: HashSet<String>,
    pub(crate) imports: Vec<Import>,
    pub(crate) paths: Vec<Named>,
    /// What functions around the place at hand call their variables.
    bound: Vec<HashSet<String>>,
}

impl Names {
    /// Reads a module's items. Modules inside of it are modules of their own, and tests are none of its code.
    pub(crate) fn of(items: &[Item]) -> Self {
        let mut names = Self::default();
        for item in items.iter().filter(|item| !matches!(item, Item::Mod(_)) && !for_tests(attributes(item))) {
            names.items.extend(defined(item));
            names.visit_item(item);
        }
        names
    }

    /// Every path that is written, those of imports included.
    pub(crate) fn all_paths(&self) -> impl Iterator<Item = &Named> {
        self.imports.iter().map(|import| &import.named).chain(&self.paths)
    }

    fn push(&mut self, idents: &[&Ident], absolute: bool) {
        let path: Vec<_> = idents.iter().map(|ident| plain(ident)).collect();
        let variable = path.len() == 1 && self.bound.iter().any(|bound| bound.contains(&path[0]));
        if !variable && path[0] != "Self" {
            self.paths.push(Named { path, line: idents[0].span().start().line, absolute });
        }
    }

    fn import(&mut self, tree: &UseTree, before: &[&Ident], absolute: bool, reexport: bool) {
        let mut leaf = |idents: Vec<&Ident>, last: &Ident, name: Option<String>, glob| {
            let path = idents.into_iter().map(plain).collect();
            let named = Named { path, line: last.span().start().line, absolute };
            self.imports.push(Import { named, name, glob, reexport });
        };
        // `a::{self}` is `a`.
        let whole = |last| if last == "self" { before.to_vec() } else { [before, &[last]].concat() };
        match tree {
            UseTree::Path(path) => self.import(&path.tree, &[before, &[&path.ident]].concat(), absolute, reexport),
            UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.import(tree, before, absolute, reexport));
            }
            UseTree::Name(name) => {
                let idents = whole(&name.ident);
                let called = idents.last().map(|ident| plain(ident));
                leaf(idents, &name.ident, called, false);
            }
            UseTree::Rename(name) => {
                let called = (name.rename != "_").then(|| plain(&name.rename));
                leaf(whole(&name.ident), &name.ident, called, false);
            }
            UseTree::Glob(_) => {
                if let Some(last) = before.last() {
                    leaf(before.to_vec(), last, None, true);
                }
            }
        }
    }

    /// Paths in what a macro is given or made of: words with `::` between them.
    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let is = |index: usize, wanted| matches!(tokens.get(index), Some(TokenTree::Punct(p)) if p.as_char() == wanted);
        let colons = |index| is(index, ':') && is(index + 1, ':');
        let mut index = 0;
        while index < tokens.len() {
            let start = index;
            index += 1;
            match &tokens[start] {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Ident(first) => {
                    let mut idents = vec![first];
                    while let (true, Some(TokenTree::Ident(next))) = (colons(index), tokens.get(index + 2)) {
                        idents.push(next);
                        index += 3;
                    }
                    let before = |char| start > 0 && is(start - 1, char);
                    let member = before('.') && !(start > 1 && is(start - 2, '.'));
                    let parameter = before('\'') || (before('$') && first != "crate");
                    let field = idents.len() == 1 && is(index, ':') && !colons(index);
                    if !member && !parameter && !field {
                        self.push(&idents, start > 1 && colons(start - 2));
                    }
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }

    fn within(&mut self, bound: HashSet<String>, visit: impl FnOnce(&mut Self)) {
        self.bound.push(bound);
        visit(self);
        self.bound.pop();
    }
}

impl<'a> Visit<'a> for Names {
    fn visit_item_use(&mut self, item: &'a syn::ItemUse) {
        let reexport = !matches!(item.vis, Visibility::Inherited);
        self.import(&item.tree, &[], item.leading_colon.is_some(), reexport);
    }

    fn visit_path(&mut self, path: &'a syn::Path) {
        let idents: Vec<_> = path.segments.iter().map(|segment| &segment.ident).collect();
        self.push(&idents, path.leading_colon.is_some());
        visit::visit_path(self, path);
    }

    fn visit_pat_ident(&mut self, pattern: &'a syn::PatIdent) {
        // A constant or a variant: variables begin with a small letter.
        if pattern.ident.to_string().starts_with(char::is_uppercase) {
            self.push(&[&pattern.ident], false);
        }
        visit::visit_pat_ident(self, pattern);
    }

    fn visit_macro(&mut self, called: &'a syn::Macro) {
        self.visit_path(&called.path);
        match Punctuated::<syn::Expr, Token![,]>::parse_terminated.parse2(called.tokens.clone()) {
            // What lives as long as the source is the visitor's; these are read at once.
            Ok(values) => {
                let mut inner = Self { bound: std::mem::take(&mut self.bound), ..Self::default() };
                values.iter().for_each(|value| inner.visit_expr(value));
                self.imports.append(&mut inner.imports);
                self.paths.append(&mut inner.paths);
                self.bound = inner.bound;
            }
            Err(_) => self.tokens(called.tokens.clone()),
        }
    }

    fn visit_item_macro(&mut self, item: &'a syn::ItemMacro) {
        if let Some(name) = &item.ident {
            self.macros.insert(plain(name));
            self.tokens(item.mac.tokens.clone());
        } else {
            self.visit_macro(&item.mac);
        }
    }

    fn visit_attribute(&mut self, attribute: &'a Attribute) {
        match &attribute.meta {
            Meta::List(list) if !list.path.is_ident("cfg") => self.tokens(list.tokens.clone()),
            Meta::NameValue(pair) => self.visit_expr(&pair.value),
            Meta::List(_) | Meta::Path(_) => {}
        }
    }

    fn visit_item_fn(&mut self, function: &'a syn::ItemFn) {
        let bound = Variables::of(|variables| variables.visit_item_fn(function));
        self.within(bound, |names| visit::visit_item_fn(names, function));
    }

    fn visit_impl_item_fn(&mut self, function: &'a syn::ImplItemFn) {
        if for_tests(&function.attrs) {
            return;
        }
        let bound = Variables::of(|variables| variables.visit_impl_item_fn(function));
        self.within(bound, |names| visit::visit_impl_item_fn(names, function));
    }

    fn visit_trait_item_fn(&mut self, function: &'a syn::TraitItemFn) {
        let bound = Variables::of(|variables| variables.visit_trait_item_fn(function));
        self.within(bound, |names| visit::visit_trait_item_fn(names, function));
    }

    fn visit_item(&mut self, item: &'a Item) {
        if !for_tests(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    /// `pub(in a::path)` says who may look, and imports nothing.
    fn visit_visibility(&mut self, _: &'a Visibility) {}
}

/// What a function calls its variables.
#[derive(Default)]
struct Variables(HashSet<String>);

impl Variables {
    fn of(visit: impl FnOnce(&mut Self)) -> HashSet<String> {
        let mut variables = Self::default();
        visit(&mut variables);
        variables.0
    }
}

impl<'a> Visit<'a> for Variables {
    fn visit_pat_ident(&mut self, pattern: &'a syn::PatIdent) {
        let name = plain(&pattern.ident);
        if !name.starts_with(char::is_uppercase) {
            self.0.insert(name);
        }
        visit::visit_pat_ident(self, pattern);
    }
}

/// Whether this is compiled for tests only.
pub(crate) fn for_tests(attributes: &[Attribute]) -> bool {
    fn asks_for_test(condition: &Meta) -> bool {
        match condition {
            Meta::Path(path) => path.is_ident("test"),
            Meta::List(list) if list.path.is_ident("all") => {
                let all = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
                all.is_ok_and(|all| all.iter().any(asks_for_test))
            }
            Meta::List(_) | Meta::NameValue(_) => false,
        }
    }
    let mut conditions = attributes.iter().filter(|attribute| attribute.path().is_ident("cfg"));
    conditions.any(|attribute| attribute.parse_args().is_ok_and(|condition| asks_for_test(&condition)))
}

/// The lines at which `word(what)` stands in a source, wherever it may: in an attribute, or in one that is behind a cfg.
pub(crate) fn lines_with(source: &str, words: &[&str], what: &str) -> Vec<usize> {
    fn walk(tokens: TokenStream, words: &[&str], what: &str, found: &mut Vec<usize>) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        for (index, token) in tokens.iter().enumerate() {
            let TokenTree::Group(group) = token else { continue };
            let before = index.checked_sub(1).map(|index| &tokens[index]);
            let named = matches!(before, Some(TokenTree::Ident(ident)) if words.iter().any(|word| ident == word));
            let has = |token: TokenTree| matches!(token, TokenTree::Ident(ident) if ident == what);
            if named && group.delimiter() == Delimiter::Parenthesis && group.stream().into_iter().any(has) {
                found.push(group.span().start().line);
            }
            walk(group.stream(), words, what, found);
        }
    }
    let mut found = Vec::new();
    walk(source.parse().expect("the tokens of a source"), words, what, &mut found);
    found
}

/// Without `r#`.
fn plain(ident: &Ident) -> String {
    ident.to_string().trim_start_matches("r#").to_owned()
}

/// The names that others can ask this module for.
fn defined(item: &Item) -> Vec<String> {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::TraitAlias(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return Vec::new(),
    };
    vec![plain(ident)]
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::TraitAlias(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
