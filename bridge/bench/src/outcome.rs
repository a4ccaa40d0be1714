//! How a part of the bench ends.

use std::error::Error;

/// What it gives, or why it failed.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error>>;
