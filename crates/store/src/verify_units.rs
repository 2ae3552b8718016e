//! Proving the registry: which of its rows an event wrote, which ones change, and what must agree among them.

use std::collections::BTreeMap;

use domain::audit::Hash;

use crate::confirmatory::ConfirmatoryRow;
use crate::consent::{ConsentRow, FamilyEndRow, FamilyRow};
use crate::db::Conn;
use crate::error::StoreError;
use crate::facts::Fact;
use crate::patient::PatientRow;
use crate::process::StepRow;
use crate::sql::fetch_all;
use crate::storage::{ExcursionRow, MoveRow};
use crate::unit_version::VersionRow;
use crate::verify::Listing;

/// The registry's tables whose rows change, each with the name of its check.
pub(crate) const CHANGING: [(&str, &str); 10] = [
    ("dose_policy", "dose_policies_follow_events"),
    ("hospital", "hospitals_follow_events"),
    ("staff_hospital", "doctors_follow_events"),
    ("patient", "patients_follow_events"),
    ("sharing_consent", "consents_follow_events"),
    ("compartment_state", "compartments_follow_events"),
    ("hold", "holds_follow_events"),
    ("unit_release", "releases_follow_events"),
    ("release_temperature", "temperature_logs_follow_events"),
    ("temperature_excursion", "excursions_follow_events"),
];

/// What one query each can tell of the registry's rows.
pub(crate) const LISTINGS: [Listing; 7] = [
    // Rows outside the one chain would escape the walk along it.
    Listing {
        name: "registry_rows_belong_to_the_chain",
        table: "row",
        rows: "select count(*) from audit_chain",
        wrong: "select id, event_seq from match_search where event_chain <> 1 or event_seq < 1 \
                union all select id, event_seq from match_report where event_chain <> 1 or event_seq < 1 \
                union all select report_id, event_seq from match_signature where event_chain <> 1 or event_seq < 1 \
                union all select id, event_seq from confirmatory_typing where event_chain <> 1 or event_seq < 1 \
                union all select id, event_seq from process_step where event_chain <> 1 or event_seq < 1 \
                union all select id, event_seq from storage_move where event_chain <> 1 or event_seq < 1 \
                union all select unit_id, event_seq from unit_family where event_chain <> 1 or event_seq < 1 \
                union all select unit_id, event_seq from unit_family_end where event_chain <> 1 or event_seq < 1 \
                union all select unit_id, event_seq from unit_version where event_chain <> 1 or event_seq < 1 \
                union all select change_id, event_seq from nomenclature_use where event_chain <> 1 or event_seq < 1 \
                union all select id, event_seq from registry_disclosure where event_chain <> 1 or event_seq < 1 \
                union all select id, event_seq from unit_load where event_chain <> 1 or event_seq < 1 limit 1",
    },
    // A part is held by an active hold, or by a release that is under way, and by nothing else.
    Listing {
        name: "held_parts_have_holds",
        table: "hold",
        rows: "select count(*) from hold_compartment",
        wrong: "select p.hold_id, p.compartment from hold_compartment p join hold h on h.id = p.hold_id \
                left join unit_release r on r.hold_id = h.id where p.active <> (h.state = 'active' or \
                (h.state = 'released' and coalesce(r.state, '') in ('ordered', 'authorized', 'shipped'))) limit 1",
    },
    Listing {
        name: "held_parts_equal_compartments",
        table: "unit",
        rows: "select count(*) from hold_compartment where active",
        wrong: "select p.unit_id, p.compartment from hold_compartment p join hold h on h.id = p.hold_id \
                left join unit_release r on r.hold_id = h.id \
                left join compartment_state c on c.unit_id = p.unit_id and c.compartment = p.compartment \
                where p.active and coalesce(c.state, 'stored') <> case when h.state = 'active' then 'held' \
                when r.state = 'shipped' then 'shipped' else 'released' end limit 1",
    },
    Listing {
        name: "compartments_have_holds",
        table: "unit",
        rows: "select count(*) from compartment_state",
        wrong: "select c.unit_id, c.compartment from compartment_state c where \
                (c.state in ('held', 'released', 'shipped') and not exists (select 1 from hold_compartment p \
                where p.unit_id = c.unit_id and p.compartment = c.compartment and p.active)) \
                or (c.state in ('infused', 'returned') and not exists (select 1 from hold_compartment p \
                join unit_release r on r.hold_id = p.hold_id where p.unit_id = c.unit_id \
                and p.compartment = c.compartment and r.state = c.state)) limit 1",
    },
    Listing {
        name: "releases_have_holds",
        table: "unit_release",
        rows: "select count(*) from unit_release",
        wrong: "select r.id, h.expires_at from unit_release r join hold h on h.id = r.hold_id \
                where h.state <> 'released' \
                or (r.state in ('infused', 'returned', 'discarded') and exists (select 1 from hold_compartment p \
                left join compartment_state c on c.unit_id = p.unit_id and c.compartment = p.compartment \
                where p.hold_id = h.id and coalesce(c.state, '') <> r.state)) \
                union all select h.id, h.expires_at from hold h left join unit_release r on r.hold_id = h.id \
                where h.state = 'released' and r.id is null limit 1",
    },
    Listing {
        name: "bags_lie_where_they_were_moved",
        table: "storage_move",
        rows: "select count(*) from storage_move",
        wrong: "select m.id, m.compartment from storage_move m \
                left join compartment_state c on c.unit_id = m.unit_id and c.compartment = m.compartment \
                where m.current <> (coalesce(c.state, 'stored') in ('stored', 'held', 'released') \
                and not exists (select 1 from storage_move n where n.unit_id = m.unit_id \
                and n.compartment = m.compartment and n.event_seq > m.event_seq)) limit 1",
    },
    // The bank of a move is no part of its digest: the unit's own is proved.
    Listing {
        name: "bags_lie_in_their_own_bank",
        table: "storage_move",
        rows: "select count(*) from storage_move",
        wrong: "select m.id, m.compartment from storage_move m join unit u on u.id = m.unit_id \
                where m.bank_id <> u.bank_id limit 1",
    },
];

/// Adds the digests of the registry's rows that events `from`..=`to` wrote, by event.
pub(crate) async fn written_rows(
    conn: &mut Conn<'_>,
    (chain, from, to): (i64, i64, i64),
    digests: &mut BTreeMap<i64, Vec<Hash>>,
) -> Result<(), StoreError> {
    macro_rules! rows_of {
        ($row:ty, $digest:ident, $sql:literal) => {
            for row in fetch_all!(&mut *conn, $row, $sql, chain, from, to)? {
                digests.entry(row.event_seq).or_default().push(row.$digest());
            }
        };
    }
    rows_of!(
        FamilyRow,
        digest,
        "select * from unit_family where event_chain = $1 and event_seq between $2 and $3"
    );
    rows_of!(
        FamilyEndRow,
        digest,
        "select * from unit_family_end where event_chain = $1 and event_seq between $2 and $3"
    );
    rows_of!(
        StepRow,
        digest,
        "select * from process_step where event_chain = $1 and event_seq between $2 and $3"
    );
    rows_of!(
        MoveRow,
        digest,
        "select * from storage_move where event_chain = $1 and event_seq between $2 and $3"
    );
    rows_of!(
        ConfirmatoryRow,
        digest,
        "select * from confirmatory_typing where event_chain = $1 and event_seq between $2 and $3"
    );
    for (seq, digest) in crate::matching::written_by(conn, chain, from, to).await? {
        digests.entry(seq).or_default().push(digest);
    }
    let versions = fetch_all!(
        conn,
        VersionRow,
        "select * from unit_version where event_chain = $1 and event_seq between $2 and $3",
        chain,
        from,
        to
    )?;
    for row in versions {
        digests.entry(row.event_seq.unwrap_or(0)).or_default().push(row.digest());
    }
    Ok(())
}

/// What the registry's changing rows are now.
pub(crate) async fn facts_now(conn: &mut Conn<'_>) -> Result<Vec<Fact>, StoreError> {
    let mut facts = crate::hospital::facts_now(conn).await?;
    macro_rules! rows_of {
        ($row:ty, $sql:literal) => {
            facts.extend(fetch_all!(&mut *conn, $row, $sql)?.iter().map(<$row>::fact))
        };
    }
    rows_of!(PatientRow, "select * from patient");
    rows_of!(ConsentRow, "select * from sharing_consent");
    rows_of!(crate::compartment::CompartmentRow, "select * from compartment_state");
    rows_of!(ExcursionRow, "select * from temperature_excursion");
    facts.extend(crate::hold::facts_now(conn).await?);
    facts.extend(crate::unit_release::facts_now(conn).await?);
    facts.extend(crate::dose_policy::policy_facts(conn).await?);
    Ok(facts)
}
