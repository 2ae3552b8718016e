//! `spark demo`: a believable programme, made by the ordinary use cases, the same for the same seed.

mod people;
pub mod registry;
mod units;

use domain::access::Role;
use domain::giving::GiftForm;
use domain::id::{GiftId, IdSource};
use domain::money::Fen;
use domain::refusal::Refusal;
use domain::time::Instant;
use service::giving::{Settlement, gift_expire, gift_pledge, payment_settle, refund_done, refund_request};
use service::programme::programme_load;
use service::{Answer, Ctx, SeededIds, ServiceError};
use store::bill::BillDayRow;
use words::Lang;

use people::Draw;

/// Its programme; also the example of the file that `spark admin programme` takes.
pub const PROGRAMME: &str = include_str!("programme.toml");

/// The days over which the gifts are spread, the last of them today.
const DAYS: i64 = 540;

const DAY: i64 = 86_400;

/// The password of every demonstration sign-in: no secret, and refused in production.
pub const PASSWORD: &str = "spark-demo-2026";

/// The doctor's sign-in.
const DOCTOR: &str = "doctor";

/// The sign-ins of a demonstration: name, display name, role.
pub const SIGN_INS: &[(&str, &str, Role)] = &[
    ("staff", "周护理（演示）", Role::CharityStaff),
    ("finance", "钱会计（演示）", Role::Finance),
    ("manager", "孙主任（演示）", Role::Manager),
    ("auditor", "吴审计（演示）", Role::Auditor),
    ("admin", "郑管理（演示）", Role::Administrator),
    ("hla", "冯技师（演示）", Role::HlaTechnician),
    ("lab", "陈检验（演示）", Role::Laboratory),
    (DOCTOR, "卫医生（演示）", Role::Doctor),
    ("registry", "褚库管（演示）", Role::RegistryManager),
];

/// What was made.
#[derive(Debug, Default, Clone, Copy)]
pub struct Made {
    /// Gifts that were not there before.
    pub gifts: u64,
    /// Of them, paid.
    pub paid: u64,
}

/// Loads the programme and makes `gifts` gifts. What the same seed made before is left as it is. `progress` hears how
/// many are done.
///
/// # Errors
/// As the use cases.
pub async fn run(ctx: &Ctx, gifts: u64, seed: u64, progress: impl Fn(u64)) -> Answer<Made> {
    let programme = toml::from_str(PROGRAMME);
    programme_load(ctx, programme.map_err(|_| Refusal::ChoiceUnknown)?).await?;
    let mut made = Made::default();
    for number in 0..gifts {
        // Each gift draws from a seed of its own: more gifts never change the ones before.
        let ids = SeededIds::new(seed.wrapping_mul(1_000_003).wrapping_add(number));
        let at = moment(ctx.now, number, gifts, &Draw(&ids));
        if one(&Ctx { now: at, ..ctx.clone() }, ctx.now, &ids, &mut made).await? && number % 50 == 49 {
            progress(number + 1);
        }
    }
    staff(ctx).await?;
    compared(ctx).await?;
    Ok(made)
}

/// What was made here the sandbox never heard of: its bills are compared from tomorrow on.
async fn compared(ctx: &Ctx) -> Answer<()> {
    let row = BillDayRow {
        channel: "sandbox".to_owned(),
        day: ctx.now.date().to_string(),
        checked_at: ctx.now.0,
        payments: 0,
        refunds: 0,
        net_fen: 0,
    };
    let write = ctx
        .house
        .writer
        .write(move |tx| Box::pin(async move { store::bill::bill_day_done(tx, &row).await.map(|_| ()) }));
    Ok(write.await?)
}

/// Lets one member of staff of each role sign in.
async fn staff(ctx: &Ctx) -> Answer<()> {
    for &(name, display_name, role) in SIGN_INS {
        match service::staff::user_create(ctx, name, display_name, &[role], PASSWORD).await {
            Ok(_) | Err(ServiceError::Refused(Refusal::NameTaken)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The moment of a gift: in order, by day, most in the evening.
fn moment(now: Instant, number: u64, gifts: u64, draw: &Draw<'_>) -> Instant {
    let day = DAYS - 1 - (number as i64 * DAYS) / (gifts.max(1) as i64);
    let start = now.plus_seconds(-day * DAY).date().start();
    let seconds = 7 * 3600 + draw.below(15 * 3600) as i64;
    start.plus_seconds(seconds).min(now.plus_seconds(-60))
}

fn form(draw: &Draw<'_>, key: String) -> GiftForm {
    const TARGETS: [&str; 8] =
        ["spark", "spark", "spark", "aid", "aid", "research", "spark/first-match", "aid/rural"];
    let amount = Fen(draw.amount());
    let mut form = GiftForm {
        gift_key: key,
        target: TARGETS[draw.below(8) as usize].to_owned(),
        amount: amount.short(),
        channel: if amount.0 > 500_000 { "bank_transfer" } else { "sandbox" }.to_owned(),
        consent: "on".to_owned(),
        ..GiftForm::default()
    };
    match draw.below(100) {
        0..=29 => return form,
        30..=89 => form.name = draw.name(),
        _ => {
            form.name = draw.organisation();
            form.donor_kind = "organisation".to_owned();
        }
    }
    match draw.below(100) {
        0..=49 => form.email = draw.email(),
        50..=96 => form.phone = draw.mobile(),
        _ => {}
    }
    if draw.below(5) == 0 {
        form.anonymous = "on".to_owned();
    }
    if draw.below(8) == 0 {
        form.receipt = "no".to_owned();
    }
    if draw.below(6) == 0 {
        form.dedication = draw.dedication();
    }
    if draw.below(5) == 0 {
        form.message = draw.message();
    }
    form
}

/// Makes one gift and what became of it; `false` when this seed made it before.
async fn one(at: &Ctx, now: Instant, ids: &SeededIds, made: &mut Made) -> Answer<bool> {
    let draw = Draw(ids);
    let form = form(&draw, ids.token().to_string());
    let fate = draw.below(100);
    let pledged = gift_pledge(at, &form, Lang::Zh).await?;
    let mut reader = at.house.db.read().await?;
    let payment = store::payment::payment_of_gift(&mut reader.conn(), pledged.gift_id).await?;
    drop(reader);
    let payment = payment.ok_or(Refusal::NotFound)?;
    if payment.state != "pending" {
        return Ok(false);
    }
    made.gifts += 1;
    let old = at.now < now.plus_seconds(-2 * DAY);
    match fate {
        // Some never came back from the pay page.
        0..=3 if old => {
            let id = payment.id;
            gift_expire(&at.as_system(), payment).await?;
            // No provider ever heard of it: there is nobody to ask.
            let forget = at.house.writer.write(move |tx| {
                Box::pin(async move { store::payment::payment_query_at(tx, id, None).await })
            });
            forget.await?;
            return Ok(true);
        }
        // Some transfers are under way.
        4..=8 if !old => return Ok(true),
        _ => {}
    }
    let transfer = payment.channel == "bank_transfer";
    let told = Settlement {
        provider_ref: format!("演示{}", ids.token()),
        out_trade_no: payment.out_trade_no,
        amount: Fen(payment.amount_fen),
        // The sandbox keeps 6 per mille, rounded half up.
        fee: Fen(if transfer { 0 } else { (payment.amount_fen * 6 + 500) / 1000 }),
        paid_at: at.now.plus_seconds(40),
    };
    let paid = Ctx { now: at.now.plus_seconds(45), ..at.clone() };
    payment_settle(&paid.as_system(), told).await?;
    made.paid += 1;
    afterwards(&paid, pledged.gift_id, &form, fate, payment.amount_fen).await?;
    Ok(true)
}

/// What staff did with it: read the donor's words, gave some money back.
async fn afterwards(at: &Ctx, gift: GiftId, form: &GiftForm, fate: u64, amount_fen: i64) -> Answer<()> {
    let later = Ctx { now: at.now.plus_seconds(3600), ..at.as_system() };
    if !(form.message.is_empty() && form.dedication.is_empty()) && fate < 80 {
        service::gifts::words_moderate(&later, gift, true).await?;
    }
    if fate != 99 {
        return Ok(());
    }
    let back = Fen(if amount_fen >= 10_000 { amount_fen / 2 } else { amount_fen });
    match refund_request(&later, gift, back, "捐赠人多付（演示）", later.token()).await {
        Ok(_) => {}
        // Its fee is gone and the fund is young: no refund then.
        Err(ServiceError::Refused(Refusal::FundShort { .. })) => return Ok(()),
        Err(error) => return Err(error),
    }
    let mut reader = later.house.db.read().await?;
    let refunds = store::refund::refunds_of_gift(&mut reader.conn(), gift).await?;
    drop(reader);
    for refund in refunds.into_iter().filter(|refund| refund.state == "requested") {
        refund_done(&later, refund.out_refund_no, later.now).await?;
    }
    Ok(())
}
