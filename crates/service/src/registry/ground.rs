//! What a hold stands on: a report of this patient as typed now, that names its units.

use std::collections::BTreeSet;

use domain::id::UnitId;
use domain::refusal::{Refusal, UnitRefusal};
use domain::registry::HoldSet;
use domain::registry::matching::HlaTyped;
use hla::typing::{At, Genotype, LocusTyping};
use hla::{Locus, Release, Typing};
use serde::Deserialize;
use store::patient::PatientRow;
use store::{Conn, StoreError};

use super::holds::HoldWish;
use super::search::typing_read;
use crate::error::Answer;

/// What of a report's content counts here.
#[derive(Deserialize)]
struct Content {
    asked: Asked,
    result: Found,
}

#[derive(Deserialize)]
struct Asked {
    hla: HlaTyped,
}

#[derive(Deserialize)]
struct Found {
    hits: Vec<Hit>,
}

#[derive(Deserialize)]
struct Hit {
    unit: UnitId,
}

/// Goes on only if the report that a hold names is a ground for it.
pub(super) async fn report_fits(
    conn: &mut Conn<'_>,
    wish: &HoldWish,
    set: &HoldSet,
    patient: &PatientRow,
) -> Answer<()> {
    let Some(report) = wish.report else {
        return if wish.purpose.needs_signed_report() {
            Err(UnitRefusal::ReportUnsigned.into())
        } else {
            Ok(())
        };
    };
    let ground = store::confirmatory::report_ground(conn, report).await?.ok_or(Refusal::NotFound)?;
    if ground.patient_id != Some(wish.patient.0) || (wish.purpose.needs_signed_report() && !ground.signed) {
        return Err(UnitRefusal::ReportUnsigned.into());
    }
    let content: Content = serde_json::from_str(&ground.content).map_err(|_| StoreError::Inconsistent {
        table: "match_report",
        column: "content",
        row: report.0.to_string(),
    })?;
    let named: BTreeSet<UnitId> = content.result.hits.iter().map(|hit| hit.unit).collect();
    if !set.units().all(|(unit, _)| named.contains(&unit)) {
        return Err(UnitRefusal::ReportWithoutUnit.into());
    }
    if !same_typing(&content.asked.hla, &HlaTyped::Text(patient.hla.clone())) {
        return Err(UnitRefusal::ReportOutdated.into());
    }
    Ok(())
}

/// Whether two typings say the same, however they are spaced and in whichever order. What a name means is not asked: a
/// release that came into use since makes no other typing of it.
fn same_typing(one: &HlaTyped, other: &HlaTyped) -> bool {
    let release = Release::none();
    let read = |typed| typing_read(&release, typed).ok().map(|read| genotypes(&read.typing));
    match (read(one), read(other)) {
        (Some(one), Some(other)) => one == other,
        // Codes for several alleles can't be read without their table: then it must be written the same.
        _ => one == other,
    }
}

/// Every genotype that a typing leaves open, its calls in one order.
fn genotypes(typing: &Typing) -> BTreeSet<Vec<String>> {
    let of_locus = |(locus, at): (Locus, &LocusTyping)| {
        let calls = |genotype: &Genotype| {
            let mut calls: Vec<String> = genotype.calls().map(|call| At(locus, call).to_string()).collect();
            calls.sort_unstable();
            calls
        };
        at.dna.iter().chain(&at.serology).map(calls).collect::<Vec<_>>()
    };
    typing.loci().flat_map(of_locus).collect()
}
