//! Units in a house under test, and the holds and releases that the laboratory works on.

use domain::access::{Actor, Role};
use domain::id::{BankId, ChangeId, HoldId, LoadId, PatientId, ReportId, UnitId, UnitReleaseId, UserId};
use domain::registry::{
    Abo, Compartment, Culture, Figures, HoldPurpose, Markers, Ownership, PatientForm, Place, Rhesus, Step,
    StepVerdict, TypingVerdict, UnitContent, UnitStatus, UnitTests, VersionSource,
};
use service::Ctx;
use service::registry::confirm::{Confirmation, confirmatory_record};
use service::registry::dispatch::{release_check, release_ship};
use service::registry::holds::{HoldWish, hold_make};
use service::registry::hospitals::hospital_add;
use service::registry::lab::{StepDone, steps_record};
use service::registry::load::bank_set;
use service::registry::patients::patient_add;
use service::registry::releases::{release_authorize, release_order};
use service::work::system_now;
use store::StoreError;
use store::bank::BankRow;
use store::change::{ChangeOf, change_add, change_publish};
use store::unit::{UnitRow, units_insert};
use store::unit_load::{LoadRow, content_none, load_abandon, load_add};
use store::unit_version::{VersionRow, versions_insert};
use testbed::TestDb;
use uuid::Uuid;

/// A donated unit of two compartments.
fn content() -> UnitContent {
    let part = Figures { volume_ul: 12_500, tnc_e5: 6_000, cd34_e3: 2_100 };
    let place =
        |slot: &str| Place { tank: "T1".into(), rack: "R2".into(), box_: "B3".into(), slot: slot.into() };
    UnitContent {
        ownership: Ownership::Donated,
        status: UnitStatus::Available,
        status_reason: String::new(),
        hla: "A*02:01+A*24:02^B*15:01+B*46:01^DRB1*09:01+DRB1*14:54".into(),
        hla_method: "dna".into(),
        hla_typed_on: "2021-05-06".parse().ok(),
        abo: Some(Abo::A),
        rhesus: Some(Rhesus::Positive),
        sex: None,
        ethnicity: String::new(),
        collected_on: "2020-02-28".parse().ok(),
        processed_on: "2020-02-29".parse().ok(),
        frozen_on: "2020-02-29".parse().ok(),
        figures: Figures { volume_ul: 25_000, tnc_e5: 12_000, cd34_e3: 4_200 },
        mnc_e5: 0,
        viability_permille: Some(930),
        segments: 3,
        tests: UnitTests {
            bacterial: Some(Culture::Negative),
            fungal: Some(Culture::Negative),
            haemoglobin: None,
            markers: Some(Markers::Clear),
        },
        compartments: vec![
            Compartment { figures: part, place: Some(place("1")) },
            Compartment { figures: part, place: Some(place("2")) },
        ],
        details: Default::default(),
    }
}

/// What a laboratory needs to work on, made by the use cases themselves.
pub struct Stock {
    ctx: Ctx,
}

fn staff(ctx: &Ctx, user_id: UserId, role: Role) -> Ctx {
    Ctx { actor: Actor::Staff { user_id, roles: vec![role] }, ..ctx.clone() }
}

fn sql_id(test: &TestDb, id: Uuid) -> String {
    if test.kind == "postgres" { format!("'{id}'") } else { format!("x'{}'", id.simple()) }
}

impl Stock {
    /// A second hand in the house.
    pub async fn open(test: &TestDb) -> Self {
        let ctx = testbed::old_house(test, 77).await;
        Self { ctx: Ctx { now: system_now(), ..ctx } }
    }

    /// The one bank.
    async fn bank(&self) -> BankId {
        let row = BankRow {
            id: self.ctx.id(),
            number: 0,
            code: "CN01".into(),
            name_zh: "演示库".into(),
            name_en: "Demo bank".into(),
            abroad: false,
            filing_number: String::new(),
        };
        bank_set(&self.ctx, row).await.expect("a bank").bank_id()
    }

    /// A load that was given up.
    pub async fn load(&self) -> LoadId {
        let (id, bank, at) = (self.ctx.id(), self.bank().await, self.ctx.now);
        let row = LoadRow {
            id,
            bank_id: bank.0,
            kind: "full".into(),
            format: "csv".into(),
            file_name: "units.csv".into(),
            file_digest: Vec::new(),
            state: "staging".into(),
            started_at: at.0,
            touched_at: at.0,
            closed_at: None,
            read: 0,
            added: 0,
            changed: 0,
            unchanged: 0,
            withdrawn: 0,
            refused: 0,
            release: None,
            content_digest: content_none().to_vec(),
            event_chain: None,
            event_seq: None,
        };
        let write = self.ctx.house.writer.write(move |tx| {
            Box::pin(async move {
                load_add(tx, &row).await?;
                load_abandon(tx, LoadId(id), at).await?;
                Ok::<_, StoreError>(())
            })
        });
        write.await.expect("a load");
        LoadId(id)
    }

    /// A unit, published.
    pub async fn unit(&self) -> UnitId {
        let (ctx, now) = (&self.ctx, self.ctx.now);
        let (bank, unit, change) = (self.bank().await, UnitId(ctx.id()), ChangeId(ctx.id()));
        let row = UnitRow {
            id: unit.0,
            registry_id: registry_id(unit),
            bank_id: bank.0,
            din: None,
            grid: None,
            local_id: String::new(),
        };
        let at = ctx.clone();
        let write = ctx.house.writer.write(move |tx| {
            Box::pin(async move {
                let place = tx.next_event();
                let source = VersionSource::System;
                let version = VersionRow::new(unit, change, source, &content(), false, Some(place));
                let digest = version.digest();
                units_insert(&mut tx.conn(), &[row]).await?;
                change_add(tx, change, ChangeOf::Unit(unit), now).await?;
                versions_insert(&mut tx.conn(), &[version]).await?;
                change_publish(tx, change, now).await?;
                tx.record(at.event("unit.added", ("unit", unit.0)), vec![digest]);
                Ok::<_, StoreError>(())
            })
        });
        write.await.expect("a unit");
        unit
    }

    /// A patient of a hospital of their own.
    pub async fn patient(&self, code: &str) -> PatientId {
        let ctx = &self.ctx;
        let hospital = hospital_add(ctx, "演示医院", "Demo hospital", false).await.expect("a hospital");
        let form = PatientForm {
            code: code.to_owned(),
            hla: content().hla,
            weight: "20".into(),
            ..PatientForm::default()
        };
        let facts = form.read().expect("a patient");
        patient_add(ctx, facts, Some(hospital), None).await.expect("a patient")
    }

    /// A hold for a transplant of one compartment of a new unit whose process is recorded, on a report that
    /// `technician` signed. Searches and reports are put there as rows.
    pub async fn hold(&self, test: &TestDb, technician: UserId) -> (UnitId, HoldId) {
        let (ctx, unit) = (&self.ctx, self.unit().await);
        let steps = Step::ALL.iter().map(|step| {
            let started_at = ctx.now.plus_seconds(60 * i64::from(step.position()) - 36_000);
            StepDone {
                step: *step,
                operator: "李工".into(),
                instrument: String::new(),
                started_at,
                ended_at: started_at,
                result: String::new(),
                verdict: StepVerdict::Passed,
            }
        });
        steps_record(ctx, unit, steps.collect()).await.expect("a process");
        let patient = self.patient(&format!("P{}", unit.0.simple())).await;
        let report = self.report(test, patient, unit, technician).await;
        let wish = HoldWish {
            patient,
            report: Some(report),
            purpose: HoldPurpose::Transplant,
            parts: vec![(unit, 1)],
            days: 5,
        };
        (unit, hold_make(ctx, wish).await.expect("a hold"))
    }

    async fn report(&self, test: &TestDb, patient: PatientId, unit: UnitId, technician: UserId) -> ReportId {
        let (search, report) = (self.ctx.id(), self.ctx.id());
        let content = serde_json::json!({
            "asked": { "hla": content().hla }, "result": { "hits": [{ "unit": unit }] },
        });
        let id = |id| sql_id(test, id);
        let blank = if test.kind == "postgres" { "'\\x00'" } else { "x'00'" };
        let sql = format!(
            "insert into match_search (id, patient_id, hla_typed, hla, class, at_least, abo, antibodies, filter, \
             registry_number, totals, made_by, made_at, event_chain, event_seq) \
             values ({0}, {1}, '', '', 6, 4, '', '', '', 1, '', 'system', 0, 1, 0); \
             insert into match_report (id, search_id, number, content, digest, made_by, made_at, event_chain, event_seq) \
             values ({2}, {0}, '{report}', '{content}', {blank}, 'system', 0, 1, 0); \
             insert into match_signature (report_id, signed_by, signed_at, event_chain, event_seq) \
             values ({2}, {3}, 0, 1, 0)",
            id(search),
            id(patient.0),
            id(report),
            id(technician.0)
        );
        testbed::tamper(test, &sql).await;
        ReportId(report)
    }

    /// [`Stock::hold`] with its typing confirmed.
    pub async fn confirmed(&self, test: &TestDb, technician: UserId) -> (UnitId, HoldId) {
        let (unit, hold) = self.hold(test, technician).await;
        let ctx = &self.ctx;
        let typing = Confirmation {
            hold,
            unit,
            hla: content().hla,
            laboratory: "演示实验室".into(),
            typed_on: ctx.now.date(),
            verdict: TypingVerdict::Confirmed,
        };
        confirmatory_record(ctx, typing).await.expect("a typing");
        (unit, hold)
    }

    /// A release that somebody else than `by.manager` ordered.
    pub async fn ordered(&self, test: &TestDb, by: &Hands) -> (UnitId, UnitReleaseId) {
        let (unit, hold) = self.confirmed(test, by.technician).await;
        let other = staff(&self.ctx, by.technician, Role::RegistryManager);
        (unit, release_order(&other, hold, None).await.expect("an order"))
    }

    /// A release that was ordered and authorized, its identity checked by so many.
    pub async fn release(&self, test: &TestDb, by: &Hands, checks: usize) -> (UnitId, UnitReleaseId) {
        let (unit, release) = self.ordered(test, by).await;
        let ctx = &self.ctx;
        let manager = staff(ctx, by.manager, Role::RegistryManager);
        release_authorize(&manager, release).await.expect("authorized");
        for user in [by.manager, by.technician].into_iter().take(checks) {
            let hand = staff(ctx, user, Role::Laboratory);
            release_check(&hand, release, &[registry_id(unit)]).await.expect("checked");
        }
        (unit, release)
    }

    /// [`Stock::release`], gone.
    pub async fn shipped(&self, test: &TestDb, by: &Hands) -> UnitReleaseId {
        let (_, release) = self.release(test, by, 2).await;
        release_ship(&self.ctx, release, "DS-07").await.expect("shipped");
        release
    }
}

/// Who does what.
pub struct Hands {
    pub technician: UserId,
    pub manager: UserId,
}

/// The registry's number of a unit of this stock.
pub fn registry_id(unit: UnitId) -> String {
    format!("T{}", unit.0.simple()).to_uppercase()
}
