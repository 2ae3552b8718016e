//! `spark bench giving`: acknowledged gifts a second through the whole write path, beside the same rows inserted bare.
//!
//! Rounds alternate on two fresh databases of the same kind, and both must hold the same number of rows in every table.

use std::sync::Arc;
use std::time::{Duration, Instant as Stopwatch};

use domain::access::Actor;
use domain::giving::GiftForm;
use domain::id::{GiftId, IdSource};
use domain::money::Fen;
use domain::refusal::Refusal;
use domain::time::Instant;
use service::giving::{Settlement, gift_pledge, payment_settle};
use service::sealing::Keyring;
use service::{Ctx, House, Settings, SystemIds};
use store::bare::{Bare, BareGift, row_counts};
use store::{Db, KeyStore, Writer};
use words::Lang;

/// Gifts that are given at the same time.
const AT_ONCE: usize = 64;

/// Rounds on each side.
const ROUNDS: usize = 5;

/// What was measured on one database.
#[derive(Debug, serde::Serialize)]
pub struct Measured {
    /// Acknowledged gifts a second: pledged and settled, each answer after its COMMIT.
    pub gifts_per_s: u64,
    /// The same rows a second, bare: one prepared statement a row, 64 gifts a COMMIT.
    pub bare_sql_per_s: u64,
    /// gifts / bare, in hundredths.
    #[serde(serialize_with = "hundredths")]
    pub ratio: u64,
    /// Bare, with a COMMIT for each gift.
    pub commit_each_per_s: u64,
    /// COMMITs, and so fsyncs of the log, for each gift, in hundredths.
    #[serde(serialize_with = "hundredths")]
    pub fsyncs_per_gift: u64,
    /// Gifts given on each side.
    pub gifts: u64,
}

#[expect(clippy::float_arithmetic, reason = "a ratio for people to read, no money")]
fn hundredths<S: serde::Serializer>(value: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(*value as f64 / 100.0)
}

/// A program on a database of its own, with the demonstration's programme.
pub(crate) struct Side {
    pub(crate) ctx: Ctx,
}

impl Side {
    /// On a fresh database.
    pub(crate) async fn new(address: &str, keys: &str, now: Instant) -> anyhow::Result<Self> {
        Db::open(address).await?.migrate().await?;
        let side = Self::open(address, keys, now).await?;
        crate::demo::run(&side.ctx, 0, 1, |_| ()).await?;
        Ok(side)
    }

    /// On a database that another has made.
    pub(crate) async fn open(address: &str, keys: &str, now: Instant) -> anyhow::Result<Self> {
        let db = Db::open(address).await?;
        let (writer, _) = Writer::start(db.clone(), 1);
        let house = House {
            db,
            writer,
            ids: Arc::new(SystemIds),
            programme: Default::default(),
            keys: Keyring::new([1; 32], KeyStore::open(keys).await?),
            settings: Settings::default(),
            providers: Default::default(),
            channels: Default::default(),
            bells: Default::default(),
            registry: Default::default(),
            uploads: Default::default(),
            reads: Default::default(),
        };
        Ok(Self { ctx: Ctx { house: Arc::new(house), actor: Actor::System, now } })
    }
}

fn form(ids: &dyn IdSource) -> GiftForm {
    let key = ids.token().to_string();
    GiftForm {
        target: "spark".into(),
        amount: "100".into(),
        name: "王小明".into(),
        email: format!("{key}@example.com"),
        consent: "on".into(),
        channel: "sandbox".into(),
        gift_key: key,
        ..GiftForm::default()
    }
}

/// One gift from pledge to receipt, through the use cases.
pub(crate) async fn give(ctx: &Ctx) -> anyhow::Result<GiftId> {
    let ids: &dyn IdSource = &SystemIds;
    let pledged = gift_pledge(ctx, &form(ids), Lang::Zh).await?;
    let mut reader = ctx.house.db.read().await?;
    let payment = store::payment::payment_of_gift(&mut reader.conn(), pledged.gift_id).await?;
    drop(reader);
    let payment = payment.ok_or(Refusal::NotFound)?;
    let told = Settlement {
        provider_ref: payment.out_trade_no.clone(),
        out_trade_no: payment.out_trade_no,
        amount: Fen(payment.amount_fen),
        fee: Fen(60),
        paid_at: ctx.now,
    };
    payment_settle(ctx, told).await?;
    Ok(pledged.gift_id)
}

/// Gives `gifts` gifts, [`AT_ONCE`] at a time.
async fn round(ctx: &Ctx, gifts: usize) -> anyhow::Result<Duration> {
    let watch = Stopwatch::now();
    let mut givers = tokio::task::JoinSet::new();
    for giver in 0..AT_ONCE {
        let ctx = ctx.clone();
        let own = gifts / AT_ONCE + usize::from(giver < gifts % AT_ONCE);
        givers.spawn(async move {
            for _ in 0..own {
                give(&ctx).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(done) = givers.join_next().await {
        done??;
    }
    Ok(watch.elapsed())
}

/// The final rows of a given gift, with new ids, as the bare side inserts them.
async fn template(side: &Side) -> anyhow::Result<BareGift> {
    let gift_id = give(&side.ctx).await?;
    let file = service::gifts::gift_file(&side.ctx, gift_id).await?;
    let mut events = file.events.into_iter();
    let (Some(pledged), Some(paid)) = (events.next(), events.next()) else {
        anyhow::bail!("a gift has two events")
    };
    let (entry, postings) = file.entries.into_iter().next().ok_or(Refusal::NotFound)?;
    let person = file.sheet.person.clone().ok_or(Refusal::NotFound)?;
    let message = file.messages.into_iter().next().ok_or(Refusal::NotFound)?;
    let receipt = file.sheet.receipts.into_iter().next().ok_or(Refusal::NotFound)?.standing.receipt;
    let job = store::job::JobRow {
        id: SystemIds.uuid(side.ctx.now),
        kind: service::messages::SEND.to_owned(),
        subject_id: message.id,
        run_at: side.ctx.now.0,
        attempts: 0,
    };
    Ok(BareGift {
        person: (person.clone(), person.commitment().to_vec()),
        gift: file.sheet.gift,
        payment: file.sheet.payment,
        events: [pledged, paid],
        entry,
        postings,
        receipt,
        message,
        job,
    })
}

/// Another gift of the same shape: new ids and tokens, the next numbers.
fn another(of: &BareGift, now: Instant, number: i64) -> BareGift {
    let ids = SystemIds;
    let mut gift = of.clone();
    let (id, person, entry, message) = (ids.uuid(now), ids.uuid(now), ids.uuid(now), ids.uuid(now));
    gift.person.0.id = person;
    gift.person.0.email = format!("{}@example.com", ids.token());
    gift.gift.id = id;
    gift.gift.person_id = Some(person);
    gift.gift.gift_key = ids.token().0.to_vec();
    gift.gift.token = ids.token().0.to_vec();
    gift.payment.id = ids.uuid(now);
    gift.payment.gift_id = id;
    gift.payment.out_trade_no = format!("SP{}", ids.token());
    gift.payment.provider_ref = Some(gift.payment.out_trade_no.clone());
    for (place, event) in (0..).zip(gift.events.iter_mut()) {
        event.id = ids.uuid(now);
        event.subject_id = id;
        event.seq = 1_000_000 + number * 2 + place;
    }
    gift.entry.id = entry;
    gift.entry.gift_id = Some(id);
    gift.postings.iter_mut().for_each(|posting| posting.entry_id = entry);
    gift.receipt.id = ids.uuid(now);
    gift.receipt.gift_id = id;
    gift.receipt.person_id = Some(person);
    gift.receipt.number = 1_000_000 + number;
    gift.receipt.token = ids.token().0.to_vec();
    gift.message.id = message;
    gift.message.person_id = person;
    gift.message.gift_id = id;
    gift.job.id = ids.uuid(now);
    gift.job.subject_id = message;
    gift
}

async fn bare_round(bare: &mut Bare, gifts: &[BareGift], at_once: usize) -> anyhow::Result<Duration> {
    let watch = Stopwatch::now();
    for group in gifts.chunks(at_once) {
        bare.insert(group).await?;
    }
    Ok(watch.elapsed())
}

fn per_second(gifts: usize, took: Duration) -> u64 {
    (gifts as u128 * 1_000_000_000 / took.as_nanos().max(1)) as u64
}

/// Measures on two fresh databases: `ours` and `bare` are (database, key store) addresses.
///
/// # Errors
/// As the databases, and when the two sides do not hold the same number of rows.
pub async fn measure(
    ours: (&str, &str),
    bare: (&str, &str),
    gifts: usize,
    now: Instant,
) -> anyhow::Result<Measured> {
    let ours = Side::new(ours.0, ours.1, now).await?;
    let other = Side::new(bare.0, bare.1, now).await?;
    let pattern = template(&other).await?;
    give(&ours.ctx).await?;
    let mut bare = Bare::open(&other.ctx.house.db).await?;
    let each = gifts / ROUNDS;
    let (mut ours_took, mut bare_took, mut number) = (Duration::ZERO, Duration::ZERO, 0);
    let commits = ours.ctx.house.writer.commits();
    for _ in 0..ROUNDS {
        ours_took += round(&ours.ctx, each).await?;
        let rows: Vec<BareGift> = (0..each as i64).map(|n| another(&pattern, now, number + n)).collect();
        number += each as i64;
        bare_took += bare_round(&mut bare, &rows, AT_ONCE).await?;
    }
    let commits = ours.ctx.house.writer.commits() - commits;
    same_rows(&ours, &other).await?;
    let few = (each / 4).max(1);
    let rows: Vec<BareGift> = (0..few as i64).map(|n| another(&pattern, now, number + n)).collect();
    let single = bare_round(&mut bare, &rows, 1).await?;
    let total = each * ROUNDS;
    let (gifts_per_s, bare_sql_per_s) = (per_second(total, ours_took), per_second(total, bare_took));
    Ok(Measured {
        gifts_per_s,
        bare_sql_per_s,
        ratio: gifts_per_s * 100 / bare_sql_per_s.max(1),
        commit_each_per_s: per_second(few, single),
        fsyncs_per_gift: commits * 100 / total as u64,
        gifts: total as u64,
    })
}

async fn same_rows(ours: &Side, other: &Side) -> anyhow::Result<()> {
    let mut counts = Vec::new();
    for side in [ours, other] {
        let mut reader = side.ctx.house.db.read().await?;
        counts.push(row_counts(&mut reader.conn()).await?);
    }
    anyhow::ensure!(
        counts[0] == counts[1],
        "the two sides differ in rows: {:?} and {:?}",
        counts[0],
        counts[1]
    );
    Ok(())
}
