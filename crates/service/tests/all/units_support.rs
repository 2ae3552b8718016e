//! A small registry for tests of its use cases: a bank, units, hospitals, staff of every role, patients, reports.

use domain::access::{Actor, Role};
use domain::id::{ChangeId, HospitalId, PatientId, ReportId, UnitId, UserId};
use domain::registry::{
    Compartment, Culture, Figures, Haemoglobin, HoldPurpose, Markers, Ownership, PatientForm, Step,
    StepVerdict, UnitContent, UnitStatus, UnitTests, VersionSource,
};
use service::registry::confirm::{Confirmation, confirmatory_record};
use service::registry::holds::{HoldWish, hold_make};
use service::registry::hospitals::{doctor_bind, hospital_add};
use service::registry::lab::{StepDone, steps_record};
use service::registry::patients::patient_add;
use service::{Answer, Ctx};
use store::StoreError;
use store::bank::BankRow;
use store::change::{ChangeOf, change_add, change_publish};
use store::matching::{ReportRow, SearchRow, signature_add};
use store::staff::StaffRow;
use store::unit::{UnitRow, units_insert};
use store::unit_version::{VersionRow, versions_insert};
use testbed::TestDb;
use uuid::Uuid;

/// A registry that is open, with the system's context.
pub struct Registry {
    pub db: TestDb,
    pub ctx: Ctx,
    /// Where the doctor works.
    pub hospital: HospitalId,
}

/// An id as SQL has it.
pub fn sql_id(db: &TestDb, id: Uuid) -> String {
    if db.kind == "postgres" { format!("'{id}'") } else { format!("x'{}'", id.simple()) }
}

/// The id of bank CN01.
pub const BANK: Uuid = Uuid::from_u128(0xBA);

impl Registry {
    pub async fn open(db: TestDb) -> Self {
        let ctx = testbed::house(&db).await;
        let bank = BankRow {
            id: BANK,
            number: 0,
            code: "CN01".to_owned(),
            name_zh: "演示库".to_owned(),
            name_en: "Demo bank".to_owned(),
            abroad: false,
            filing_number: String::new(),
        };
        service::registry::load::bank_set(&ctx, bank).await.unwrap();
        let hospital = hospital_add(&ctx, "演示医院", "Demo hospital", false).await.unwrap();
        Self { db, ctx, hospital }
    }

    /// A unit of so many compartments, published; `n` tells units apart.
    pub async fn unit(&self, n: u32, ownership: Ownership, compartments: usize) -> UnitId {
        let id = UnitId(Uuid::from_u128(0xD000 + u128::from(n)));
        let unit = UnitRow {
            id: id.0,
            registry_id: format!("CN{n:06}"),
            bank_id: BANK,
            din: Some(format!("A999926{n:06}")),
            grid: None,
            local_id: String::new(),
        };
        let part = Figures { volume_ul: 5_000, tnc_e5: 4_000, cd34_e3: 1_500 };
        let content = content(ownership, part, compartments);
        let change = ChangeId(self.ctx.id());
        let (ctx, at) = (self.ctx.clone(), self.ctx.now);
        let write = self.ctx.house.writer.write(move |tx| {
            Box::pin(async move {
                let place = tx.next_event();
                let row = VersionRow::new(id, change, VersionSource::System, &content, false, Some(place))
                    .of(&unit);
                tx.record(ctx.event("unit.added", ("unit", id.0)), vec![row.digest()]);
                units_insert(&mut tx.conn(), &[unit]).await?;
                change_add(tx, change, ChangeOf::Unit(id), at).await?;
                versions_insert(&mut tx.conn(), &[row]).await?;
                change_publish(tx, change, at).await?;
                Ok::<_, StoreError>(())
            })
        });
        write.await.unwrap();
        id
    }

    /// A new member of staff with one role; a doctor is bound to the hospital.
    pub async fn staff(&self, role: Role) -> Ctx {
        let at = self.ctx.clone();
        let id = self.ctx.id();
        let row = StaffRow {
            id,
            name: format!("{}-{}", role.as_str(), id.simple()),
            display_name: role.as_str().to_owned(),
            password_hash: "x".to_owned(),
            roles: role.as_str().to_owned(),
            created_at: at.now.0,
            disabled_at: None,
        };
        let write = self.ctx.house.writer.write(move |tx| {
            Box::pin(async move {
                store::staff::staff_add(tx, &row).await?;
                tx.record_facts(at.event("user.created", ("staff_user", row.id)), vec![], &[row.fact()]);
                Ok::<_, StoreError>(())
            })
        });
        write.await.unwrap();
        let user_id = UserId(id);
        if role == Role::Doctor {
            doctor_bind(&self.ctx, user_id, self.hospital).await.unwrap();
        }
        Ctx { actor: Actor::Staff { user_id, roles: vec![role] }, ..self.ctx.clone() }
    }

    pub async fn patient(&self, code: &str) -> PatientId {
        let form = PatientForm {
            code: code.into(),
            hla: "A*02:01+A*24:02^B*15:01+B*46:01^DRB1*09:01+DRB1*14:54".into(),
            weight: "20".into(),
            diagnosis: "急性淋巴细胞白血病".into(),
            ..PatientForm::default()
        };
        patient_add(&self.ctx, form.read().unwrap(), Some(self.hospital), None).await.unwrap()
    }

    /// A match report of a patient as typed now that names every unit there is, which `signed_by` signed. It says no more
    /// than a hold asks.
    pub async fn report(&self, patient: PatientId, signed_by: Option<UserId>) -> ReportId {
        let (report, search) = (self.ctx.id(), self.ctx.id());
        let mut reader = self.ctx.house.db.read().await.unwrap();
        let row = store::patient::patient_get(&mut reader.conn(), patient).await.unwrap().unwrap();
        let last = UnitId(Uuid::max());
        let units = store::unit_list::units_newest(&mut reader.conn(), last, 999).await.unwrap().units;
        drop(reader);
        let hits: Vec<_> = units.iter().map(|unit| serde_json::json!({ "unit": unit.id })).collect();
        let content = serde_json::json!({ "asked": { "hla": row.hla }, "result": { "hits": hits } });
        let (at, made_by) = (self.ctx.clone(), "system".to_owned());
        let write = self.ctx.house.writer.write(move |tx| {
            Box::pin(async move {
                let place = tx.next_event();
                let (event_chain, event_seq) = (place.chain, place.seq);
                let search = SearchRow {
                    id: search,
                    patient_id: Some(patient.0),
                    hla_typed: row.hla.clone(),
                    hla: row.hla,
                    class: 6,
                    at_least: 4,
                    weight_g: row.weight_g,
                    abo: row.abo,
                    antibodies: String::new(),
                    filter: String::new(),
                    release: None,
                    policy_id: None,
                    registry_number: 1,
                    totals: String::new(),
                    made_by: made_by.clone(),
                    made_at: at.now.0,
                    event_chain,
                    event_seq,
                };
                let report = ReportRow {
                    id: report,
                    search_id: search.id,
                    number: report.to_string(),
                    content: content.to_string(),
                    digest: vec![0],
                    made_by,
                    made_at: at.now.0,
                    event_chain,
                    event_seq,
                };
                store::matching::search_add(tx, &search).await?;
                store::matching::report_add(tx, &report).await?;
                let mut digests = vec![search.digest(), report.row_digest()];
                if let Some(user) = signed_by {
                    let signed = signature_add(tx, report.report_id(), user, at.now.0, place).await?;
                    digests.push(signed.digest());
                }
                tx.record(at.event("match_report.made", ("match_report", report.id)), digests);
                Ok::<_, StoreError>(())
            })
        });
        write.await.unwrap();
        ReportId(report)
    }

    /// The whole process of a unit, each step a minute after the one before.
    pub async fn process(&self, unit: UnitId) {
        let steps = Step::ALL.iter().map(|step| done(*step, self.ctx.now.plus_seconds(-36_000))).collect();
        steps_record(&self.ctx, unit, steps).await.unwrap();
    }

    /// A hold for a transplant of the first compartment of a unit with its process recorded and its typing confirmed.
    pub async fn ready(&self, n: u32, patient: PatientId, as_whom: &Ctx) -> domain::id::HoldId {
        let unit = self.unit(n, Ownership::Donated, 2).await;
        self.process(unit).await;
        let technician = self.staff(Role::HlaTechnician).await;
        let report = self.report(patient, Some(user(&technician))).await;
        let wish = HoldWish {
            report: Some(report),
            purpose: HoldPurpose::Transplant,
            ..wish(patient, &[(unit, 1)])
        };
        let hold = hold_make(as_whom, wish).await.unwrap();
        confirm(&self.ctx, hold, unit, domain::registry::TypingVerdict::Confirmed).await.unwrap();
        hold
    }
}

/// A step that began `position` minutes after `from`.
pub fn done(step: Step, from: domain::time::Instant) -> StepDone {
    let started_at = from.plus_seconds(60 * i64::from(step.position()));
    StepDone {
        step,
        operator: "李工".into(),
        instrument: "离心机 3 号".into(),
        started_at,
        ended_at: started_at.plus_seconds(30),
        result: String::new(),
        verdict: StepVerdict::Passed,
    }
}

pub async fn confirm(
    ctx: &Ctx,
    hold: domain::id::HoldId,
    unit: UnitId,
    verdict: domain::registry::TypingVerdict,
) -> Answer<()> {
    confirmatory_record(ctx, confirmation(ctx, hold, unit, verdict)).await
}

/// A confirmatory typing that is the unit's own.
pub fn confirmation(
    ctx: &Ctx,
    hold: domain::id::HoldId,
    unit: UnitId,
    verdict: domain::registry::TypingVerdict,
) -> Confirmation {
    Confirmation {
        hold,
        unit,
        hla: HLA.into(),
        laboratory: "演示实验室".into(),
        typed_on: ctx.now.date(),
        verdict,
    }
}

/// The typing of every unit here.
pub const HLA: &str = "A*02:01+A*24:02^B*15:01+B*46:01^DRB1*09:01+DRB1*14:54";

fn content(ownership: Ownership, part: Figures, compartments: usize) -> UnitContent {
    let count = u32::try_from(compartments).unwrap();
    UnitContent {
        ownership,
        status: UnitStatus::Available,
        status_reason: String::new(),
        hla: HLA.into(),
        hla_method: "dna".into(),
        hla_typed_on: None,
        abo: None,
        rhesus: None,
        sex: None,
        ethnicity: String::new(),
        collected_on: "2020-02-01".parse().ok(),
        processed_on: None,
        frozen_on: "2020-02-02".parse().ok(),
        figures: Figures {
            volume_ul: part.volume_ul * count,
            tnc_e5: part.tnc_e5 * count,
            cd34_e3: part.cd34_e3 * count,
        },
        mnc_e5: 0,
        viability_permille: None,
        segments: 2,
        tests: UnitTests {
            bacterial: Some(Culture::Negative),
            fungal: Some(Culture::Negative),
            haemoglobin: Some(Haemoglobin::Normal),
            markers: Some(Markers::Clear),
        },
        compartments: vec![Compartment { figures: part, place: None }; compartments],
        details: Default::default(),
    }
}

/// A reservation of a week.
pub fn wish(patient: PatientId, parts: &[(UnitId, u8)]) -> HoldWish {
    HoldWish { patient, report: None, purpose: HoldPurpose::Reservation, parts: parts.to_vec(), days: 7 }
}

/// The user of a context.
pub fn user(ctx: &Ctx) -> UserId {
    match &ctx.actor {
        Actor::Staff { user_id, .. } => *user_id,
        other => panic!("{other:?} is nobody"),
    }
}

/// The same, so many seconds later.
pub fn later(ctx: &Ctx, seconds: i64) -> Ctx {
    Ctx { now: ctx.now.plus_seconds(seconds), ..ctx.clone() }
}
