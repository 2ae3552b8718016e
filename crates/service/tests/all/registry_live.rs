//! The registry in memory follows the database: on every node, within a second, with nothing left in that must go.

use std::sync::Arc;
use std::time::{Duration, Instant as Stopwatch};

use domain::access::{Actor, Role};
use domain::id::UserId;
use domain::refusal::Refusal;
use domain::registry::matching::{
    AboFit, Criterion, DoseClass, Grams, HlaTyped, MatchLocus, Resolution, SearchProblem, TypingFault,
    TypingNotice,
};
use domain::registry::{Abo, UnitStatus};
use service::Ctx;
use service::registry::live::{build_once, follow, overview};
use service::registry::search::search;
use testbed::{TestDb, bare_house, databases, tamper};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::registry_support::*;
use crate::support::refusal;

/// A node that follows the registry until it is dropped.
struct Node {
    ctx: Ctx,
    _stop: DropGuard,
}

async fn node(db: &TestDb, seed: u64) -> Node {
    let ctx = bare_house(db, seed).await;
    let stop = CancellationToken::new();
    tokio::spawn(follow(Arc::clone(&ctx.house), stop.clone()));
    until("the registry is read", || ctx.house.registry.current().is_ok()).await;
    Node { ctx, _stop: stop.drop_guard() }
}

async fn until(what: &str, mut done: impl FnMut() -> bool) {
    let watch = Stopwatch::now();
    while !done() {
        assert!(watch.elapsed() < Duration::from_secs(20), "{what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// How long it takes until the search finds exactly these.
async fn finds(ctx: &Ctx, expected: &[u128]) -> Duration {
    let watch = Stopwatch::now();
    loop {
        let found = numbers(&searched(ctx, &asked()).await);
        if found == expected {
            return watch.elapsed();
        }
        assert!(watch.elapsed() < Duration::from_secs(20), "{found:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

const SAME: &str = PATIENT;
const FIVE: &str = "A*02:01+A*24:02^B*15:01+B*46:01^DRB1*09:01+DRB1*04:05";
const NONE: &str = "A*11:01+A*33:03^B*07:02+B*58:01^DRB1*03:01+DRB1*07:01";
const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn what_changes_is_seen_on_every_node_within_a_second() {
    for db in databases().await {
        bank(&db).await;
        let first = bare_house(&db, 1).await;
        publish(&first, vec![(1, donated(SAME, 9000))], None, true).await;
        publish(&first, vec![(2, family(FIVE, 9000))], None, true).await;
        publish(&first, vec![(3, donated(NONE, 9000))], None, true).await;
        let (one, two) = (node(&db, 11).await, node(&db, 12).await);
        assert_eq!(numbers(&searched(&two.ctx, &asked()).await), [1], "a family's own unit is not offered");

        consent(&db, 2).await;
        touch(&one.ctx, 2).await;
        assert!(finds(&two.ctx, &[1, 2]).await < SECOND, "{}", db.kind);
        consent_withdrawn(&db, 2).await;
        // Before the index knows of it the database speaks: not even the next search tells it.
        assert_eq!(numbers(&searched(&one.ctx, &asked()).await), [1]);
        touch(&one.ctx, 2).await;
        assert!(finds(&two.ctx, &[1]).await < SECOND);
        let gone = |ctx: &Ctx| !ctx.house.registry.current().unwrap().snapshot.contains(2);
        until("it is gone from memory", || gone(&one.ctx) && gone(&two.ctx)).await;

        let mut better = donated(SAME, 20_000);
        better.abo = Some(Abo::O);
        publish(&one.ctx, vec![(3, better)], None, false).await;
        assert!(finds(&two.ctx, &[3, 1]).await < SECOND);

        load_row(&db, 700).await;
        let load = (10..40).map(|n| (n, donated(if n == 20 { SAME } else { NONE }, 8000))).collect();
        publish(&one.ctx, load, Some(700), true).await;
        assert!(finds(&two.ctx, &[3, 1, 20]).await < SECOND);

        tamper(
            &db,
            &format!(
                "insert into compartment_state (unit_id, compartment, state, event_chain, event_seq) values ({}, 1, 'infused', 1, 1)",
                sql_id(&db, id(3))
            ),
        )
        .await;
        touch(&one.ctx, 3).await;
        // Half of 20,000 is still more than 9,000.
        finds(&two.ctx, &[3, 1, 20]).await;
        let hit = searched(&two.ctx, &asked()).await.hits.remove(0);
        assert_eq!((hit.doses.tnc_e5, &hit.compartments[..]), (10_000, &[2][..]));
    }
}

#[tokio::test]
async fn the_registry_is_counted_and_the_counts_follow() {
    for db in databases().await {
        bank(&db).await;
        let one = node(&db, 11).await;
        publish(&one.ctx, vec![(1, donated(SAME, 9000))], None, true).await;
        publish(&one.ctx, vec![(2, family("A2 A24^B62^DRB1*09:XX+DRB1*14:54", 21_000))], None, true).await;
        until("both are counted", || overview(&one.ctx).unwrap().0.units == 2).await;
        let mut gone = donated(SAME, 4_000);
        gone.status = UnitStatus::Gone;
        let number = publish(&one.ctx, vec![(1, gone)], None, false).await;
        until("the change is counted", || overview(&one.ctx).unwrap().1.number == number).await;
        let (counted, state) = overview(&one.ctx).unwrap();
        let fresh = node(&db, 12).await;
        assert_eq!((counted.clone(), state.found), (overview(&fresh.ctx).unwrap().0, 0), "as counted anew");
        assert_eq!((counted.units, counted.by_status[&UnitStatus::Gone]), (2, 1));
        assert_eq!((counted.by_dose[&DoseClass::Below5], counted.by_dose[&DoseClass::From20]), (1, 1));
        assert_eq!(counted.by_year[&2020], 2);
        assert_eq!(counted.typed[&MatchLocus::A][&Resolution::Serology], 1);
        assert_eq!(counted.typed[&MatchLocus::Drb1][&Resolution::Ambiguous], 1);
        assert_eq!(counted.typed[&MatchLocus::C][&Resolution::None], 2);
        let doctor = staff(&one.ctx, Role::Doctor);
        assert_eq!(refusal(overview(&doctor)), Refusal::NotAllowed);

        // What cannot be read is counted on with every change, like the rest.
        let made = |ctx: &Ctx| overview(ctx).map(|(_, state)| (state.made.unread, state.number)).unwrap();
        assert_eq!(made(&one.ctx).0, 0);
        let foreign = SAME.replace("B*15:01", "B*what");
        let number = publish(&one.ctx, vec![(3, donated(&foreign, 9000))], None, true).await;
        until("one cannot be read", || made(&one.ctx) == (1, number)).await;
        let hit = searched(&one.ctx, &asked()).await.hits.remove(0);
        assert_eq!((hit.matches.least, hit.matches.most), (4, 6));
        assert_eq!((hit.loci[1].unit.as_str(), hit.loci[1].unread.as_str()), ("", "B*what+B*46:01"));
        assert_eq!(hit.loci[0].unread, "");
        let number = publish(&one.ctx, vec![(3, donated(SAME, 9000))], None, false).await;
        until("it can be read again", || made(&one.ctx) == (0, number)).await;
    }
}

fn staff(ctx: &Ctx, role: Role) -> Ctx {
    Ctx { actor: Actor::Staff { user_id: UserId(id(77)), roles: vec![role] }, ..ctx.clone() }
}

#[tokio::test]
async fn a_search_comes_too_early_is_not_allowed_or_cannot_be_read() {
    for db in databases().await {
        let ctx = bare_house(&db, 1).await;
        let early = refusal(search(&ctx, &asked()).await);
        assert_eq!(early, Refusal::RegistryBeingRead { percent: 0 });
        build_once(&ctx).await.unwrap();
        let empty = searched(&ctx, &asked()).await;
        assert_eq!((empty.found(), empty.release, empty.hits.len()), (0, None, 0));
        assert_eq!(refusal(search(&staff(&ctx, Role::Finance), &asked()).await), Refusal::NotAllowed);
        let mut wrong = asked();
        wrong.hla = HlaTyped::List(vec!["A*02:01, 24:02".into(), "B*15:01 B*4x".into()]);
        let Err(SearchProblem::Hla(problem)) = search(&ctx, &wrong).await.unwrap() else { panic!("read") };
        assert_eq!((problem.spot.text, problem.part.as_str()), (1, "4x"));
        let mut wrong = asked();
        wrong.antibodies = "A24，nonsense".into();
        let Err(SearchProblem::Antibodies(problem)) = search(&ctx, &wrong).await.unwrap() else {
            panic!("read")
        };
        assert_eq!((problem.part.as_str(), problem.spot.at), ("nonsense", "A24，".len()));
        let mut foreign = asked();
        foreign.patient = Some(domain::id::PatientId(id(1)));
        assert_eq!(refusal(search(&ctx, &foreign).await), Refusal::NotFound);
        let mut dose = asked();
        dose.filter.tnc_e5_per_kg = Some(300);
        assert_eq!(refusal(search(&ctx, &dose).await), Refusal::Required);
        let mut group = asked();
        group.filter.abo_compatible = true;
        assert_eq!(refusal(search(&ctx, &group).await), Refusal::Required, "whose group is not known");
        let mut mixed = asked();
        mixed.hla = HlaTyped::List(vec!["DRB1*04:05".into(), "A2".into(), "ＤＲ４".into()]);
        let Err(SearchProblem::Hla(problem)) = search(&ctx, &mixed).await.unwrap() else { panic!("read") };
        assert_eq!((problem.fault, problem.spot.text), (TypingFault::MixedPair, 2));
        assert_eq!(problem.suggestion.as_deref(), Some("DRB1*04:05+DR4"));
        let mut pasted = asked();
        pasted.hla = HlaTyped::Text("Ａ＊02：01，-；B*15:01、B*46:01 Bw6 DRB1*09:01 14:54".into());
        let notices = searched(&ctx, &pasted).await.patient.notices;
        let twice = TypingNotice::TakenTwice { call: "A*02:01".into() };
        assert_eq!(notices, [TypingNotice::PublicEpitope, twice]);
    }
}

#[tokio::test]
async fn a_hit_says_how_it_matches_what_it_holds_and_why_it_stands_there() {
    for db in databases().await {
        bank(&db).await;
        let ctx = bare_house(&db, 1).await;
        let mut other = donated(FIVE, 9000);
        other.abo = Some(Abo::O);
        let units = [donated(SAME, 6000), donated(SAME, 5999), other];
        for (n, content) in (1..).zip(units) {
            publish(&ctx, vec![(n, content)], None, true).await;
        }
        build_once(&ctx).await.unwrap();
        let mut asked = asked();
        asked.weight = Some(Grams(20_000));
        asked.abo = Some(Abo::A);
        asked.antibodies = "A*24:02 DRB1*04:05 DPB1*02:01".into();
        let policies = service::registry::search::policies(&ctx).await.unwrap();
        asked.policy = policies.into_iter().find(|policy| policy.code == "malignant");
        let result = searched(&ctx, &asked).await;
        assert_eq!(numbers(&result), [1, 2, 3], "more matches count before more cells");
        assert_eq!(
            result.totals.iter().map(|t| (t.matches, t.certain)).collect::<Vec<_>>(),
            [(6, 2), (5, 1)]
        );
        let [one, two, three] = result.hits.try_into().unwrap();
        assert_eq!((two.behind_by, three.behind_by), (Some(Criterion::Tnc), Some(Criterion::Class)));
        assert_eq!(one.doses.per_kg.unwrap().tnc_e5, Some(300));
        use domain::registry::DoseVerdict::{Enough, TooLow};
        // 1,800·10³ CD34-positive cells are 90·10³ per kg: too few for one unit and for one of two.
        assert_eq!((one.doses.single, one.doses.each_of_two), (Some(TooLow), Some(TooLow)));
        asked.weight = Some(Grams(11_000));
        let light = searched(&ctx, &asked).await.hits.remove(0);
        assert_eq!((light.doses.single, light.abo_fit), (Some(Enough), AboFit::Identical));
        assert_eq!(three.abo_fit, AboFit::Compatible);
        let against = |hit: &domain::registry::matching::MatchHit| {
            hit.antibodies.iter().map(|a| (a.against.clone(), a.certain)).collect::<Vec<_>>()
        };
        assert_eq!(against(&one), [("A*24:02".into(), true)]);
        assert_eq!(against(&three), [("A*24:02".into(), true), ("DRB1*04:05".into(), true)]);
        assert_eq!(result.antibodies_unchecked, ["DPB1*02:01"]);
        assert_eq!(three.loci[3].unit, "DRB1*09:01+DRB1*04:05");
        assert_eq!((three.of6.gvh.most, three.of6.hvg.most), (1, 1));
    }
}

#[tokio::test]
async fn a_familys_own_unit_is_found_for_its_patient_alone() {
    for db in databases().await {
        bank(&db).await;
        let ctx = bare_house(&db, 1).await;
        publish(&ctx, vec![(1, donated(SAME, 6000))], None, true).await;
        publish(&ctx, vec![(2, family(NONE, 6000))], None, true).await;
        build_once(&ctx).await.unwrap();
        let (patient, unit) = (sql_id(&db, id(60)), sql_id(&db, id(2)));
        tamper(&db, &format!("insert into patient (id, code, hla, abo, antibodies, created_at, event_chain, event_seq) values ({patient}, 'P60', '', '', '', 1, 1, 1)")).await;
        tamper(&db, &format!("insert into unit_family (unit_id, patient_id, evidence, event_chain, event_seq) values ({unit}, {patient}, '', 1, 1)")).await;
        assert_eq!(numbers(&searched(&ctx, &asked()).await), [1]);
        let mut own = asked();
        own.patient = Some(domain::id::PatientId(id(60)));
        let result = searched(&ctx, &own).await;
        assert_eq!(
            result.hits.iter().map(|h| (h.unit.0.as_u128(), h.own)).collect::<Vec<_>>(),
            [(2, true), (1, false)]
        );
        assert_eq!((result.found(), result.hits[0].matches.most), (1, 0));
        // A doctor of no hospital does not learn that there is such a patient.
        assert_eq!(refusal(search(&staff(&ctx, Role::Doctor), &own).await), Refusal::NotAllowed);
        assert!(search(&staff(&ctx, Role::HlaTechnician), &own).await.unwrap().is_ok());
    }
}

/// Whatever is sent, a search does not read for long, and counts no antibody twice.
#[tokio::test]
async fn what_is_asked_of_a_search_has_limits() {
    use domain::registry::matching::{HlaTyped, SearchProblem, TypingFault};
    for db in databases().await {
        bank(&db).await;
        let ctx = bare_house(&db, 1).await;
        publish(&ctx, vec![(1, donated(PATIENT, 6000))], None, true).await;
        build_once(&ctx).await.unwrap();
        let mut antibodies = asked();
        antibodies.antibodies = "A24, B62 A24;A24".into();
        assert_eq!(searched(&ctx, &antibodies).await.antibodies, ["A24", "B62"]);
        antibodies.antibodies = "A24 ".repeat(1_001);
        let mut long = asked();
        long.hla = HlaTyped::Text(format!("{PATIENT}{}", " ".repeat(8_000)));
        let mut many = asked();
        many.hla = HlaTyped::List(vec![String::new(); 41]);
        for asked in [antibodies, long, many] {
            let problem = search(&ctx, &asked).await.unwrap().unwrap_err();
            let (SearchProblem::Hla(fault) | SearchProblem::Antibodies(fault)) = problem;
            assert_eq!(fault.fault, TypingFault::TooLong);
        }
    }
}
