//! A bridge from its start to its end.

use crate::cli::Arguments;
use crate::failure::Failure;
use crate::server::{self, Direction, StreamNames};
use frontend::cli::prepare;
use log::info;

/// Runs a bridge.
///
/// # Errors
/// Whatever ends it, other than having nothing more to do.
pub async fn run(arguments: &Arguments) -> Result<(), Failure> {
    prepare(&arguments.log)?;
    let Arguments { channel, role, .. } = arguments;
    let connection = server::connect(arguments.server.login()?, channel, *role, arguments.limit()).await?;
    let names = StreamNames::of(channel, &arguments.stream);
    for direction in [Direction::published_by(*role), Direction::taken_by(*role)] {
        let stream = server::ensure(&connection, &arguments.stream, &names, direction).await?;
        info!("{} has message {} as its last", stream.name, stream.last_sequence);
    }
    Ok(())
}
