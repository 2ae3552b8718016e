//! Explains how a unit suits a patient: `compare RELEASE_DIR PATIENT UNIT`, typings in any notation.

#![allow(clippy::print_stdout)] // It is a tool whose output is its purpose.

use hla::{Reader, Release, Typing};
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [folder, patient, unit] = args.as_slice() else {
        return Err("usage: compare RELEASE_DIR PATIENT UNIT".into());
    };
    let release = Release::load(Path::new(folder))?;
    let reader = Reader::new(&release);
    let read = |text: &str| -> Result<Typing, Box<dyn std::error::Error>> {
        let reading = reader.typing(text)?;
        println!("{text}\n  read as {}", reading.typing);
        for notice in &reading.notices {
            println!("  {notice:?}");
        }
        Ok(reading.typing)
    };
    let (patient, unit) = (read(patient)?, read(unit)?);
    let report = hla::rules::compare(&release, &patient, &unit)?;
    println!("\n{:<5} {:>7} {:>8} {:>5} {:>5}  grades", "", "allele", "antigen", "GvH", "HvG");
    for l in &report.loci {
        let (allele, antigen) = (l.allele.matches.to_string(), l.antigen.matches.to_string());
        let (gvh, hvg) = (l.allele.gvh.to_string(), l.allele.hvg.to_string());
        println!(
            "{:<5} {allele:>7} {antigen:>8} {gvh:>5} {hvg:>5}  {:?} {:?}",
            l.locus.name(),
            l.grades[0],
            l.grades[1]
        );
    }
    let (six, eight, ten) = (report.of6.matches, report.of8.matches, report.of10.matches);
    println!(
        "\n{six} of 6, {eight} of 8, {ten} of 10, by release {}",
        report.release.as_deref().unwrap_or("none")
    );
    Ok(())
}
