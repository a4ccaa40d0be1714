//! The checker on small houses with a fault built in: each is found, and the house without it passes.

use crate::circles::{shortest, told};
use crate::floors::Floors;
use crate::imports::{self, Imports};
use crate::modules::Modules;
use crate::names::{Names, lines_with};

/// The imports of a crate that consists of these files.
fn imports(files: &[(&str, &str)]) -> Imports {
    let source = |path: &str| files.iter().find(|(file, _)| *file == path).map(|(_, text)| (*text).to_owned());
    imports::of(&Modules::read("src/lib.rs", &source))
}

/// The circles in a crate that consists of these files.
fn circles(files: &[(&str, &str)]) -> Vec<String> {
    let imports = imports(files);
    shortest(&imports).iter().map(|circle| circle.join(" ")).collect()
}

const CLEAN: &[(&str, &str)] = &[
    ("src/lib.rs", "pub mod channel; mod ring; pub use channel::{Channel, Role};"),
    ("src/ring.rs", "pub struct Ring; #[cfg(test)] mod tests { use crate::channel::Channel; }"),
    ("src/channel/mod.rs", "mod role; mod attach; pub use role::Role; pub use attach::Channel;"),
    ("src/channel/role.rs", "pub enum Role { Writer }"),
    ("src/channel/attach.rs", "use super::Role; use crate::ring::Ring; pub struct Channel(Ring, Role);"),
];

/// The clean house with one file changed.
fn with(path: &'static str, text: &'static str) -> Vec<(&'static str, &'static str)> {
    CLEAN.iter().map(|&(file, was)| (file, if file == path { text } else { was })).collect()
}

#[test]
fn a_clean_house_passes() {
    assert_eq!(circles(CLEAN), [""; 0]);
    let imports = imports(CLEAN);
    let pairs: Vec<_> = imports.keys().map(|(from, to)| (from.as_str(), to.as_str())).collect();
    let attach = "src/channel/attach.rs";
    assert_eq!(pairs, [(attach, "src/channel/role.rs"), (attach, "src/ring.rs")]);
}

#[test]
fn two_files_that_import_each_other_are_found() {
    let house = with("src/channel/role.rs", "use super::attach::Channel;\npub enum Role { Writer(Channel) }");
    assert_eq!(circles(&house), ["src/channel/attach.rs src/channel/role.rs"]);
    let imports = imports(&house);
    let told = told(&shortest(&imports)[0], &imports);
    assert!(told.contains("src/channel/role.rs:1 imports super::attach::Channel from src/channel/attach.rs"), "{told}");
}

#[test]
fn a_circle_of_three_is_found() {
    let house = [
        ("src/lib.rs", "mod a; mod b; mod c;"),
        ("src/a.rs", "use crate::b::B; pub struct A(B);"),
        ("src/b.rs", "use crate::c::{self}; pub struct B(c::C);"),
        ("src/c.rs", "pub struct C; fn f() { let _ = [super::a::A::new()]; }"),
    ];
    assert_eq!(circles(&house), ["src/a.rs src/b.rs src/c.rs"]);
}

#[test]
fn a_circle_over_a_re_export_is_found() {
    // Twice re-exported, and renamed on the way.
    let house = [
        ("src/lib.rs", "mod a; mod b; mod face; pub use face::Front;"),
        ("src/face.rs", "pub use crate::a::A as Front;"),
        ("src/a.rs", "use crate::b::B; pub struct A(B);"),
        ("src/b.rs", "use crate::Front; pub struct B(Box<Front>);"),
    ];
    assert_eq!(circles(&house), ["src/a.rs src/b.rs"]);
}

#[test]
fn a_circle_over_a_glob_is_found() {
    let house = [
        ("src/lib.rs", "mod a; mod b; mod prelude { pub use crate::a::*; }"),
        ("src/a.rs", "use crate::b::B; pub struct A(B);"),
        ("src/b.rs", "use crate::prelude::*; pub struct B(Box<A>);"),
    ];
    assert!(circles(&house).contains(&"src/a.rs src/b.rs".to_owned()), "{:?}", circles(&house));
}

#[test]
fn a_parent_that_uses_what_it_re_exports_and_is_used_is_found() {
    let house = [
        ("src/lib.rs", "mod role; pub use role::Role; pub struct Config(Role);"),
        ("src/role.rs", "pub enum Role {} fn f(_: &super::Config) {}"),
    ];
    assert_eq!(circles(&house), ["src/lib.rs src/role.rs"]);
}

#[test]
fn paths_in_macros_patterns_and_attributes_are_found() {
    for a in [
        "fn f() { println!(\"{}\", crate::b::B) }",
        "fn f() { matches!(x, crate::b::B | None) }",
        "macro_rules! m { () => { $crate::b::B } }",
        "fn f(x: u8) { match x { crate::b::B => {} _ => {} } }",
        "use crate::b::B; fn f(x: u8) { match x { B => {} _ => {} } }",
        "#[error(\"{}\", crate::b::B)] struct Error;",
        "fn f() { use super::b; b::B; }",
        "fn f<T: crate::b::Trait>() {}",
        "impl crate::b::Trait for u8 {}",
        "use crate::b::Made;",
    ] {
        let house = [
            ("src/lib.rs", "mod a; mod b;"),
            ("src/a.rs", a),
            ("src/b.rs", "use crate::a::A; pub const B: u8 = 0; pub trait Trait {} make! { Made }"),
        ];
        assert_eq!(circles(&house), ["src/a.rs src/b.rs"], "{a}");
    }
}

#[test]
fn what_names_only_a_module_a_variable_or_another_crate_is_no_import() {
    for a in [
        "use crate::b;",
        "fn f(b: u8) { g(b) }",
        "use std::io; fn f() -> io::Error { b::B }",
        "pub(in crate::b) fn f() {}",
        "/// [`crate::b::B`]\nfn f() {}",
        "#[cfg(test)] use crate::b::B; #[cfg(all(test, not(loom)))] mod inner { use crate::b::B; }",
        "mod tests { use crate::b::B; }",
    ] {
        let house = [("src/lib.rs", "mod a; mod b;"), ("src/a.rs", a), ("src/b.rs", "use crate::a::A; pub struct B;")];
        assert_eq!(circles(&house), [""; 0], "{a}");
    }
}

#[test]
fn modules_are_found_where_rust_looks_for_them() {
    let house = [
        ("src/lib.rs", "mod a; #[path = \"../other/b.rs\"] mod b; #[cfg(not(loom))] mod c { mod d; }"),
        ("src/a.rs", "mod inner; use crate::b::B;"),
        ("src/a/inner.rs", "use crate::a::A;"),
        ("other/b.rs", "use crate::a::inner::I;"),
        ("src/c/d/mod.rs", "use super::super::a::A;"),
    ];
    assert_eq!(circles(&house), ["other/b.rs src/a/inner.rs src/a.rs"]);
}

#[test]
fn an_import_of_an_upper_floor_is_found() {
    let house = Floors { folder: "src", rooms: &["ring", "channel"] };
    let inner = Floors { folder: "src/channel", rooms: &["role", "attach"] };
    let upward = |files: &[(&str, &str)]| {
        let imports = imports(files);
        let pairs = imports.into_keys().filter(|(from, to)| [&house, &inner].iter().any(|it| it.goes_upward(from, to)));
        pairs.map(|(from, to)| format!("{from} {to}")).collect::<Vec<_>>()
    };
    assert_eq!(upward(CLEAN), [""; 0]);
    let above = with("src/ring.rs", "pub struct Ring(crate::Role);");
    assert_eq!(upward(&above), ["src/ring.rs src/channel/role.rs"]);
    let above = with("src/channel/role.rs", "use super::Channel; pub enum Role {}");
    assert_eq!(upward(&above), ["src/channel/role.rs src/channel/attach.rs"]);
    // The folder's own file is above what is in it, and the crate's above all.
    let roof = with("src/channel/mod.rs", "mod role; mod attach; pub use role::Role; pub struct Channel;");
    assert_eq!(upward(&roof), [""; 0]);
    let roof = with("src/channel/attach.rs", "use super::Channel;");
    assert_eq!(upward(&roof), [""; 0], "it is re-exported from here");
    let mut roof = with("src/channel/mod.rs", "mod role; mod attach; pub struct Shared;");
    roof[4].1 = "use super::Shared;";
    assert_eq!(upward(&roof), ["src/channel/attach.rs src/channel/mod.rs"]);
}

#[test]
fn a_room_without_a_floor_has_none() {
    let house = Floors { folder: "src/channel", rooms: &["mod", "role"] };
    assert_eq!(house.room("src/channel/role/inner.rs"), Some("role"));
    assert_eq!(house.room("src/channel.rs"), Some("mod"));
    assert_eq!(house.room("src/channels/role.rs"), None);
    assert_eq!(house.floor("mod"), Some(0), "a roof that the table puts lower");
    assert_eq!(house.floor("attic"), None);
}

#[test]
fn every_path_is_known_in_full() {
    let text = "use std::{fs::{self, File}, io as i}; fn f() { libc::getpid(); println!(\"{}\", ::nix::errno()) }";
    let names = Names::of(&syn::parse_file(text).unwrap().items);
    let paths: Vec<_> = names.all_paths().map(|named| named.path.join("::")).collect();
    for path in ["std::fs", "std::fs::File", "std::io", "libc::getpid", "nix::errno"] {
        assert!(paths.iter().any(|other| other == path), "{path} in {paths:?}");
    }
}

#[test]
fn an_attribute_is_found_wherever_it_stands() {
    let text =
        "//! allow(unsafe_code)\n#[cfg_attr(x, allow(a, unsafe_code))]\nfn f() { #[allow(dead_code)] g(unsafe_code) }";
    assert_eq!(lines_with(text, &["allow"], "unsafe_code"), [2]);
}
