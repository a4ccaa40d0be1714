//! The `kind` of an object.

use serde::{Deserialize, Serialize};

/// What a message is to its sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum KindName {
    Text,
    Bytes,
}
