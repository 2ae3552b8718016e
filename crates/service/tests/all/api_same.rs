//! What laboratories' systems are told of units: as it can be sent back, page by page, and by every number.

use domain::refusal::Refusal;
use domain::registry::LoadRefusal;
use service::registry::api::{Outcome, UnitGiven, UnitsGiven, unit_read, units_add, units_list};
use service::registry::load::{Told, units_load};
use service::registry::units::unit_list;
use service::{Ctx, ServiceError};
use testbed::inventory::cbu;

use crate::api_support::*;
use crate::support::{assert_books_hold, refusal};
use crate::units_in::{inventory, load, request};
use crate::units_out::sheet;

/// All units of the bank as they are told.
async fn told(lis: &Ctx) -> Vec<UnitGiven> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = units_list(lis, after, 100).await.unwrap();
        all.extend(page.units.into_iter().map(|line| line.unit));
        after = page.next.map(domain::id::UnitId);
        if after.is_none() {
            return all;
        }
    }
}

/// The first unit that is not the same when all are sent back.
async fn differing(lis: &Ctx, units: Vec<UnitGiven>) -> Option<String> {
    for chunk in units.chunks(50) {
        let units = UnitsGiven { units: chunk.to_vec() };
        let answer = match units_add(lis, fresh(lis), units).await {
            Ok(answer) => answer,
            Err(error) => return Some(format!("{error:?}")),
        };
        let done = body::<service::registry::api::UnitsRecorded>(&answer).units;
        if let Some(place) = done.iter().position(|one| one.outcome != Outcome::Unchanged) {
            return Some(format!("{:?} {:?}", done[place], chunk[place]));
        }
    }
    None
}

#[tokio::test]
async fn what_files_said_can_be_sent_back_as_it_is_told() {
    for db in testbed::databases().await {
        let registry = two_banks(db).await;
        let (ctx, db) = (&registry.ctx, &registry.db);
        let lis = full_key(ctx, "CN01").await;
        let long = format!("<MAT_ID>{}</MAT_ID>", "长".repeat(9000));
        let rich = cbu(1, 1)
            .replace("<CBU>", "<CBU lang=\"zh\">")
            .replace("<BAG_TYPE>", "<BAG_TYPE Version-2=\"x y\">")
            .replace("<ATT_SEG>3<", &format!("{long}<ATT_SEG>Y<"))
            .replace("<BACT_CULT>N<", "<BACT_CULT>D<")
            .replace("<ETHN>AS</ETHN>", "<ETHN>AS</ETHN><LOCAL_ID>L-1</LOCAL_ID><REMARK>one\n  two</REMARK>");
        let finer = cbu(1, 2).replace("</TNC_FRZN>", "77777</TNC_FRZN><TNC>9.5</TNC>");
        let file: Vec<String> = [rich, finer].into_iter().chain((3..40).map(|n| cbu(1, n))).collect();
        load(ctx, request(db, "a.xml", inventory(file.clone()))).await.0.unwrap();
        let all = told(&lis).await;
        assert_eq!(all.len(), 39);
        assert_eq!(differing(&lis, all).await, None, "of XML");
        // The file gives one another number of its own; told is the newer one.
        let renumbered: Vec<String> = file.iter().map(|unit| unit.replace(">L-1<", ">L-2<")).collect();
        load(ctx, request(db, "b.xml", inventory(renumbered))).await.0.unwrap();
        let unit = unit_read(&lis, "CN00000001").await.unwrap().unit;
        assert_eq!((unit.local_id.as_deref(), unit.details.get("LOCAL_ID")), (Some("L-2"), None));
        assert_eq!(differing(&lis, vec![unit]).await, None, "of a unit with another number");
        // Units of little discipline; what a number of theirs hides is no number of ours.
        let other = full_key(ctx, "CN02").await;
        let mut asked = request(db, "c.csv", sheet(1, 400));
        asked.bank = Some("CN02".into());
        load(ctx, asked).await.0.unwrap();
        let plain = |unit: &UnitGiven| {
            unit.local_id.as_ref().is_none_or(|id| domain::text::line(id, 64).as_ref() == Ok(id))
        };
        let all: Vec<UnitGiven> = told(&other).await.into_iter().filter(plain).collect();
        assert!(all.len() > 200, "{}", all.len());
        assert_eq!(differing(&other, all).await, None, "of CSV");
        assert_books_hold(ctx).await;
    }
}

#[tokio::test]
async fn a_figure_that_is_corrected_counts_over_how_it_was_written() {
    for db in testbed::databases().await {
        let registry = two_banks(db).await;
        let lis = full_key(&registry.ctx, "CN01").await;
        let finer = cbu(1, 1)
            .replace("</TNC_FRZN>", "77777</TNC_FRZN>")
            .replace("<ATT_SEG>3<", "<ATT_SEG>Y<")
            .replace("<BACT_CULT>N<", "<BACT_CULT>D<");
        load(&registry.ctx, request(&registry.db, "a.xml", inventory([finer]))).await.0.unwrap();
        let mut given = unit_read(&lis, "CN00000001").await.unwrap().unit;
        assert!(given.details.contains_key("TNC_FRZN"));
        (given.tnc_e5, given.segments) = (Some(9000), Some(4));
        given.bacterial = Some(domain::registry::Culture::Negative);
        sent(&lis, vec![given]).await;
        let now = unit_read(&lis, "CN00000001").await.unwrap().unit;
        assert_eq!((now.tnc_e5, now.segments), (Some(9000), Some(4)));
        assert_eq!(now.bacterial, Some(domain::registry::Culture::Negative));
        for path in ["TNC_FRZN", "ATT_SEG", "BACT_CULT"] {
            assert_eq!(now.details.get(path), None, "{path}");
        }
        // Nothing known is nothing kept.
        let none = UnitGiven { tnc_e5: Some(0), compartments: Vec::new(), ..unit(2) };
        sent(&lis, vec![none.clone()]).await;
        let told = unit_read(&lis, "CN000002").await.unwrap().unit;
        assert_eq!((told.tnc_e5, told.details.get("TNC_FRZN")), (None, None));
        sent(&lis, vec![UnitGiven { tnc_e5: Some(9000), ..none }]).await;
        assert_books_hold(&registry.ctx).await;
    }
}

#[tokio::test]
async fn texts_are_kept_in_one_form_and_numbers_short() {
    for db in testbed::databases().await {
        let registry = two_banks(db).await;
        let lis = full_key(&registry.ctx, "CN01").await;
        let mut typed = unit(1);
        (typed.local_id, typed.ethnicity) = (Some(" L\t 1\n".into()), Some("汉\n 族".into()));
        typed.compartments[0].place.as_mut().unwrap().tank = "T\t1".into();
        sent(&lis, vec![typed]).await;
        let told = unit_read(&lis, "L 1").await.unwrap().unit;
        assert_eq!((told.local_id.as_deref(), told.ethnicity.as_deref()), (Some("L 1"), Some("汉 族")));
        let long = UnitGiven { local_id: Some("9".repeat(65)), ..unit(2) };
        let refused = units_add(&lis, fresh(&lis), UnitsGiven { units: vec![long] }).await;
        let field = "LOCAL_ID".to_owned();
        assert!(
            matches!(&refused, Err(ServiceError::Units(units)) if units[0].reason == LoadRefusal::TextUnfit { field }),
            "{refused:?}"
        );
        assert_books_hold(&registry.ctx).await;
    }
}

/// A unit is found by the bank's number under which it was put in: another one is said to differ.
#[tokio::test]
async fn another_local_number_is_said_to_differ() {
    for db in testbed::databases().await {
        let registry = two_banks(db).await;
        let lis = full_key(&registry.ctx, "CN01").await;
        let numbered = |local: &str| UnitGiven { local_id: Some(local.into()), ..unit(1) };
        sent(&lis, vec![numbered("L-1")]).await;
        let units = UnitsGiven { units: vec![numbered("L-2"), unit(2)] };
        let refused = units_add(&lis, fresh(&lis), units).await;
        let Err(ServiceError::Units(refused)) = refused else { panic!("{refused:?}") };
        let field = "LOCAL_ID".to_owned();
        assert_eq!((refused.len(), &refused[0].reason), (1, &LoadRefusal::NumberDiffers { field }));
        sent(&lis, vec![UnitGiven { segments: Some(5), ..numbered("L-1") }, unit(2)]).await;
        assert_eq!(unit_read(&lis, "L-1").await.unwrap().unit.segments, Some(5));
        // Where there was none, it is kept and told.
        sent(&lis, vec![UnitGiven { local_id: Some("L-9".into()), ..unit(2) }]).await;
        assert_eq!(unit_read(&lis, "CN000002").await.unwrap().unit.local_id.as_deref(), Some("L-9"));
        assert_books_hold(&registry.ctx).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_names_two_units_names_none() {
    for db in testbed::databases().await {
        let registry = two_banks(db).await;
        let (ctx, db) = (registry.ctx.clone(), &registry.db);
        let lis = full_key(&ctx, "CN01").await;
        let given = |registry_id: &str, local: &str| UnitGiven {
            registry_id: registry_id.into(),
            local_id: Some(local.into()),
            ..unit(1)
        };
        let units =
            vec![given("CN1", "x-1"), given("CN2", "CN1"), given("CN3", "X-1"), given("CN4", "CN00000001")];
        let ids: Vec<String> = sent(&lis, units).await.units.iter().map(|one| one.id.to_string()).collect();
        let found = async |number: &str| unit_read(&lis, number).await.map(|told| told.unit.registry_id);
        assert_eq!(
            refusal(found("CN1").await),
            Refusal::NumberAmbiguous,
            "one's number is another's local one"
        );
        assert_eq!(found(&ids[0]).await.unwrap(), "CN1");
        assert_eq!(found("cn2").await.unwrap(), "CN2");
        // As it is written counts first.
        assert_eq!((found("x-1").await.unwrap(), found("X-1").await.unwrap()), ("CN1".into(), "CN3".into()));
        // What is only staged hides nothing.
        let asked = request(db, "a.xml", inventory((0..600).map(|n| cbu(1, n))));
        let mut named = Vec::new();
        units_load(&ctx, asked, &mut |told| {
            if matches!(told, Told::Progress { .. }) {
                let handle = tokio::runtime::Handle::current();
                named.push(tokio::task::block_in_place(|| handle.block_on(found("CN00000001"))).ok());
            }
        })
        .await
        .unwrap();
        assert!(named.iter().all(|named| named.as_deref() == Some("CN4")), "{named:?}");
        assert_books_hold(&ctx).await;
    }
}

/// A load that is open puts its units into the table of units: lists look at so many of them and no more.
#[tokio::test(flavor = "multi_thread")]
async fn lists_look_at_few_staged_units_at_a_time() {
    for db in testbed::databases().await {
        let registry = two_banks(db).await;
        let (ctx, db) = (registry.ctx.clone(), &registry.db);
        let lis = full_key(&ctx, "CN01").await;
        sent(&lis, vec![unit(1)]).await;
        let asked = request(db, "a.xml", inventory((0..5000).map(|n| cbu(1, n))));
        let mut seen = None;
        let walk = async || {
            sent(&lis, vec![unit(2)]).await;
            let (mut pages, mut ids, mut after) = (0, Vec::new(), None);
            loop {
                let page = units_list(&lis, after, 3).await.unwrap();
                ids.extend(page.units.iter().map(|line| line.unit.registry_id.clone()));
                pages += 1;
                after = page.next.map(domain::id::UnitId);
                if after.is_none() {
                    break;
                }
            }
            let (mut older, mut before) = (0, None);
            loop {
                let (lines, next) = unit_list(&ctx, before, 3).await.unwrap();
                ids.extend(lines.iter().map(|line| line.now.unit.registry_id.clone()));
                older += 1;
                before = next;
                if before.is_none() {
                    break (pages, older, ids);
                }
            }
        };
        units_load(&ctx, asked, &mut |told| {
            if matches!(told, Told::Progress { units: 4500, .. }) {
                let handle = tokio::runtime::Handle::current();
                seen = Some(tokio::task::block_in_place(|| handle.block_on(walk())));
            }
        })
        .await
        .unwrap();
        let (pages, older, ids) = seen.unwrap();
        assert_eq!(ids, ["CN000001", "CN000002", "CN000002", "CN000001"]);
        assert!(pages >= 3 && older >= 3, "{pages} {older}: some pages are short");
        assert_books_hold(&ctx).await;
    }
}
