//! Keys of laboratories' systems: shown once, for one bank, for what they were made for, and for a time.

use domain::access::{Action, Role, Scope};
use domain::refusal::Refusal;
use domain::registry::{Step, UnitStatus};
use service::registry::api::{
    CALLS, Call, MOST_DAYS, MoveGiven, NewKey, PREFIX, PlaceGiven, StatusGiven, StepGiven, StepsGiven,
    TypingGiven, UnitsGiven, api_key_create, api_key_list, api_key_open, api_key_revoke, move_add,
    status_add, steps_add, typing_add, unit_read, units_add, units_list,
};
use service::{Answer, Ctx};
use testbed::tamper;

use crate::api_support::*;
use crate::support::{assert_books_hold, checks, refusal};
use crate::units_support::later;

const DAY: i64 = 24 * 3600;

fn wish<'k>(name: &'k str, bank: &'k str, scopes: &'k [Scope], days: u16) -> NewKey<'k> {
    NewKey { name, bank, scopes, days }
}

#[tokio::test]
async fn a_key_is_shown_once_expires_and_is_taken_back() {
    for db in testbed::databases().await {
        let registry = two_banks(db).await;
        let ctx = &registry.ctx;
        let (row, key) = api_key_create(ctx, wish("LIS", "CN01", &[Scope::UnitsRead], 30)).await.unwrap();
        assert!(key.starts_with(PREFIX) && key.len() == PREFIX.len() + 26, "128 bits in base 32");
        // What is kept does not open anything, and the key is nowhere in it.
        let kept = api_key_list(ctx).await.unwrap();
        assert_eq!((kept.len(), kept[0].1.as_str()), (1, "CN01"));
        assert_eq!(row.digest.len(), 32);
        assert!(!format!("{kept:?}").contains(&key[PREFIX.len()..]));
        let known = api_key_open(ctx, &key, Call::Change).await.unwrap();
        assert!(known.authorize(Action::ReadBankUnits).is_ok());
        for wrong in ["", PREFIX, &key[1..], &format!("{}x", &**key), &key.to_uppercase()] {
            assert_eq!(
                refusal(api_key_open(ctx, wrong, Call::Change).await.map(|_| ())),
                Refusal::ApiKeyInvalid,
                "{wrong}"
            );
        }
        assert!(api_key_open(&later(ctx, 30 * DAY - 1), &key, Call::Change).await.is_ok());
        let after = api_key_open(&later(ctx, 30 * DAY), &key, Call::Change).await;
        assert_eq!(refusal(after.map(|_| ())), Refusal::ApiKeyInvalid, "expired");
        api_key_revoke(ctx, "LIS").await.unwrap();
        let after = api_key_open(ctx, &key, Call::Change).await;
        assert_eq!(refusal(after.map(|_| ())), Refusal::ApiKeyInvalid, "revoked");
        assert_eq!(refusal(api_key_revoke(ctx, "LIS").await), Refusal::NotFound, "once");
        let mut reader = ctx.house.db.read().await.unwrap();
        let events = store::audit::events_of(&mut reader.conn(), row.id).await.unwrap();
        let kinds: Vec<_> = events.iter().map(|event| event.kind.as_str()).collect();
        assert_eq!(kinds, ["api_key.created", "api_key.revoked"]);
        assert!(!events.iter().any(|event| event.detail.contains(&key[PREFIX.len()..])));
        drop(reader);
        assert_books_hold(ctx).await;
    }
}

#[tokio::test]
async fn the_day_of_a_keys_last_use_is_kept_once_a_day() {
    for db in testbed::databases().await {
        let registry = two_banks(db).await;
        let ctx = &registry.ctx;
        let (_, key) = api_key_create(ctx, wish("LIS", "CN01", &[Scope::UnitsRead], 30)).await.unwrap();
        let used = async || api_key_list(ctx).await.unwrap()[0].0.last_used_at;
        assert_eq!(used().await, None);
        api_key_open(ctx, &key, Call::Change).await.unwrap();
        assert_eq!(used().await, Some(ctx.now.0));
        api_key_open(&later(ctx, 60), &key, Call::Change).await.unwrap();
        assert_eq!(used().await, Some(ctx.now.0), "once a day");
        let tomorrow = later(ctx, DAY);
        api_key_open(&tomorrow, &key, Call::Change).await.unwrap();
        assert_eq!(used().await, Some(tomorrow.now.0));
        assert_books_hold(ctx).await;
    }
}

#[tokio::test]
async fn a_key_that_cannot_be_is_not_made() {
    for db in testbed::databases().await {
        let registry = two_banks(db).await;
        let ctx = &registry.ctx;
        let read = [Scope::UnitsRead];
        let made = async |at: &Ctx, wish| refusal(api_key_create(at, wish).await.map(|_| ()));
        assert_eq!(made(ctx, wish(" ", "CN01", &read, 1)).await, Refusal::Required);
        assert_eq!(made(ctx, wish("LIS", "CN01", &[], 1)).await, Refusal::Required);
        assert_eq!(made(ctx, wish("LIS", "CN09", &read, 1)).await, Refusal::ChoiceUnknown);
        for days in [0, MOST_DAYS + 1] {
            let refused = made(ctx, wish("LIS", "CN01", &read, days)).await;
            assert_eq!(refused, Refusal::DaysOutOfRange { max: MOST_DAYS }, "it always expires");
        }
        for role in Role::ALL.into_iter().filter(|role| *role != Role::Administrator) {
            let staff = registry.staff(role).await;
            assert_eq!(made(&staff, wish("LIS", "CN01", &read, 1)).await, Refusal::NotAllowed, "{role:?}");
            assert_eq!(refusal(api_key_revoke(&staff, "LIS").await), Refusal::NotAllowed);
        }
        let administrator = registry.staff(Role::Administrator).await;
        api_key_create(&administrator, wish("LIS", "CN01", &read, 1)).await.unwrap();
        assert_eq!(made(ctx, wish("LIS", "CN02", &read, 1)).await, Refusal::NameTaken);
        let lis = full_key(ctx, "CN01").await;
        assert_eq!(made(&lis, wish("more", "CN01", &read, 1)).await, Refusal::NotAllowed, "by a key");
        assert_books_hold(ctx).await;
    }
}

#[tokio::test]
async fn a_key_that_was_changed_by_hand_is_named() {
    for db in testbed::databases().await {
        let registry = two_banks(db).await;
        key(&registry.ctx, "CN01", &[Scope::UnitsRead]).await;
        let changes = [
            ("scopes = scopes || ' x'", "scopes = substr(scopes, 1, length(scopes) - 2)"),
            ("expires_at = expires_at + 1", "expires_at = expires_at - 1"),
            ("revoked_at = 1", "revoked_at = null"),
            ("name = name || 'x'", "name = substr(name, 1, length(name) - 1)"),
        ];
        for (change, back) in changes {
            tamper(&registry.db, &format!("update api_key set {change}")).await;
            let found = checks(&registry.ctx).await;
            let keys = found.iter().find(|check| check.name == "api_keys_follow_events").unwrap();
            assert!(keys.wrong.is_some(), "{}: {change}", registry.db.kind);
            tamper(&registry.db, &format!("update api_key set {back}")).await;
        }
        assert_books_hold(&registry.ctx).await;
    }
}

/// Everything that a key can be used for, each with the scope that it takes.
async fn everything(lis: &Ctx, number: &str, new: u32) -> Vec<(Scope, Answer<()>)> {
    let place = PlaceGiven { tank: format!("T{new}"), rack: "1".into(), box_: "1".into(), slot: "1".into() };
    let typing = TypingGiven {
        hla: "A*02:01+A*24:02^B*15:01+B*46:01^DRB1*09:01+DRB1*14:05".into(),
        method: "dna".into(),
        typed_on: lis.now.date(),
        laboratory: "演示实验室".into(),
    };
    let step = StepGiven {
        step: Step::HlaTyped,
        operator: "李工".into(),
        instrument: String::new(),
        started_at: lis.now.plus_seconds(-60),
        ended_at: lis.now,
        result: String::new(),
        verdict: domain::registry::StepVerdict::Passed,
    };
    let status = StatusGiven { status: UnitStatus::Unavailable, reason: "qr".into() };
    vec![
        (Scope::UnitsRead, unit_read(lis, number).await.map(|_| ())),
        (Scope::UnitsWrite, {
            let units = vec![unit(new)];
            units_add(lis, fresh(lis), UnitsGiven { units }).await.map(|_| ())
        }),
        (Scope::TypingsWrite, typing_add(lis, fresh(lis), number, typing).await.map(|_| ())),
        (Scope::StepsWrite, {
            steps_add(lis, fresh(lis), number, StepsGiven { steps: vec![step] }).await.map(|_| ())
        }),
        (Scope::StatusWrite, status_add(lis, fresh(lis), number, status).await.map(|_| ())),
        (Scope::MovesWrite, {
            let given = MoveGiven { compartment: 1, place, moved_at: None };
            move_add(lis, fresh(lis), number, given).await.map(|_| ())
        }),
    ]
}

#[tokio::test]
async fn a_scope_opens_what_it_names_and_nothing_else() {
    for db in testbed::databases().await {
        let registry = two_banks(db).await;
        stored(&registry, 1, 2).await;
        for (new, scope) in (100..).zip(Scope::ALL) {
            let lis = key(&registry.ctx, "CN01", &[scope]).await;
            for (needed, answer) in everything(&lis, "CN000001", new).await {
                if needed == scope {
                    answer.unwrap_or_else(|error| panic!("{scope:?}: {error}"));
                } else {
                    assert_eq!(refusal(answer), Refusal::ScopeMissing { scope: needed }, "{scope:?}");
                }
            }
            let list = units_list(&lis, None, 10).await.map(|_| ());
            assert_eq!(list.is_ok(), scope == Scope::UnitsRead);
            // What staff read of all banks is no key's.
            for action in [Action::ReadRegistry, Action::WorkLab, Action::ImportUnits, Action::ReadPublic] {
                assert_eq!(refusal(lis.authorize(action)), Refusal::NotAllowed);
            }
        }
        assert_books_hold(&registry.ctx).await;
    }
}

#[tokio::test]
async fn another_banks_unit_is_not_there() {
    for db in testbed::databases().await {
        let registry = two_banks(db).await;
        let theirs = stored(&registry, 1, 2).await;
        let lis = full_key(&registry.ctx, "CN02").await;
        let before = versions(&registry.ctx, theirs).await;
        // By its number, its donation number, its id.
        for number in ["CN000001", "A999926000001", &theirs.to_string()] {
            for (scope, answer) in everything(&lis, number, 200).await {
                if scope != Scope::UnitsWrite {
                    assert_eq!(refusal(answer), Refusal::NotFound, "{scope:?} {number}");
                }
            }
        }
        let page = units_list(&lis, None, 200).await.unwrap();
        let seen: Vec<_> = page.units.iter().map(|line| line.unit.registry_id.as_str()).collect();
        assert_eq!(seen, ["CN000200"], "its own alone");
        // Its number is not to be taken over, and the unit's own number is not told to whoever guesses its DIN.
        let taken = UnitsGiven { units: vec![unit(1)] };
        let refused = units_add(&lis, fresh(&lis), taken).await.unwrap_err();
        assert!(format!("{refused:?}").contains("OtherBank"), "{refused:?}");
        let mut stolen = unit(201);
        stolen.din = Some("A999926000001".into());
        let stolen = UnitsGiven { units: vec![stolen] };
        let refused = format!("{:?}", units_add(&lis, fresh(&lis), stolen).await.unwrap_err());
        assert!(refused.contains("OtherBank") && !refused.contains("CN000001"), "{refused}");
        assert_eq!(versions(&registry.ctx, theirs).await, before);
        assert_books_hold(&registry.ctx).await;
    }
}

#[tokio::test]
async fn a_key_asks_so_often_and_no_oftener() {
    for db in testbed::databases().await {
        let registry = two_banks(db).await;
        let ctx = &registry.ctx;
        let (row, key) = api_key_create(ctx, wish("LIS", "CN01", &[Scope::UnitsRead], 1)).await.unwrap();
        let subject = service::limits::limit_subject(ctx, CALLS.purpose, &row.id.to_string());
        let now = ctx.now;
        let write = ctx.house.writer.write(move |tx| {
            Box::pin(
                async move { store::limit::limit_put(tx, CALLS.purpose, &subject, now, CALLS.max - 1).await },
            )
        });
        write.await.unwrap();
        assert!(api_key_open(ctx, &key, Call::Change).await.is_ok(), "the last one");
        let refused = refusal(api_key_open(&later(ctx, 1), &key, Call::Change).await.map(|_| ()));
        assert!(matches!(refused, Refusal::TooManyAttempts { seconds: 1..=60 }), "{refused:?}");
        assert!(api_key_open(&later(ctx, CALLS.seconds), &key, Call::Change).await.is_ok(), "a minute later");
        // What is read is counted in memory: no read waits for the writer, and none writes.
        let (tomorrow, known) = (later(ctx, 3600), api_key_open(&later(ctx, 3600), &key, Call::Change).await);
        known.unwrap();
        let kept = async || {
            let subject = service::limits::limit_subject(ctx, CALLS.purpose, &row.id.to_string());
            let mut reader = ctx.house.db.read().await.unwrap();
            store::limit::limit_get(&mut reader.conn(), CALLS.purpose, &subject).await.unwrap()
        };
        let before = kept().await;
        for n in 0..CALLS.max {
            assert!(api_key_open(&tomorrow, &key, Call::Read).await.is_ok(), "{n}");
        }
        assert_eq!(kept().await, before);
        let refused = refusal(api_key_open(&later(&tomorrow, 1), &key, Call::Read).await.map(|_| ()));
        assert!(matches!(refused, Refusal::TooManyAttempts { seconds: 1..=60 }), "{refused:?}");
        assert!(
            api_key_open(&tomorrow, &key, Call::Change).await.is_ok(),
            "changes are counted by themselves"
        );
        assert!(api_key_open(&later(&tomorrow, CALLS.seconds), &key, Call::Read).await.is_ok());
    }
}
