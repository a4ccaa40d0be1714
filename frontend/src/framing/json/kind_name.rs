//! The `kind` of an object.

use serde::{Deserialize, Serialize};
use shmchat::Kind;

/// What a message is to its sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum KindName {
    Text,
    Bytes,
    Action,
    File,
}

impl KindName {
    /// What an object says of a message of this kind; `None` for a text, which needs no word.
    pub(super) fn of(kind: Kind) -> Option<KindName> {
        match kind {
            Kind::Bytes => Some(KindName::Bytes),
            Kind::Action => Some(KindName::Action),
            Kind::File => Some(KindName::File),
            Kind::Text | Kind::Lines | Kind::Name | Kind::Padding => None,
        }
    }

    /// The kind of message to send for it.
    pub(super) fn kind(self) -> Kind {
        match self {
            KindName::Text => Kind::Text,
            KindName::Bytes => Kind::Bytes,
            KindName::Action => Kind::Action,
            KindName::File => Kind::File,
        }
    }
}
