//! Tells a command from a message.
use super::table::{Argument, COMMANDS, CommandRow, ESCAPE};

/// Names that differ from what was typed by more than this are no suggestions: 0 is nothing alike, 1 the same.
const SIMILAR: f64 = 0.7;

/// What a line is once Enter is pressed.
#[derive(Debug)]
pub(crate) enum Line<'a> {
    /// A message. A doubled slash at its start is a single one here.
    Message(&'a str),
    /// A command, with its argument, which is there if it must be and empty if it was left out.
    Command(&'static CommandRow, &'a str),
}

/// The line begins with a slash and is not a command. It says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotACommand {
    /// There is no command of this name. Holds the one that it looks like.
    #[error("not a command{}; // sends a slash", suggested(.0))]
    Unknown(Option<&'static str>),
    /// Its argument is missing.
    #[error("{usage} needs {argument}")]
    Missing {
        /// As the help shows the command.
        usage: String,
        /// What the help calls its argument.
        argument: &'static str,
    },
    /// It takes no argument.
    #[error("/{0} takes nothing after it; // sends a slash")]
    Unwanted(&'static str),
    /// It was followed by other lines.
    #[error("/{0} is one line; // sends a slash")]
    Lines(&'static str),
}

fn suggested(nearest: &Option<&'static str>) -> String {
    nearest.map_or(String::new(), |name| format!(" (did you mean /{name}?)"))
}

/// What this line is. Only its very first character can make it a command.
pub(crate) fn parse(line: &str) -> Result<Line<'_>, NotACommand> {
    let Some(after) = line.strip_prefix('/') else { return Ok(Line::Message(line)) };
    if after.starts_with('/') {
        return Ok(Line::Message(after));
    }
    let (typed, argument) = after.split_at(after.find(char::is_whitespace).unwrap_or(after.len()));
    let argument = argument.trim();
    let Some(row) = COMMANDS.iter().find(|row| row.name == typed) else {
        return Err(NotACommand::Unknown(nearest(typed)));
    };
    match row.argument {
        Argument::Required(name) if argument.is_empty() => {
            Err(NotACommand::Missing { usage: row.usage(), argument: name })
        }
        Argument::None if !argument.is_empty() => Err(NotACommand::Unwanted(row.name)),
        _ if !row.lines && argument.contains('\n') => Err(NotACommand::Lines(row.name)),
        _ => Ok(Line::Command(row, argument)),
    }
}

/// The name of a command as far as it is typed at the start of `line`, without the slash. `None` if the line is a message.
fn typed_name(line: &str) -> Option<&str> {
    let after = line.strip_prefix('/').filter(|after| !after.starts_with('/'))?;
    after.split(char::is_whitespace).next()
}

/// Whether this is the name of a command, perhaps with something after it.
pub(crate) fn is_name(text: &str) -> bool {
    let name = text.split(char::is_whitespace).next();
    COMMANDS.iter().any(|row| Some(row.name) == name)
}

/// The commands whose names begin with this.
fn matching(typed: &str) -> impl Iterator<Item = &'static CommandRow> + Clone {
    COMMANDS.iter().filter(move |row| row.name.starts_with(typed))
}

/// What to say about a line that begins with a slash while it is typed. `None` if it does not.
pub(crate) fn hint(line: &str) -> Option<String> {
    let Some(typed) = typed_name(line) else {
        return line.starts_with('/').then(|| format!("{}  {}", ESCAPE.0, ESCAPE.1));
    };
    let usage = |row: &CommandRow| format!("{}  {}", row.usage(), row.does);
    if let Some(row) = COMMANDS.iter().find(|row| row.name == typed) {
        return Some(usage(row));
    }
    // Once the name has ended, nothing will complete it.
    let mut fitting = matching(typed).filter(|_| line.len() == 1 + typed.len());
    let names = fitting.clone().map(|row| format!("/{}", row.name)).collect::<Vec<_>>().join("  ");
    Some(match (fitting.next(), fitting.next()) {
        (None, _) => NotACommand::Unknown(nearest(typed)).to_string(),
        (Some(row), None) => usage(row),
        (Some(_), Some(_)) => names,
    })
}

/// What Tab makes of the name of a command.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Completed {
    /// How many bytes of the line to replace, from its start.
    pub(crate) replaced: usize,
    pub(crate) with: String,
}

/// Completes the name before the cursor, as far as it is certain. `None` if the cursor is not in a command's name.
///
/// # Errors
/// If no command begins like this.
pub(crate) fn complete(line: &str, cursor: usize) -> Option<Result<Completed, NotACommand>> {
    let name = typed_name(line)?;
    let end = 1 + name.len();
    let typed = line.get(1..cursor).filter(|_| cursor <= end)?;
    let mut fitting = matching(typed);
    let Some(first) = fitting.next() else { return Some(Err(NotACommand::Unknown(nearest(typed)))) };
    let rest: Vec<_> = fitting.map(|row| row.name).collect();
    let (replaced, with) = match rest[..] {
        [] if first.argument == Argument::None || line.len() > end => (end, format!("/{}", first.name)),
        [] => (end, format!("/{} ", first.name)),
        _ => {
            let shared = |other: &&str| first.name.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
            let length = rest.iter().map(shared).min().unwrap_or_default();
            (cursor, format!("/{}", &first.name[..length]))
        }
    };
    Some(Ok(Completed { replaced, with }))
}

/// The line that sends `text` as a message, even if it begins with a slash.
pub(crate) fn escaped(text: &str) -> String {
    if text.starts_with('/') { format!("/{text}") } else { text.to_owned() }
}

/// The command that this looks like.
fn nearest(typed: &str) -> Option<&'static str> {
    let typed = typed.to_lowercase();
    if let Some(begun) = matching(&typed).next().filter(|_| !typed.is_empty()) {
        return Some(begun.name);
    }
    let likeness = |row: &&CommandRow| (row.name, strsim::jaro_winkler(row.name, &typed));
    let most = COMMANDS.iter().map(|row| likeness(&row)).max_by(|one, other| one.1.total_cmp(&other.1))?;
    (most.1 > SIMILAR).then_some(most.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn refused(line: &str) -> String {
        parse(line).unwrap_err().to_string()
    }

    #[test]
    fn only_the_first_character_of_a_line_makes_a_command() {
        for text in ["", "hello", "see /quit", " /quit", "\n/quit", "and/or"] {
            assert!(matches!(parse(text), Ok(Line::Message(same)) if same == text), "{text:?}");
        }
        assert!(matches!(parse("/quit"), Ok(Line::Command(row, "")) if row.name == "quit"));
        assert!(matches!(parse("/save  a b \n"), Ok(Line::Command(row, "a b")) if row.name == "save"));
    }

    #[test]
    fn two_slashes_send_one() {
        for (line, sent) in [("//usr/bin", "/usr/bin"), ("//", "/"), ("///", "//"), ("// a comment", "/ a comment")] {
            assert!(matches!(parse(line), Ok(Line::Message(message)) if message == sent), "{line:?}");
        }
    }

    #[test]
    fn what_is_no_command_says_so_with_the_nearest_one_and_the_way_to_send_it() {
        for line in ["/usr/bin/foo -v", "/", "/ quit", "/etc"] {
            assert_eq!(refused(line), "not a command; // sends a slash", "{line}");
        }
        for (line, name) in [("/qiut", "quit"), ("/Quit", "quit"), ("/q", "quit"), ("/serach x", "search")] {
            assert_eq!(refused(line), format!("not a command (did you mean /{name}?); // sends a slash"), "{line}");
        }
    }

    #[test]
    fn a_command_says_what_its_argument_must_be() {
        assert_eq!(refused("/save"), "/save FILE needs FILE");
        assert_eq!(refused("/quit now"), "/quit takes nothing after it; // sends a slash");
        assert_eq!(refused("/save a\nb"), "/save is one line; // sends a slash");
    }

    #[test]
    fn a_name_is_completed_as_far_as_it_is_certain() {
        let completed = |line: &str, cursor| match complete(line, cursor)? {
            Ok(Completed { replaced, with }) => Some(with + &line[replaced..]),
            Err(error) => Some(error.to_string()),
        };
        assert_eq!(completed("/he", 3).as_deref(), Some("/help"));
        assert_eq!(completed("/sav", 4).as_deref(), Some("/save "));
        assert_eq!(completed("/sav to here", 4).as_deref(), Some("/save to here"));
        assert_eq!(completed("/s", 2).as_deref(), Some("/s"));
        // What stands behind the cursor of a name is replaced with it.
        assert_eq!(completed("/hexx", 3).as_deref(), Some("/help"));
        assert!(completed("/xyz", 4).is_some_and(|said| said.starts_with("not a command")));
        for (line, cursor) in [("hello", 2), ("//he", 4), ("/save a", 7), ("", 0), ("/help", 0)] {
            assert_eq!(completed(line, cursor), None, "{line:?}");
        }
    }

    #[test]
    fn a_line_of_help_goes_with_what_is_typed() {
        let said = |line: &str| hint(line).unwrap_or_default();
        assert_eq!((said("hello"), said("")), (String::new(), String::new()));
        for name in ["/help", "/save", "/quit"] {
            assert!(said("/").contains(name), "{}", said("/"));
        }
        assert_eq!(said("/sa"), "/save FILE  save the transcript in a new file");
        assert_eq!(said("/save ~/x"), said("/sa"));
        assert!(said("/sa x").starts_with("not a command (did you mean /save?)"), "{}", said("/sa x"));
        assert!(said("/usr/bin").starts_with("not a command"));
        assert!(said("//usr").contains("begins with a slash"));
    }

    #[test]
    fn names_are_lower_case_letters_and_no_two_are_the_same() {
        for (at, row) in COMMANDS.iter().enumerate() {
            assert!(!row.name.is_empty() && row.name.bytes().all(|byte| byte.is_ascii_lowercase()), "{row:?}");
            assert!(!COMMANDS[at + 1..].iter().any(|other| other.name == row.name || other.command == row.command));
        }
    }

    proptest! {
        #[test]
        fn an_escaped_text_is_always_sent_as_it_is(text in "/{0,3}[a-z/ \n]{0,20}") {
            let line = escaped(&text);
            prop_assert!(matches!(parse(&line), Ok(Line::Message(message)) if message == text), "{:?}", line);
        }
    }
}
