//! Setting recipients, plans, collectors, programmes and figures: each gives the fact that goes into the event.

use domain::fund::{Organisation, Plan, Programme};
use domain::id::{OrganisationId, PlanId};

use crate::error::StoreError;
use crate::facts::Fact;
use crate::fund::{FundRow, OrganisationRow, PlanRow, ProgrammeRow, PublishedFigure};
use crate::sql::{execute, fetch_one, fetch_optional};
use crate::tx::Tx;

/// Keeps an organisation: new, or with new facts under the same receipt letters.
///
/// # Errors
/// As the driver.
pub async fn organisation_put(tx: &mut Tx, o: &Organisation) -> Result<(OrganisationId, Fact), StoreError> {
    let row = fetch_one!(
        &mut tx.conn(),
        OrganisationRow,
        "insert into organisation (id, name_zh, name_en, credit_code, certificate, certificate_from, \
         certificate_until, receipt_prefix, bank_account, contact, receipt_handler) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
         on conflict (receipt_prefix) do update set name_zh = excluded.name_zh, name_en = excluded.name_en, \
         credit_code = excluded.credit_code, certificate = excluded.certificate, \
         certificate_from = excluded.certificate_from, certificate_until = excluded.certificate_until, \
         bank_account = excluded.bank_account, contact = excluded.contact, \
         receipt_handler = excluded.receipt_handler returning *",
        o.id.0,
        &o.name_zh,
        &o.name_en,
        o.credit_code.as_ref().map(|code| code.as_str().to_owned()),
        &o.certificate,
        o.certificate_from.to_string(),
        o.certificate_until.to_string(),
        &o.receipt_prefix,
        &o.bank_account,
        &o.contact,
        o.receipt_handler.as_deref()
    )?;
    tx.receipt_facts().clear();
    Ok((row.id(), row.fact()))
}

/// Keeps a plan: new, or with new facts under the same filing number. `None` when another organisation has filed it.
///
/// # Errors
/// As the driver.
pub async fn plan_put(tx: &mut Tx, plan: &Plan) -> Result<Option<(PlanId, Fact)>, StoreError> {
    let row = fetch_optional!(
        &mut tx.conn(),
        PlanRow,
        "insert into plan (id, organisation_id, filing_number, title_zh, title_en, starts_on, ends_on) \
         values ($1, $2, $3, $4, $5, $6, $7) on conflict (filing_number) do update set \
         title_zh = excluded.title_zh, title_en = excluded.title_en, starts_on = excluded.starts_on, \
         ends_on = excluded.ends_on where plan.organisation_id = excluded.organisation_id returning *",
        plan.id.0,
        plan.organisation_id.0,
        &plan.filing_number,
        &plan.title_zh,
        &plan.title_en,
        plan.starts_on.to_string(),
        plan.ends_on.to_string()
    )?;
    tx.receipt_facts().clear();
    Ok(row.map(|row| (row.id(), row.fact())))
}

/// Sets who collects for a fund, and under which plan. `None` when there is no such fund.
///
/// # Errors
/// As the driver.
pub async fn fund_set_collector(
    tx: &mut Tx,
    code: &str,
    organisation: OrganisationId,
    plan: PlanId,
) -> Result<Option<Fact>, StoreError> {
    let row = fetch_optional!(
        &mut tx.conn(),
        FundRow,
        "update fund set organisation_id = $2, plan_id = $3 where code = $1 returning *",
        code,
        organisation.0,
        plan.0
    )?;
    Ok(row.map(|row| row.fact()))
}

/// Keeps a directed programme: new, or with new words under the same code.
///
/// # Errors
/// As the driver.
pub async fn programme_put(tx: &mut Tx, p: &Programme) -> Result<Fact, StoreError> {
    let row = fetch_one!(
        &mut tx.conn(),
        ProgrammeRow,
        "insert into programme (id, fund_id, code, name_zh, name_en, purpose_zh, purpose_en) \
         values ($1, $2, $3, $4, $5, $6, $7) on conflict (code) do update set name_zh = excluded.name_zh, \
         name_en = excluded.name_en, purpose_zh = excluded.purpose_zh, purpose_en = excluded.purpose_en returning *",
        p.id.0,
        p.fund_id.0,
        &p.code,
        &p.name_zh,
        &p.name_en,
        &p.purpose_zh,
        &p.purpose_en
    )?;
    tx.receipt_facts().clear();
    Ok(row.fact())
}

/// Keeps a published figure.
///
/// # Errors
/// As the driver.
pub async fn published_figure_put(tx: &mut Tx, f: &PublishedFigure) -> Result<Fact, StoreError> {
    execute!(
        &mut tx.conn(),
        "insert into published_figure (code, position, value_zh, value_en, label_zh, label_en, as_of, source_zh, \
         source_en) values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (code) do update set \
         position = excluded.position, value_zh = excluded.value_zh, value_en = excluded.value_en, \
         label_zh = excluded.label_zh, label_en = excluded.label_en, as_of = excluded.as_of, \
         source_zh = excluded.source_zh, source_en = excluded.source_en",
        &f.code,
        f.position,
        &f.value_zh,
        &f.value_en,
        &f.label_zh,
        &f.label_en,
        &f.as_of,
        &f.source_zh,
        &f.source_en
    )?;
    Ok(f.fact())
}
