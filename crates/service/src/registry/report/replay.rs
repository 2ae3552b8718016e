//! Replaying a report: from the versions that counted then, the compartments that it names and the stored release, the
//! same verdicts, doses and order must follow.

use std::sync::Arc;

use domain::id::{ReportId, UnitId};
use domain::registry::matching::{MatchHit, Standing, TypingUnderstood};
use hla::index::{Filter, Query};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use store::StoreError;

use super::{ReportContent, known_row};
use crate::context::Ctx;
use crate::error::Answer;
use crate::registry::live::{Typings, unit_of};
use crate::registry::nomenclature::release_of;
use crate::registry::search::{Teller, Unit, among, antibodies_read, refused, typing_read};

/// Whether a report can be derived again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Replay {
    /// Everything is as it was.
    pub same: bool,
    /// What is not: `content`, `patient`, `order`, or the registry's number of a unit.
    pub differing: Vec<String>,
}

/// Derives a report again and compares.
///
/// # Errors
/// [`domain::refusal::Refusal::NotFound`]; as the store.
pub async fn report_replay(ctx: &Ctx, id: ReportId) -> Answer<Replay> {
    let (row, content) = known_row(ctx, id).await?;
    let mut differing = Vec::new();
    if Sha256::digest(row.content.as_bytes()).as_slice() != row.digest {
        differing.push("content".to_owned());
    }
    let ids: Vec<UnitId> = content.result.hits.iter().map(|hit| hit.unit).collect();
    let mut reader = ctx.house.db.read().await?;
    let release = release_of(&mut reader.conn(), content.result.release.as_deref()).await?;
    let number = content.result.registry_number;
    let mut rows = store::standing::unit_standings(&mut reader.conn(), &ids, number).await?;
    drop(reader);
    let mut typings = Typings::new(Arc::clone(&release));
    let mut units = Vec::new();
    for hit in &content.result.hits {
        let Some(row) = rows.remove(&hit.unit) else {
            differing.push(hit.registry_id.clone());
            continue;
        };
        let version = row.version.content()?;
        // Consents and holds of that moment are told by the report itself; it could not have found the unit otherwise.
        let standing = Standing { status: hit.status, compartments: hit.compartments.clone(), shared: true };
        units.push((hit.own, Unit::standing(hit.unit, row, version, standing, &mut typings)));
    }
    let replayed =
        tokio::task::spawn_blocking(move || again(&release, &content, units).map(|hits| (hits, content)));
    let (hits, content) = replayed.await.map_err(|_| StoreError::Unavailable)??;
    let Some(hits) = hits else {
        return Ok(Replay { same: false, differing: vec!["patient".to_owned()] });
    };
    let order = |hits: &[MatchHit]| hits.iter().map(|hit| hit.unit).collect::<Vec<_>>();
    let told = &content.result.hits;
    if differing.is_empty() && order(&hits) != order(told) {
        differing.push("order".to_owned());
    }
    for hit in &hits {
        let was = told.iter().find(|was| was.unit == hit.unit);
        // By what it stands behind another depends on which others are told.
        if was.is_none_or(|was| MatchHit { behind_by: was.behind_by, ..hit.clone() } != *was) {
            differing.push(hit.registry_id.clone());
        }
    }
    Ok(Replay { same: differing.is_empty(), differing })
}

/// The hits derived again, a family's own first; none when the patient's typing is not understood as it was.
fn again(
    release: &Arc<hla::Release>,
    content: &ReportContent,
    units: Vec<(bool, Unit)>,
) -> Answer<Option<Vec<MatchHit>>> {
    let asked = &content.asked;
    let (Ok(patient), Ok(antibodies)) =
        (typing_read(release, &asked.hla), antibodies_read(release, &asked.antibodies))
    else {
        return Ok(None);
    };
    // How it was read may be told in other words by now; what was understood may not differ.
    let notices = content.result.patient.notices.clone();
    if (TypingUnderstood { notices, ..patient.understood }) != content.result.patient {
        return Ok(None);
    }
    let teller = Teller::new(release, asked, &antibodies);
    let mut hits = Vec::with_capacity(units.len());
    let (own, others): (Vec<_>, Vec<_>) = units.into_iter().partition(|(own, _)| *own);
    for (is_own, group) in [(true, own), (false, others)] {
        let units: Vec<Unit> = group.into_iter().map(|(_, unit)| unit).collect();
        let query = Query {
            class: asked.class.class.index(),
            at_least: if is_own { 0 } else { asked.class.at_least },
            weight_g: asked.weight.map(|weight| weight.0),
            abo: domain::registry::matching::index_abo(asked.abo),
            filter: Filter::default(),
            top: units.len(),
        };
        let found = among(release, &units, &patient.typing, &query).map_err(refused)?;
        hits.extend(found.hits.iter().filter_map(|hit| {
            let unit = units.iter().find(|unit| unit.id == unit_of(hit.key))?;
            Some(teller.tell(hit, unit, is_own))
        }));
    }
    Ok(Some(hits))
}
