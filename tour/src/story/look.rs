//! What is there: a look at the real segment, the FIFOs, the locks and the processes.

/// A look at everything that both processes share.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Look {
    /// The segment in one line; `None` if there is none.
    pub(crate) segment: Option<String>,
    /// Words, locks and answers by name, in the order in which they are shown.
    pub(crate) facts: Vec<Fact>,
    /// The bytes that carry the messages.
    pub(crate) dump: Dump,
    /// The FIFOs.
    pub(crate) bells: Vec<Bell>,
}

/// A named word, lock or answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fact {
    pub(crate) name: &'static str,
    pub(crate) value: String,
}

/// Bytes of the segment, from an offset on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Dump {
    pub(crate) from: u64,
    pub(crate) bytes: Vec<u8>,
    /// What points where.
    pub(crate) marks: Vec<(u64, &'static str)>,
}

/// A FIFO: its name, and what lies in it; `None` if there is no such file, and no bytes can be in one that nobody has open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bell {
    pub(crate) name: &'static str,
    pub(crate) bytes: Option<Vec<u8>>,
}

impl Look {
    /// A fact's value; empty if it is not there.
    pub(crate) fn fact(&self, name: &str) -> &str {
        self.facts.iter().find(|fact| fact.name == name).map_or("", |fact| fact.value.as_str())
    }
}
