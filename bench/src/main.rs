//! What shared memory, and this way of using it, costs beside what one would pick instead.
//!
//! | file | what it is for |
//! | --- | --- |
//! | `options` | the arguments |
//! | `plan`, `progress` | what is run in which order; what runs and how long is left |
//! | `figures`, `pace` | what was found, and how fast the machine itself was |
//! | `mechanism`, `mechanisms` | what each mechanism has to do; a file for each |
//! | `pattern` | what is sent, and that it arrives |
//! | `measure` | one run of one mechanism |
//! | `messages`, `growth`, `capacity`, `limits`, `programs` | the sections: which runs there are |
//! | `report` | tables, plots, and which targets are met |

mod capacity;
mod figures;
mod growth;
mod limits;
mod measure;
mod mechanism;
mod mechanisms;
mod messages;
mod options;
mod pace;
mod pattern;
mod plan;
mod programs;
mod progress;
mod report;
mod semaphore;

use clap::Parser;
use figures::{Figures, Section};
use measure::Cpus;
use mechanism::{Kind, Reason};
use options::Options;
use plan::Job;
use progress::Progress;
use std::process::ExitCode;

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("shmchat-bench: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), Reason> {
    let cpus = Cpus::choose()?;
    let machine = report::Machine::of(&options.command());
    let jobs = |section, figures: &Figures| -> Vec<Job<'_>> {
        match section {
            Section::Messages => messages::jobs(cpus, options),
            Section::Limits => limits::jobs(cpus, options),
            Section::Programs => programs::jobs(options),
            Section::Growth => growth::jobs(cpus, options, figures),
            Section::Capacity => capacity::jobs(cpus, options),
        }
    };
    let mut figures = Figures::default();
    let parts = options.parts();
    let jobs = |part: &[Section], figures: &Figures| -> Vec<Job<'_>> {
        part.iter().flat_map(|&section| jobs(section, figures)).collect()
    };
    let expected = parts.iter().map(|part| plan::expected(&jobs(part, &figures), options.rounds)).sum();
    let mut progress = Progress::new(expected);
    for part in parts {
        let mut jobs = jobs(&part, &figures);
        let names: Vec<_> = part.iter().map(|section| section.name()).collect();
        progress.part(&names.join(" and "), jobs.len(), options.rounds);
        let mut pace = || limits::pace(cpus).ok();
        plan::carry_out(&mut jobs, options.rounds, &mut pace, &mut progress, &mut figures);
        progress.clear();
        for section in part {
            print!("{}", report::tables(section, &figures));
        }
    }
    print!("{}", report::verdict(&figures, &machine));
    report::write(&figures, &machine, &options.out)?;
    eprintln!("figures, report and plots: {}", options.out.display());
    let mut failures = figures.failures().iter();
    let broken = failures.find(|(subject, _, reason)| {
        matches!(subject.kind, Some(Kind::Ours | Kind::OursElsewhere)) && !reason.is_inability()
    });
    // Figures are no test. But what is ours must work.
    broken.map_or(Ok(()), |(subject, _, reason)| Err(Reason(format!("{}: {reason}", subject.name))))
}
