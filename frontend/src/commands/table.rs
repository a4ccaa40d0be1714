//! The table itself. A new command is a row here, a variant of [`Command`], and an arm in the screen's `update/command`.

/// What a command does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Command {
    Help,
    Status,
    Search,
    Save,
    Send,
    Get,
    Skip,
    Clear,
    Name,
    Me,
    Quit,
}

/// What may follow a command's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Argument {
    None,
    /// Called this in the help.
    Optional(&'static str),
    /// Called this in the help.
    Required(&'static str),
}

/// A row of the table.
#[derive(Debug)]
pub(crate) struct CommandRow {
    /// Without its slash.
    pub(crate) name: &'static str,
    pub(crate) argument: Argument,
    /// Whether the argument may have several lines.
    pub(crate) lines: bool,
    pub(crate) command: Command,
    /// What it does, for the help.
    pub(crate) does: &'static str,
}

impl CommandRow {
    const fn of_lines(self) -> CommandRow {
        CommandRow { lines: true, ..self }
    }

    /// As the help shows it: `/save FILE`.
    pub(crate) fn usage(&self) -> String {
        match self.argument {
            Argument::None => format!("/{}", self.name),
            Argument::Optional(argument) => format!("/{} [{argument}]", self.name),
            Argument::Required(argument) => format!("/{} {argument}", self.name),
        }
    }
}

const fn row(name: &'static str, argument: Argument, command: Command, does: &'static str) -> CommandRow {
    CommandRow { name, argument, lines: false, command, does }
}

/// Every command, in the help's order.
pub(crate) const COMMANDS: &[CommandRow] = &[
    row("help", Argument::None, Command::Help, "show every key and command (F1)"),
    row("me", Argument::Required("TEXT"), Command::Me, "say what you do: /me waves").of_lines(),
    row("name", Argument::Required("NAME"), Command::Name, "change the name that the other side sees"),
    row("search", Argument::Optional("TEXT"), Command::Search, "search upwards; without TEXT, search again"),
    row("status", Argument::None, Command::Status, "say who is here, which segment, what is waiting"),
    row("save", Argument::Required("FILE"), Command::Save, "save the transcript in a new file"),
    row("send", Argument::Required("FILE"), Command::Send, "offer a file to the other side"),
    row("get", Argument::Optional("PATH"), Command::Get, "take the file on offer, into Downloads or PATH"),
    row("skip", Argument::None, Command::Skip, "decline or stop a file, or withdraw your own"),
    row("clear", Argument::None, Command::Clear, "empty the transcript on this screen"),
    row("quit", Argument::None, Command::Quit, "quit"),
];

/// How to send a message that begins with a slash, and what that does.
pub(crate) const ESCAPE: (&str, &str) = ("//", "send a message that begins with a slash");
