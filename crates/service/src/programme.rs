//! Funds, recipients, plans and programmes: read together, at most a second old.

use std::sync::{Arc, Mutex};

use domain::fund::{Fund, Organisation, Plan, Programme, Standing};
use domain::giving::GiftTarget;
use domain::id::{FundId, OrganisationId, PlanId, ProgrammeId};
use domain::refusal::Refusal;
use domain::time::{Date, Instant};
use store::Tx;
use store::facts::Fact;
use store::fund::PublishedFigure;
use uuid::Uuid;

use crate::context::Ctx;
use crate::error::{Answer, ServiceError};

/// How old the cached programme may be, in microseconds.
const FRESH: i64 = 1_000_000;

/// All that donors can give to.
#[derive(Debug, Clone, Default)]
pub struct ProgrammeBook {
    /// The funds in their order.
    pub funds: Vec<Fund>,
    /// The directed programmes.
    pub programmes: Vec<Programme>,
    /// What was published, with its dates.
    pub published: Vec<PublishedFigure>,
}

impl ProgrammeBook {
    /// The fund with this id.
    #[must_use]
    pub fn fund(&self, id: FundId) -> Option<&Fund> {
        self.funds.iter().find(|fund| fund.id == id)
    }

    /// The fund with this code.
    #[must_use]
    pub fn fund_by_code(&self, code: &str) -> Option<&Fund> {
        self.funds.iter().find(|fund| fund.code == code)
    }

    /// What the donate form offers on `today`: each fund, and each programme inside it.
    #[must_use]
    pub fn targets(&self, today: Date) -> Vec<GiftTarget> {
        let mut targets = Vec::with_capacity(self.funds.len() + self.programmes.len());
        for fund in &self.funds {
            let open = fund.standing(today) == Standing::Open;
            let target = |code, programme_id| GiftTarget { code, fund_id: fund.id, programme_id, open };
            targets.push(target(fund.code.clone(), None));
            let inside = self.programmes.iter().filter(|p| p.fund_id == fund.id);
            targets.extend(inside.map(|p| target(format!("{}/{}", fund.code, p.code), Some(p.id))));
        }
        targets
    }
}

/// The last book that was read.
#[derive(Default)]
pub struct ProgrammeCache(Mutex<Option<(Instant, Arc<ProgrammeBook>)>>);

impl Ctx {
    /// The programme, at most a second old.
    ///
    /// # Errors
    /// As the store.
    pub async fn programme(&self) -> Answer<Arc<ProgrammeBook>> {
        let cached = self.house.programme.0.lock().ok().and_then(|kept| kept.clone());
        if let Some((at, book)) = cached
            && (self.now.0 - at.0).abs() < FRESH
        {
            return Ok(book);
        }
        let mut reader = self.house.db.read().await?;
        let book = Arc::new(ProgrammeBook {
            funds: store::fund::funds(&mut reader.conn()).await?,
            programmes: store::fund::programmes(&mut reader.conn()).await?,
            published: store::fund::published_figures(&mut reader.conn()).await?,
        });
        if let Ok(mut kept) = self.house.programme.0.lock() {
            *kept = Some((self.now, Arc::clone(&book)));
        }
        Ok(book)
    }

    /// The programme, or the last one that was read while the database is away: to show a form again, never to decide.
    pub async fn programme_at_last(&self) -> Option<Arc<ProgrammeBook>> {
        match self.programme().await {
            Ok(book) => Some(book),
            Err(_) => self.house.programme.0.lock().ok()?.as_ref().map(|(_, book)| Arc::clone(book)),
        }
    }

    /// Forgets the cached programme, after it was changed.
    pub fn programme_changed(&self) {
        if let Ok(mut kept) = self.house.programme.0.lock() {
            *kept = None;
        }
    }
}

/// What an administrator sets: recipients with their plans, which fund each collects for, programmes, and figures.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgrammeFile {
    /// Legal recipients.
    #[serde(default)]
    pub recipient: Vec<RecipientEntry>,
    /// Directed programmes.
    #[serde(default)]
    pub programme: Vec<ProgrammeEntry>,
    /// Published figures, in their order.
    #[serde(default)]
    pub figure: Vec<FigureEntry>,
}

/// A legal recipient with the plan that it collects under.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecipientEntry {
    /// Full legal name.
    pub name_zh: String,
    /// Name in English.
    pub name_en: String,
    /// Unified social credit code.
    pub credit_code: Option<String>,
    /// Number of the public-fundraising certificate.
    pub certificate: String,
    /// First day of the certificate.
    pub certificate_from: Date,
    /// Last day of the certificate.
    pub certificate_until: Date,
    /// Letters of its receipt numbers.
    pub receipt_prefix: String,
    /// Who handles its receipts, named on them.
    pub receipt_handler: Option<String>,
    /// Account for transfers.
    pub bank_account: String,
    /// Who answers.
    pub contact: String,
    /// Filing number of the plan.
    pub filing_number: String,
    /// Title of the plan.
    pub plan_zh: String,
    /// The same in English.
    pub plan_en: String,
    /// First day of the plan.
    pub plan_from: Date,
    /// Last day of the plan.
    pub plan_until: Date,
    /// Codes of the funds that it collects for.
    pub funds: Vec<String>,
}

/// A directed programme.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgrammeEntry {
    /// Code of its fund.
    pub fund: String,
    /// Its own code.
    pub code: String,
    /// Name.
    pub name_zh: String,
    /// Name in English.
    pub name_en: String,
    /// What it does.
    pub purpose_zh: String,
    /// The same in English.
    pub purpose_en: String,
}

/// A published figure.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FigureEntry {
    /// Its code.
    pub code: String,
    /// The figure.
    pub value_zh: String,
    /// The same in English.
    pub value_en: String,
    /// What it counts.
    pub label_zh: String,
    /// The same in English.
    pub label_en: String,
    /// The day to which it refers.
    pub as_of: Date,
    /// Where it was published.
    pub source_zh: String,
    /// The same in English.
    pub source_en: String,
}

impl RecipientEntry {
    fn read(&self, ctx: &Ctx) -> Answer<(Organisation, Plan)> {
        let code = self.credit_code.as_deref().map(domain::identity::CreditCode::read).transpose()?;
        let handler = self.receipt_handler.as_deref();
        let handler =
            handler.map(|name| domain::text::line(name, domain::giving::LIMITS.name)).transpose()?;
        let organisation = Organisation {
            id: OrganisationId(ctx.id()),
            name_zh: self.name_zh.clone(),
            name_en: self.name_en.clone(),
            credit_code: code,
            certificate: self.certificate.clone(),
            certificate_from: self.certificate_from,
            certificate_until: self.certificate_until,
            receipt_prefix: self.receipt_prefix.to_ascii_uppercase(),
            receipt_handler: handler.filter(|name| !name.is_empty()),
            bank_account: self.bank_account.clone(),
            contact: self.contact.clone(),
        };
        let plan = Plan {
            id: PlanId(ctx.id()),
            organisation_id: organisation.id,
            filing_number: self.filing_number.clone(),
            title_zh: self.plan_zh.clone(),
            title_en: self.plan_en.clone(),
            starts_on: self.plan_from,
            ends_on: self.plan_until,
        };
        Ok((organisation, plan))
    }
}

/// Sets recipients, plans, programmes and figures; what is there already under the same letters, number or code gets
/// the new facts.
///
/// # Errors
/// When not allowed, a code does not hold or a fund is unknown; [`Refusal::RecipientHasReceipts`],
/// [`Refusal::PlanOfAnother`].
pub async fn programme_load(ctx: &Ctx, file: ProgrammeFile) -> Answer<()> {
    ctx.authorize(domain::access::Action::ManageProgramme)?;
    let book = ctx.programme().await?;
    let recipients = file
        .recipient
        .iter()
        .map(|entry| entry.read(ctx).map(|read| (read, entry.funds.clone())))
        .collect::<Answer<Vec<_>>>()?;
    let mut programmes = Vec::new();
    for entry in &file.programme {
        let fund = book.fund_by_code(&entry.fund).ok_or(Refusal::ChoiceUnknown)?;
        programmes.push(Programme {
            id: ProgrammeId(ctx.id()),
            fund_id: fund.id,
            code: entry.code.clone(),
            name_zh: entry.name_zh.clone(),
            name_en: entry.name_en.clone(),
            purpose_zh: entry.purpose_zh.clone(),
            purpose_en: entry.purpose_en.clone(),
        });
    }
    let figures = file.figure;
    let at = ctx.clone();
    let write = ctx.house.writer.write(move |tx| {
        Box::pin(async move {
            for ((organisation, mut plan), funds) in recipients {
                let (organisation_id, recipient) = recipient_put(tx, &organisation).await?;
                plan.organisation_id = organisation_id;
                let put = store::programme::plan_put(tx, &plan).await?;
                let (plan_id, filed) = put.ok_or(Refusal::PlanOfAnother)?;
                let mut facts = vec![recipient, filed];
                for code in funds {
                    let set = store::programme::fund_set_collector(tx, &code, organisation_id, plan_id);
                    facts.push(set.await?.ok_or(Refusal::ChoiceUnknown)?);
                }
                let event = at.event("organisation.set", ("organisation", organisation_id.0));
                tx.record_facts(event, vec![], &facts);
            }
            let mut facts = Vec::new();
            for programme in &programmes {
                facts.push(store::programme::programme_put(tx, programme).await?);
            }
            for (position, figure) in (1..).zip(figures) {
                facts.push(store::programme::published_figure_put(tx, &figure.row(position)).await?);
            }
            if !facts.is_empty() {
                tx.record_facts(at.event("programme.set", ("programme", Uuid::nil())), vec![], &facts);
            }
            Ok::<_, ServiceError>(())
        })
    });
    write.await?;
    ctx.programme_changed();
    Ok(())
}

async fn recipient_put(tx: &mut Tx, new: &Organisation) -> Answer<(OrganisationId, Fact)> {
    if let Some(old) = store::fund::organisation_by_prefix(&mut tx.conn(), &new.receipt_prefix).await? {
        old.change_to(new, store::receipt::receipts_issued(tx, old.id).await?)?;
    }
    Ok(store::programme::organisation_put(tx, new).await?)
}

impl FigureEntry {
    fn row(self, position: i64) -> PublishedFigure {
        PublishedFigure {
            code: self.code,
            position,
            value_zh: self.value_zh,
            value_en: self.value_en,
            label_zh: self.label_zh,
            label_en: self.label_en,
            as_of: self.as_of.to_string(),
            source_zh: self.source_zh,
            source_en: self.source_en,
        }
    }
}
