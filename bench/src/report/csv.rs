//! Every value of every run, for whoever wants to reckon with them.

use crate::figures::Figures;
use std::io::{self, Write};

/// One line for each run and measure; then one for each failure, whose value is empty and whose unit is the reason. The
/// pace is what a cache line took there and back meanwhile, in nanoseconds: `inf` if that changed.
pub(crate) fn write(figures: &Figures, mut to: impl Write) -> io::Result<()> {
    writeln!(to, "section,mechanism,payload,at,measure,round,value,unit,pace")?;
    for row in figures.rows() {
        let what = subject(&row.subject);
        let pace = row.pace.map_or(String::new(), |pace| pace.to_string());
        writeln!(to, "{what},{},{},{},{},{pace}", row.measure.name(), row.round, row.value, row.measure.unit())?;
    }
    for (failed, measure, reason) in figures.failures() {
        writeln!(to, "{},{},,,{},", subject(failed), measure.name(), quoted(&format!("n/a: {reason}")))?;
    }
    Ok(())
}

fn subject(subject: &crate::figures::Subject) -> String {
    let at = if subject.at > 0 { subject.at.to_string() } else { String::new() };
    format!("{},{},{},{at}", subject.section.name(), quoted(subject.name), subject.payload)
}

/// A field as RFC 4180 wants it.
fn quoted(field: &str) -> String {
    match field.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", field.replace('"', "\"\"")),
        false => field.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::{Measure, Row, Section, Subject};
    use crate::mechanism::Reason;

    #[test]
    fn each_value_and_each_failure_has_a_line_with_nine_fields() {
        let subject = Subject {
            section: Section::Growth,
            name: "shmchat, batches",
            kind: None,
            manner: None,
            payload: 64,
            at: 100,
        };
        let mut figures = Figures::default();
        figures.add(Row { subject, measure: Measure::Cost, round: 1, value: 12.5, pace: Some(130.0) });
        figures.fail(subject, Measure::Cost, Reason("it said \"no\", twice".into()));
        let mut text = Vec::new();
        write(&figures, &mut text).unwrap();
        let lines: Vec<_> = std::str::from_utf8(&text).unwrap().lines().collect();
        assert_eq!(lines[1], "growth,\"shmchat, batches\",64,100,cost,1,12.5,ns,130");
        assert_eq!(lines[2], "growth,\"shmchat, batches\",64,100,cost,,,\"n/a: it said \"\"no\"\", twice\",");
    }
}
