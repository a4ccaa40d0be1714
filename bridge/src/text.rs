//! Words for messages.

use std::error::Error;

/// Several things in one sentence.
pub(crate) fn list(things: &[String]) -> String {
    match things {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// What is at the bottom of an error: the layers above it only say that something went wrong.
pub(crate) fn cause(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::list;

    #[test]
    fn a_list_reads_as_a_sentence() {
        let things = ["a", "b", "c"].map(str::to_owned);
        assert_eq!([list(&things[..1]), list(&things[..2]), list(&things)], ["a", "a and b", "a, b and c"]);
    }
}
