//! The documents of this repository, as far as a test can read them: their links, and the commands that they name.

use crate::covered::quoted;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

/// A Markdown file of the repository.
pub struct Document {
    /// Where it is, from the repository's root.
    pub path: PathBuf,
    /// What it says.
    pub text: String,
}

/// The repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository").to_owned()
}

/// Every file below `folder`, as seen from the repository's root, without what was built or measured.
///
/// # Panics
/// If there is no such folder.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root().join(folder)).expect("a folder").flatten() {
        let (path, name) = (folder.join(entry.file_name()), entry.file_name());
        if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            found.push(path);
        } else if !["target", ".git", "results"].iter().any(|built| name == *built) {
            found.extend(files(&path));
        }
    }
    found
}

/// The documents that people read: those at the root, and those in `docs`.
///
/// # Panics
/// If one that must be there is not.
pub fn documents() -> Vec<Document> {
    let is_read = |path: &PathBuf| path.components().count() == 1 || path.starts_with("docs");
    let is_text = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "md");
    let paths = files(Path::new("")).into_iter().filter(|path| is_read(path) && is_text(path));
    let read = |path: PathBuf| Document { text: fs::read_to_string(root().join(&path)).expect("UTF-8"), path };
    let found: Vec<_> = paths.map(read).collect();
    for name in ["README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/ARCHITECTURE.md", "docs/TESTING.md"] {
        assert!(found.iter().any(|document| document.path == Path::new(name)), "no {name}");
    }
    found
}

/// The same without the changelog, whose lines are about their own time.
pub fn about_today() -> impl Iterator<Item = Document> {
    documents().into_iter().filter(|document| document.path != Path::new("CHANGELOG.md"))
}

impl Document {
    /// What does not stand in a block of code.
    pub fn prose(&self) -> String {
        let (mut inside, mut prose) = (false, String::new());
        for line in self.text.lines() {
            if line.starts_with("```") {
                inside = !inside;
            } else if !inside {
                prose += line;
                prose.push('\n');
            }
        }
        prose
    }

    /// The blocks of code in this language.
    pub fn blocks(&self, language: &str) -> Vec<String> {
        let open = format!("```{language}");
        let mut blocks = Vec::new();
        let mut lines = self.text.lines();
        while let Some(line) = lines.next() {
            if line.starts_with("```") {
                let block: Vec<_> = lines.by_ref().take_while(|line| !line.starts_with("```")).collect();
                blocks.extend((line == open).then(|| block.join("\n")));
            }
        }
        blocks
    }

    /// Each piece of code: what stands in backticks, and the lines of the shell's blocks.
    pub fn code(&self) -> Vec<String> {
        let prose = self.prose();
        // A backtick without its other one shifts no more than its own paragraph.
        let spans = prose.split("\n\n").flat_map(quoted).map(|span| span.replace('\n', " "));
        let blocks = self.blocks("sh");
        let lines = blocks.iter().flat_map(|block| block.lines()).map(|line| without_comment(line).to_owned());
        spans.chain(lines).collect()
    }

    /// Links that lead nowhere.
    pub fn broken_links(&self) -> Vec<String> {
        let here = self.path.parent().expect("a file lies in a folder");
        let is_broken = |link: &String| {
            let (file, anchor) = link.split_once('#').map_or((link.as_str(), None), |(file, at)| (file, Some(at)));
            if file.is_empty() {
                return anchor.is_some_and(|anchor| !anchors(&self.text).contains(anchor));
            }
            let path = normal(&here.join(file)).map(|path| root().join(path));
            let Some(path) = path.filter(|path| path.exists()) else { return true };
            let text = || fs::read_to_string(path).unwrap_or_default();
            anchor.is_some_and(|anchor| !anchors(&text()).contains(anchor))
        };
        links(&self.prose()).into_iter().filter(is_broken).collect()
    }
}

/// Where links within the repository lead.
fn links(prose: &str) -> Vec<String> {
    // What is in backticks is no link, but may be what a link is called.
    let outside = |(at, text)| if at % 2 == 0 { text } else { "code" };
    let mut found = Vec::new();
    for paragraph in prose.split("\n\n") {
        let plain: String = paragraph.split('`').enumerate().map(outside).collect();
        let targets = plain.split("](").skip(1).filter_map(|after| after.split(')').next());
        found.extend(targets.filter(|target| !target.contains("://")).map(str::to_owned));
    }
    found
}

/// What links can lead to within a text, as GitHub makes it of its headings.
fn anchors(text: &str) -> BTreeSet<String> {
    let document = Document { path: PathBuf::new(), text: text.to_owned() };
    let mut seen = BTreeMap::new();
    let mut found = BTreeSet::new();
    for heading in document.prose().lines().filter(|line| line.starts_with('#')) {
        let title = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = |c: &char| c.is_alphanumeric() || [' ', '-', '_'].contains(c);
        let slug: String = title.chars().filter(kept).map(|c| if c == ' ' { '-' } else { c }).collect();
        let times = seen.entry(slug.clone()).or_insert(0);
        found.insert(if *times == 0 { slug } else { format!("{slug}-{times}") });
        *times += 1;
    }
    found
}

/// The path without `..`; none if it leads out of the repository.
fn normal(path: &Path) -> Option<PathBuf> {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => normal.pop().then_some(())?,
            Component::Normal(name) => normal.push(name),
            _ => {}
        }
    }
    Some(normal)
}

/// A line of the shell without its comment.
pub fn without_comment(line: &str) -> &str {
    if line.starts_with('#') { "" } else { line.split(" #").next().unwrap_or_default().trim_end() }
}

/// The simple commands in a piece of code, each as its words.
pub fn commands(code: &str) -> Vec<Vec<&str>> {
    let plain = |word: &&str| *word != "sudo";
    code.split(['|', ';', '&', '(', ')']).map(|part| part.split_whitespace().filter(plain).collect()).collect()
}
