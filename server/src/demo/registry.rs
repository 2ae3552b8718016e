//! The registry of a demonstration: a bank, a hospital with its doctor and patients, and units by the path of every load.

use std::path::Path;
use std::sync::Arc;

use domain::id::UnitId;
use domain::refusal::Refusal;
use domain::registry::{PatientForm, Step, StepVerdict};
use domain::time::Instant;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use service::registry::consents::consent_record;
use service::registry::hospitals::{doctor_bind, hospital_add, hospitals};
use service::registry::lab::{StepDone, steps_record};
use service::registry::load::{LoadError, LoadKind, LoadRequest, Told, UnitFormat, bank_set, units_load};
use service::registry::nomenclature::release_in_use;
use service::registry::patients::patient_add;
use service::registry::units_in::{SheetMap, UnitRules};
use service::work::system_now;
use service::{Answer, Ctx};
use store::bank::BankRow;
use tokio_util::sync::CancellationToken;

use super::units::{Units, Whose};

/// The code of the demonstration's bank.
pub const BANK: &str = "DEMO";

const HOSPITAL: &str = "演示医院";

/// Units looked up at once.
const AT_ONCE: u64 = 500;

/// Changes under way at once: they share transactions.
const TOGETHER: usize = 64;

/// Code, blood group, weight in kg and diagnosis of the patients.
const PATIENTS: [(&str, &str, &str, &str); 3] = [
    ("YS-0001", "A", "18.5", "急性淋巴细胞白血病（演示）"),
    ("YS-0002", "O", "32", "重型再生障碍性贫血（演示）"),
    ("YS-0003", "B", "61", "急性髓系白血病（演示）"),
];

/// Hears what is being done and how many units of it are done.
pub type Progress<'p> = &'p (dyn Fn(&str, u64) + Sync);

/// Makes the registry of `units` units, typed in the names of the release in use; without one there are no groups and no
/// third fields. What the same seed made before is left as it is, whatever became of it since; what
/// an interrupted run left out is made up for. `folder` takes the list for as long as it is read. Gives the units that
/// are new.
///
/// # Errors
/// As a load and the use cases.
pub async fn run(
    ctx: &Ctx,
    units: u64,
    seed: u64,
    folder: &Path,
    progress: Progress<'_>,
) -> Result<u64, LoadError> {
    let release = release_in_use(ctx).await?;
    let invented = Units::new(&release, seed);
    bank(ctx).await?;
    clinic(ctx, &invented).await?;
    let made = load(ctx, (&release, &invented), units, folder, progress).await?;
    // Events are told in the order in which they happen: the load took its time.
    let after = Ctx { now: system_now(), ..ctx.clone() };
    for first in (0..units).step_by(AT_ONCE as usize) {
        let last = units.min(first + AT_ONCE);
        share(&after, &invented, first..last).await?;
        trace(&after, &invented, first..last).await?;
        progress("units with consents and processes", last);
    }
    Ok(made)
}

async fn bank(ctx: &Ctx) -> Answer<()> {
    let mut reader = ctx.house.db.read().await?;
    let there = store::bank::banks(&mut reader.conn()).await?.iter().any(|bank| bank.code == BANK);
    drop(reader);
    if there {
        return Ok(());
    }
    let row = BankRow {
        id: ctx.id(),
        number: 0,
        code: BANK.to_owned(),
        name_zh: "脐血库（演示）".to_owned(),
        name_en: "Demo cord blood bank".to_owned(),
        abroad: false,
        filing_number: String::new(),
    };
    bank_set(ctx, row).await.map(|_| ())
}

/// The hospital, its doctor, its patients.
async fn clinic(ctx: &Ctx, invented: &Units) -> Answer<()> {
    let found = hospitals(ctx).await?.into_iter().find(|row| row.name_zh == HOSPITAL);
    let hospital = match found {
        Some(row) => domain::id::HospitalId(row.id),
        None => hospital_add(ctx, HOSPITAL, "Demo hospital", false).await?,
    };
    let mut reader = ctx.house.db.read().await?;
    let doctor =
        store::staff::staff_by_name(&mut reader.conn(), super::DOCTOR).await?.ok_or(Refusal::NotFound)?;
    let doctor = domain::id::UserId(doctor.id);
    let bound = store::hospital::staff_hospital(&mut reader.conn(), doctor).await?;
    drop(reader);
    if bound.is_none() {
        doctor_bind(ctx, doctor, hospital).await?;
    }
    for (number, (code, abo, weight, diagnosis)) in (0..).zip(PATIENTS) {
        let mut reader = ctx.house.db.read().await?;
        let known = store::patient::patient_by_code(&mut reader.conn(), code).await?;
        drop(reader);
        if known.is_some() {
            continue;
        }
        let form = PatientForm {
            code: code.to_owned(),
            hla: invented.patient(number),
            abo: abo.to_owned(),
            weight: weight.to_owned(),
            diagnosis: diagnosis.to_owned(),
            ..PatientForm::default()
        };
        let facts = form.read().map_err(|_| Refusal::ChoiceUnknown)?;
        patient_add(ctx, facts, Some(hospital), None).await?;
    }
    Ok(())
}

/// The units of these numbers that the registry knows.
async fn known(ctx: &Ctx, invented: &Units, numbers: &[u64]) -> Answer<Vec<(u64, UnitId)>> {
    let ids: Vec<String> = numbers.iter().map(|number| invented.registry_id(*number)).collect();
    let asked: Vec<&str> = ids.iter().map(String::as_str).collect();
    let mut reader = ctx.house.db.read().await?;
    let rows = store::unit_batch::units_known(&mut reader.conn(), &asked, &[], &[]).await?;
    // A unit that an interrupted load left has no version: it is still to come.
    let rows = rows.into_iter().filter(|row| row.content.is_some());
    let by_id: std::collections::HashMap<String, UnitId> =
        rows.map(|row| (row.registry_id, UnitId(row.id))).collect();
    Ok(ids.iter().zip(numbers).filter_map(|(id, number)| Some((*number, *by_id.get(id)?))).collect())
}

/// Writes the units that the registry does not know as a list, and loads that.
async fn load(
    ctx: &Ctx,
    (release, invented): (&Arc<hla::Release>, &Units),
    units: u64,
    folder: &Path,
    progress: Progress<'_>,
) -> Result<u64, LoadError> {
    let folder = tempfile::Builder::new().prefix("demo-units").tempdir_in(folder)?;
    let path = folder.path().join("demo-units.csv");
    let mut out = csv::Writer::from_path(&path).map_err(std::io::Error::from)?;
    Units::write_heading(&mut out).map_err(std::io::Error::from)?;
    let mut missing = 0;
    for first in (0..units).step_by(AT_ONCE as usize) {
        let numbers: Vec<u64> = (first..units.min(first + AT_ONCE)).collect();
        let there: Vec<u64> =
            known(ctx, invented, &numbers).await?.iter().map(|(number, _)| *number).collect();
        for number in numbers.iter().filter(|number| !there.contains(number)) {
            invented.write(*number, &mut out).map_err(std::io::Error::from)?;
            missing += 1;
        }
        progress("units invented", first + numbers.len() as u64);
    }
    out.flush()?;
    if missing == 0 {
        return Ok(0);
    }
    let request = LoadRequest {
        id: None,
        path,
        file_name: None,
        bank: Some(BANK.to_owned()),
        create_bank: false,
        kind: Some(LoadKind::Differential),
        format: Some(UnitFormat::Csv),
        sheet: None,
        map: SheetMap::default(),
        rules: UnitRules {
            release: Arc::clone(release),
            codes: None,
            ownership: None,
            today: ctx.now.date(),
            values: Default::default(),
        },
        may_shrink: false,
        dry_run: false,
        clock: Arc::new(system_now),
        stop: CancellationToken::new(),
    };
    let mut tell = |told: Told<'_>| match told {
        Told::Progress { units, .. } => progress("units staged", units.unsigned_abs()),
        Told::Refused(unit) => tracing::warn!(id = unit.id, reason = ?unit.reason, "a demo unit is refused"),
    };
    let report = units_load(ctx, request, &mut tell).await?;
    Ok(report.added.unsigned_abs())
}

/// Records the consents of families that share, where none was ever recorded.
async fn share(ctx: &Ctx, invented: &Units, numbers: std::ops::Range<u64>) -> Answer<()> {
    let shared: Vec<u64> = numbers.filter(|number| invented.whose(*number) == Whose::Shared).collect();
    let mut fresh = Vec::new();
    let units = known(ctx, invented, &shared).await?;
    let mut reader = ctx.house.db.read().await?;
    for (number, unit) in units {
        if store::consent::consents_of_unit(&mut reader.conn(), unit).await?.is_empty() {
            fresh.push((number, unit));
        }
    }
    drop(reader);
    let record = |(number, unit)| {
        let evidence = format!("同意书（演示）{}", invented.registry_id(number));
        let signed_on = invented.collected(number).next();
        async move { consent_record(ctx, unit, signed_on, &evidence).await }
    };
    stream::iter(fresh).map(record).buffer_unordered(TOGETHER).try_collect().await
}

/// Records the whole process of a share of the units, where nothing of it was recorded.
async fn trace(ctx: &Ctx, invented: &Units, numbers: std::ops::Range<u64>) -> Answer<()> {
    let traced: Vec<u64> = numbers.filter(|number| invented.is_traced(*number)).collect();
    for (number, unit) in known(ctx, invented, &traced).await? {
        let mut reader = ctx.house.db.read().await?;
        let before = store::process::steps_of_unit(&mut reader.conn(), unit).await?;
        drop(reader);
        if before.is_empty() {
            let begin = invented.collected(number).start().plus_seconds(7 * 3600);
            steps_record(ctx, unit, Step::ALL.iter().map(|step| done(*step, begin)).collect()).await?;
        }
    }
    Ok(())
}

/// A step a quarter of an hour after the one before.
fn done(step: Step, begin: Instant) -> StepDone {
    let started_at = begin.plus_seconds(900 * i64::from(step.position()));
    let instrument = match step.as_str() {
        name if name.contains("centrifugation") => "离心机 2 号（演示）",
        name if name.contains("counted") => "血细胞分析仪（演示）",
        name if name.contains("freezing") => "程控降温仪（演示）",
        _ => "",
    };
    StepDone {
        step,
        operator: if step.position().is_multiple_of(2) {
            "陈检验（演示）"
        } else {
            "蒋技师（演示）"
        }
        .to_owned(),
        instrument: instrument.to_owned(),
        started_at,
        ended_at: started_at.plus_seconds(600),
        result: String::new(),
        verdict: StepVerdict::Passed,
    }
}
