//! The chapters as pages, for `docs/learn`.

use crate::chapters::CHAPTERS;
use crate::story::{Cast, Chapter, Goal, Line};
use crate::wrap::wrap;
use std::fmt::Write;
use std::fs;
use std::io;
use std::path::Path;

/// Writes all pages.
pub(crate) fn write(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for (name, text) in all() {
        fs::write(folder.join(name), text)?;
    }
    Ok(())
}

/// Each page's name and text.
pub(crate) fn all() -> Vec<(String, String)> {
    let mut pages = vec![("README.md".to_owned(), contents())];
    pages.extend(CHAPTERS.iter().enumerate().map(|(index, chapter)| (name(index), page(index, chapter))));
    pages
}

fn name(index: usize) -> String {
    format!("{:02}-{}.md", index + 1, CHAPTERS[index].slug)
}

/// The width of the repository's documents.
const COLUMNS: usize = 120;

/// `write!` to a string does not fail.
macro_rules! add { ($text:expr, $($what:tt)*) => { _ = writeln!($text, $($what)*) } }

/// A paragraph.
fn add_wrapped(text: &mut String, words: &str) {
    add!(text, "{}\n", wrap(words, COLUMNS).join("\n"));
}

/// The first page.
pub(crate) fn contents() -> String {
    let mut text = String::new();
    add!(text, "# Shared memory, by doing\n");
    add_wrapped(
        &mut text,
        "These pages are the guided tour, for those who would rather read. `make tour` is the tour itself: two real \
         processes, stopped before each line, and you are their scheduler. `make learn` writes these pages from its words.",
    );
    for (index, chapter) in CHAPTERS.iter().enumerate() {
        add!(text, "{}. [{}]({})", index + 1, chapter.title, name(index));
    }
    add!(text, "\n## The original program\n");
    add_wrapped(
        &mut text,
        "The two programs of chapter 1 speak the protocol of the teaching program that shmchat grew from, to the letter, so \
         each of them can also talk with that program's other half. Without a screen, lines go in and come out:",
    );
    add!(text, "```sh");
    add!(text, "shmchat-tour original writer --path FILE --project-id 65    # start this one first");
    add!(text, "shmchat-tour original reader --path FILE --project-id 65    # in the same folder, because of ./myfifo");
    add!(text, "```\n");
    add_wrapped(
        &mut text,
        "The program is `target/tour/debug/shmchat-tour` once `make tour` has built it. `--fifo` names another FIFO, `--size` \
         says how large the segment is (4096 bytes), and `--sleep 1` has each end sleep for a second after each message, as the \
         original does; without it, a line that is sent too soon overwrites the last one. A line that is just `x` ends both. \
         `shmchat-tour --chapter 4` begins the tour there.",
    );
    text
}

fn page(index: usize, chapter: &Chapter) -> String {
    let mut text = String::new();
    add!(text, "# {}. {}\n", index + 1, chapter.title);
    for paragraph in chapter.intro {
        add_wrapped(&mut text, paragraph);
    }
    add!(text, "![The tour in this chapter](../screen/tour-{}.svg)\n", chapter.slug);
    let mut before = None;
    for goal in chapter.goals {
        // Not the same programs again.
        let code = [goal.play.code[0].as_ptr(), goal.play.code[1].as_ptr()];
        add_goal(&mut text, goal, before.replace(code) != Some(code));
    }
    let link = |index: usize| format!("[{}. {}]({})", index + 1, CHAPTERS[index].title, name(index));
    let mut ways = vec!["[All chapters](README.md)".to_owned()];
    ways.extend(index.checked_sub(1).map(|before| format!("before: {}", link(before))));
    ways.extend((index + 1 < CHAPTERS.len()).then(|| format!("next: {}", link(index + 1))));
    add!(text, "{}", ways.join(" · "));
    text
}

fn add_goal(text: &mut String, goal: &Goal, with_code: bool) {
    let mut name = goal.name.chars();
    let first = name.next().map(|c| c.to_uppercase().collect::<String>()).unwrap_or_default();
    add!(text, "## {first}{}\n", name.as_str());
    if with_code && goal.play.has_sides() {
        add!(text, "{}", programs(goal.play.code));
    }
    if let Cast::Library { mutants } = goal.play.cast {
        for mutant in mutants.iter().flatten() {
            add!(text, "One line is sabotaged here: `SHMCHAT_SABOTAGE={mutant}` in a test build.\n");
        }
    }
    let way = [goal.hint, goal.question.ask].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    add_wrapped(text, &way);
    for (number, answer) in goal.question.answers.iter().enumerate() {
        add!(text, "{}. {answer}", number + 1);
    }
    add!(text, "\n<details><summary>What happens, and why</summary>\n");
    if let Cast::Page(page) = goal.play.cast {
        add!(text, "```text\n{page}\n```\n");
    }
    let then = if goal.then.is_empty() { String::new() } else { format!("{} ", goal.then) };
    add_wrapped(text, &format!("{then}The answer is {}. {}", goal.question.right + 1, goal.why.join(" ")));
    add_wrapped(text, &format!("In the real program: {}", linked(goal.file)));
    add!(text, "</details>\n");
}

/// Both programs beside each other.
fn programs(code: [&[Line]; 2]) -> String {
    let width = code[0].iter().map(|line| line.code.chars().count()).max().unwrap_or(0).max(6);
    let mut text = format!("```text\n{:<width$} │ reader\n", "writer");
    for row in 0..code[0].len().max(code[1].len()) {
        let [left, right] = code.map(|lines| lines.get(row).map_or("", |line| line.code));
        add!(text, "{}", format!("{left:<width$} │ {right}").trim_end());
    }
    text + "```\n"
}

/// Paths as links.
fn linked(words: &str) -> String {
    let link = |word: &str| {
        let path = word.trim_end_matches([',', ':', ';']);
        let rest = &word[path.len()..];
        if path.contains('/') && path.contains('.') {
            format!("[`{path}`](../../{path}){rest}")
        } else {
            word.to_owned()
        }
    };
    words.split(' ').map(link).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_in_docs_say_what_the_tour_says() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/learn");
        let mut there: Vec<_> = fs::read_dir(&folder)
            .expect("docs/learn")
            .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
            .collect();
        there.sort();
        let mut pages = all();
        pages.sort();
        assert_eq!(there, pages.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>());
        for (name, text) in pages {
            let found = fs::read_to_string(folder.join(&name)).expect("a page");
            assert_eq!(found, text, "{name} is old: make learn");
        }
    }

    #[test]
    fn every_file_that_a_chapter_names_is_there() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for goal in CHAPTERS.iter().flat_map(|chapter| chapter.goals) {
            let paths = goal.file.split([' ', ',', ':', ';']).filter(|word| word.contains('/') && word.contains('.'));
            let paths: Vec<_> = paths.collect();
            assert!(!paths.is_empty(), "{}", goal.file);
            for path in paths {
                assert!(root.join(path).is_file(), "{path}");
            }
        }
    }
}
