//! Proving the books: every kept sum, number and state is derived again from the rows that it stands for.

use uuid::Uuid;

use crate::db::Conn;
use crate::error::StoreError;
use crate::sql::{fetch_all, fetch_one, fetch_optional};

/// Events read at once.
pub(crate) const PAGE: i64 = 2000;

/// One thing that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Its name: `entries_sum_to_zero` …
    pub name: &'static str,
    /// How many rows were read for it.
    pub rows: i64,
    /// The first row that is wrong, as `table id: what`.
    pub wrong: Option<String>,
}

impl Check {
    pub(crate) fn new(name: &'static str, rows: i64, wrong: Option<String>) -> Self {
        Self { name, rows, wrong }
    }
}

/// A check whose query lists wrong rows as one text.
pub(crate) struct Listing {
    pub(crate) name: &'static str,
    /// The table whose id `wrong` gives.
    pub(crate) table: &'static str,
    pub(crate) rows: &'static str,
    pub(crate) wrong: &'static str,
}

/// The checks that one query answers. Each `wrong` query gives at most one text that names the exact row.
const LISTINGS: [Listing; 16] = [
    Listing {
        name: "entries_sum_to_zero",
        table: "journal_entry",
        rows: "select count(*) from posting",
        wrong: "select entry_id, cast(sum(amount_fen) as bigint) from posting group by entry_id, fund_id \
                having sum(amount_fen) <> 0 limit 1",
    },
    Listing {
        name: "entries_have_postings",
        table: "journal_entry",
        rows: "select count(*) from journal_entry",
        wrong: "select e.id, cast(0 as bigint) from journal_entry e where (select count(*) from posting p \
                where p.entry_id = e.id) < 2 limit 1",
    },
    Listing {
        name: "paid_gifts_have_one_posting_set",
        table: "gift",
        rows: "select count(*) from gift where state in ('paid', 'partly_refunded', 'refunded', 'reversed')",
        wrong: "select g.id, g.amount_fen from gift g left join journal_entry e on e.gift_id = g.id and e.kind = 'gift' \
                left join posting p on p.entry_id = e.id and p.account = 'donation_income' and p.fund_id = g.fund_id \
                group by g.id, g.amount_fen, g.state having \
                (g.state in ('paid', 'partly_refunded', 'refunded', 'reversed') and \
                 (count(p.line) <> 1 or sum(p.amount_fen) <> -g.amount_fen)) \
                or (g.state in ('pending', 'expired') and count(e.id) > 0) limit 1",
    },
    Listing {
        name: "paid_gifts_have_one_payment",
        table: "gift",
        rows: "select count(*) from payment where state = 'paid'",
        wrong: "select g.id, g.amount_fen from gift g left join payment p on p.gift_id = g.id where \
                p.id is null or p.amount_fen <> g.amount_fen or \
                (p.state = 'paid') <> (g.state in ('paid', 'partly_refunded', 'refunded')) limit 1",
    },
    Listing {
        name: "refunds_equal_postings",
        table: "gift",
        rows: "select count(*) from refund",
        wrong: "select g.id, g.refunded_fen from gift g \
                where g.refunded_fen <> (select coalesce(sum(r.amount_fen), 0) from refund r \
                    where r.gift_id = g.id and r.state = 'done') \
                or g.refunded_fen <> (select coalesce(sum(p.amount_fen), 0) from journal_entry e \
                    join posting p on p.entry_id = e.id and p.account = 'donation_income' \
                    where e.gift_id = g.id and e.refund_id is not null) \
                or g.state <> case when g.refunded_fen = 0 then case when g.state in ('paid', 'pending', 'expired', 'reversed') \
                    then g.state else 'paid' end when g.refunded_fen = g.amount_fen then 'refunded' \
                    else 'partly_refunded' end limit 1",
    },
    Listing {
        name: "encumbrances_equal_promises",
        table: "fund_balance",
        rows: "select count(*) from fund_balance",
        wrong: "select b.fund_id, b.encumbered_fen from fund_balance b where b.encumbered_fen <> \
                (select coalesce(sum(r.promised_fen), 0) from refund r join gift g on g.id = r.gift_id \
                where g.fund_id = b.fund_id and r.state = 'requested') limit 1",
    },
    Listing {
        name: "receipts_belong_to_posted_gifts",
        table: "receipt",
        rows: "select count(*) from receipt",
        wrong: "select r.id, r.number from receipt r join gift g on g.id = r.gift_id where \
                g.state in ('pending', 'expired') or r.amount_fen > g.amount_fen \
                or r.organisation_id <> g.organisation_id limit 1",
    },
    Listing {
        name: "one_standing_receipt_a_gift",
        table: "gift",
        rows: "select count(*) from receipt_mark",
        wrong: "select r.gift_id, count(*) from receipt r left join receipt_mark m on m.receipt_id = r.id \
                where m.receipt_id is null group by r.gift_id having count(*) > 1 limit 1",
    },
    Listing {
        name: "fees_equal_postings",
        table: "payment",
        rows: "select count(*) from payment where fee_fen > 0",
        wrong: "select y.id, y.fee_fen from payment y join journal_entry e on e.gift_id = y.gift_id and e.kind = 'gift' \
                left join posting p on p.entry_id = e.id and p.account = 'fundraising_cost' \
                where y.fee_fen <> coalesce(p.amount_fen, 0) limit 1",
    },
    Listing {
        name: "returned_fees_equal_postings",
        table: "refund",
        rows: "select count(*) from refund where fee_returned_fen > 0",
        wrong: "select r.id, r.fee_returned_fen from refund r left join journal_entry e on e.refund_id = r.id \
                and e.kind = 'refund' left join posting p on p.entry_id = e.id and p.account = 'fundraising_cost' \
                where r.fee_returned_fen <> -coalesce(p.amount_fen, 0) limit 1",
    },
    // What takes an entry back is its mirror, and a gift that was taken back has no receipt that stands.
    Listing {
        name: "reversals_negate_entries",
        table: "journal_entry",
        rows: "select count(*) from journal_entry where kind = 'reversal'",
        wrong: "select r.id, cast(sum(p.amount_fen) as bigint) from journal_entry r \
                join journal_entry e on e.id = r.reverses_id \
                left join posting p on p.entry_id = r.id or p.entry_id = e.id \
                where r.kind = 'reversal' group by r.id, r.gift_id, e.gift_id, r.refund_id, e.refund_id, e.kind, \
                p.account, p.fund_id having sum(p.amount_fen) <> 0 or r.gift_id <> e.gift_id or e.kind = 'reversal' \
                or (r.refund_id is null) <> (e.refund_id is null) limit 1",
    },
    Listing {
        name: "reversed_gifts_have_reversals",
        table: "gift",
        rows: "select count(*) from gift where state = 'reversed'",
        wrong: "select g.id, g.amount_fen from gift g where (g.state = 'reversed') <> exists \
                (select 1 from journal_entry r where r.gift_id = g.id and r.kind = 'reversal' and r.refund_id is null) \
                or (g.state = 'reversed' and exists (select 1 from receipt t left join receipt_mark m \
                on m.receipt_id = t.id where t.gift_id = g.id and m.receipt_id is null)) limit 1",
    },
    Listing {
        name: "counters_have_receipts",
        table: "receipt_counter",
        rows: "select count(*) from receipt_counter",
        wrong: "select c.organisation_id, c.last from receipt_counter c left join receipt r \
                on r.organisation_id = c.organisation_id and r.year = c.year and r.number = c.last \
                where r.id is null limit 1",
    },
    // Rows outside the one chain would escape the walk along it.
    Listing {
        name: "rows_belong_to_the_chain",
        table: "row",
        rows: "select count(*) from audit_chain",
        wrong: "select id, event_seq from gift where event_chain <> 1 or event_seq < 1 \
                union all select id, event_seq from journal_entry where event_chain <> 1 or event_seq < 1 \
                union all select id, event_seq from receipt where event_chain <> 1 or event_seq < 1 \
                union all select id, event_seq from person where event_chain <> 1 or event_seq < 1 \
                union all select receipt_id, event_seq from receipt_mark where event_chain <> 1 or event_seq < 1 \
                union all select gift_id, event_seq from tax_invoice where event_chain <> 1 or event_seq < 1 \
                union all select id, seq from audit_event where chain <> 1 or seq < 1 limit 1",
    },
    Listing {
        name: "funds_collect_under_own_plans",
        table: "fund",
        rows: "select count(*) from fund where plan_id is not null",
        wrong: "select f.id, f.position from fund f join plan p on p.id = f.plan_id \
                where p.organisation_id <> f.organisation_id limit 1",
    },
    Listing {
        name: "gift_states_follow_events",
        table: "gift",
        rows: "select count(*) from gift",
        wrong: "select g.id, g.amount_fen from gift g where g.state <> coalesce((select e.state from audit_event e \
                where e.subject_id = g.id and e.state is not null order by e.chain desc, e.seq desc limit 1), '') limit 1",
    },
];

/// Runs every check that the database alone can answer, over one snapshot where the caller gives one.
///
/// # Errors
/// As the driver; what is merely wrong is a [`Check`] with `wrong`.
pub async fn checks(conn: &mut Conn<'_>, chain: i64) -> Result<Vec<Check>, StoreError> {
    let mut done = Vec::new();
    for listing in LISTINGS.iter().chain(&crate::verify_units::LISTINGS) {
        let (rows,) = fetch_one!(&mut *conn, (i64,), listing.rows)?;
        let wrong = fetch_optional!(&mut *conn, (Uuid, i64), listing.wrong)?;
        done.push(Check::new(
            listing.name,
            rows,
            wrong.map(|(id, figure)| format!("{} {id}: {figure}", listing.table)),
        ));
    }
    done.push(balances_check(conn).await?);
    done.push(receipt_numbers_check(conn).await?);
    done.push(persons_check(conn).await?);
    done.push(crate::verify_loads::loads_check(conn).await?);
    done.push(crate::verify_changes::changes_check(conn).await?);
    done.push(crate::verify_changes::identities_check(conn).await?);
    done.push(crate::verify_changes::nomenclature_check(conn).await?);
    done.extend(crate::walk::chain_checks(conn, chain).await?);
    Ok(done)
}

async fn balances_check(conn: &mut Conn<'_>) -> Result<Check, StoreError> {
    let rows = fetch_all!(
        conn,
        (Uuid, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64),
        "select b.fund_id, b.received_fen, b.refunded_fen, b.fees_fen, b.spent_fen, b.gifts, \
         cast(coalesce(sum(case when p.account = 'donation_income' and (p.amount_fen < 0) = (e.kind <> 'reversal') then -p.amount_fen end), 0) as bigint), \
         cast(coalesce(sum(case when p.account = 'donation_income' and (p.amount_fen > 0) = (e.kind <> 'reversal') then p.amount_fen end), 0) as bigint), \
         cast(coalesce(sum(case when p.account = 'fundraising_cost' then p.amount_fen end), 0) as bigint), \
         cast(coalesce(sum(case when p.account = 'programme_cost' then p.amount_fen end), 0) as bigint), \
         cast(count(distinct case when e.kind = 'gift' then e.id end) \
         - count(distinct case when e.kind = 'reversal' and e.refund_id is null then e.id end) as bigint) \
         from fund_balance b left join posting p on p.fund_id = b.fund_id \
         left join journal_entry e on e.id = p.entry_id \
         group by b.fund_id, b.received_fen, b.refunded_fen, b.fees_fen, b.spent_fen, b.gifts"
    )?;
    let wrong = rows.iter().find_map(|r| {
        let (kept, derived) = ((r.1, r.2, r.3, r.4, r.5), (r.6, r.7, r.8, r.9, r.10));
        (kept != derived).then(|| format!("fund_balance {}: kept {kept:?}, postings {derived:?}", r.0))
    });
    Ok(Check::new("fund_balances_equal_postings", rows.len() as i64, wrong))
}

async fn receipt_numbers_check(conn: &mut Conn<'_>) -> Result<Check, StoreError> {
    let rows = fetch_all!(
        conn,
        (Uuid, i64, i64, i64, i64),
        "select r.organisation_id, r.year, cast(count(*) as bigint), cast(max(r.number) as bigint), \
         cast(coalesce(max(c.last), 0) as bigint) from receipt r left join receipt_counter c \
         on c.organisation_id = r.organisation_id and c.year = r.year group by r.organisation_id, r.year"
    )?;
    // Numbers are unique and start at 1, so count = greatest = counter leaves no place for a gap.
    let wrong = rows.iter().find(|r| r.2 != r.3 || r.3 != r.4).map(|r| {
        format!("receipt_counter {} {}: {} receipts, greatest {}, counter {}", r.0, r.1, r.2, r.3, r.4)
    });
    Ok(Check::new("receipt_numbers_have_no_gap", rows.iter().map(|r| r.2).sum(), wrong))
}

#[derive(sqlx_macros::FromRow)]
struct PersonCheckRow {
    #[sqlx(flatten)]
    facts: crate::person::PersonRow,
    commitment: Vec<u8>,
}

async fn persons_check(conn: &mut Conn<'_>) -> Result<Check, StoreError> {
    let (mut after, mut count, mut wrong) = (Uuid::nil(), 0, None);
    loop {
        let rows = fetch_all!(
            &mut *conn,
            PersonCheckRow,
            "select id, is_organisation, name, email, phone, lang, salt, commitment from person p \
             where id > $1 and not (erased_at is not null and name = '' and email = '' and phone = '' \
             and exists (select 1 from audit_event e where e.subject_id = p.id and e.kind = 'person.erased')) \
             order by id limit $2",
            after,
            PAGE
        )?;
        let Some(last) = rows.last() else { break };
        after = last.facts.id;
        count += rows.len() as i64;
        let bad = rows.iter().find(|row| row.facts.commitment().as_slice() != row.commitment);
        wrong = wrong.or_else(|| {
            bad.map(|row| format!("person {}: facts differ from their commitment", row.facts.id))
        });
    }
    Ok(Check::new("persons_equal_commitments", count, wrong))
}
