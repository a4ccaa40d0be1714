//! The private modules, for this repository's tests, fuzz targets and benchmarks.

#[cfg(not(loom))]
pub mod channel {
    pub use crate::channel::{Decoder, Encoder, InPlace, NoItems, WhenTight};
}
pub mod doorbell {
    pub use crate::doorbell::*;
}
#[cfg(not(loom))]
pub mod descriptor {
    pub use crate::descriptor::*;
}
pub mod fault {
    pub use crate::fault::*;
}
#[cfg(not(loom))]
pub mod folder {
    pub use crate::folder::*;
}
#[cfg(not(loom))]
pub mod key {
    pub use crate::key::*;
}
pub mod layout {
    pub use crate::layout::*;
}
#[cfg(not(loom))]
pub mod presence {
    pub use crate::presence::*;
}
pub mod ring {
    pub use crate::ring::*;
}
#[cfg(not(loom))]
pub mod memory {
    pub use crate::memory::*;
}
pub mod sync {
    pub use crate::sync::*;
}
