//! Signing in: who gets in, who is slowed, and that nobody outside can lock staff out.

use std::net::IpAddr;

use domain::access::{Action, Role};
use domain::refusal::Refusal;
use service::staff::{
    sign_in, signed_in, user_create, user_disable, user_enable, user_set_password, user_set_roles,
};
use service::{Ctx, ServiceError};

use crate::support::{public, refusal};

const NAME: &str = "li.na";
const PASSWORD: &str = "correct horse battery";

fn address(last: u8) -> IpAddr {
    IpAddr::from([203, 0, 113, last])
}

fn later(ctx: &Ctx, seconds: i64) -> Ctx {
    Ctx { now: ctx.now.plus_seconds(seconds), ..ctx.clone() }
}

async fn events(ctx: &Ctx, kind: &str) -> usize {
    let mut reader = ctx.house.db.read().await.unwrap();
    let all = store::audit::events_after(&mut reader.conn(), 1, 0, 1000).await.unwrap();
    all.iter().filter(|event| event.kind == kind).count()
}

async fn house(db: &testbed::TestDb) -> Ctx {
    let ctx = testbed::bare_house(db, 1).await;
    user_create(&ctx, " Li.Na ", "李娜", &[Role::Finance, Role::CharityStaff], PASSWORD).await.unwrap();
    ctx
}

#[tokio::test]
async fn the_right_password_opens_and_roles_are_what_was_given() {
    for db in testbed::databases().await {
        let ctx = house(&db).await;
        let web = public(&ctx);
        let signed = sign_in(&web, "LI.NA", PASSWORD, address(1)).await.unwrap();
        assert_eq!(signed.roles, [Role::Finance, Role::CharityStaff]);
        let staff = signed_in(&web, signed.user_id, &signed.mark).await.unwrap().unwrap();
        assert_eq!(staff.display_name, "李娜");
        assert!(domain::access::allows(&staff.actor(), Action::CloseMonth));
        assert_eq!(
            refusal(sign_in(&web, NAME, "wrong horse battery", address(1)).await),
            Refusal::SignInFailed
        );
        assert_eq!(refusal(sign_in(&web, "nobody", PASSWORD, address(1)).await), Refusal::SignInFailed);
        assert_eq!(refusal(sign_in(&web, NAME, "", address(1)).await), Refusal::SignInFailed);
        let counts = (events(&ctx, "sign_in.done").await, events(&ctx, "sign_in.failed").await);
        assert_eq!(counts, (1, 3), "{}", db.kind);
    }
}

#[tokio::test]
async fn a_new_password_and_a_disabled_user_end_what_was_begun() {
    for db in testbed::databases().await {
        let ctx = house(&db).await;
        let web = public(&ctx);
        let first = sign_in(&web, NAME, PASSWORD, address(1)).await.unwrap();
        user_set_password(&ctx, NAME, "another long password").await.unwrap();
        assert_eq!(signed_in(&web, first.user_id, &first.mark).await.unwrap(), None);
        assert_eq!(refusal(sign_in(&web, NAME, PASSWORD, address(1)).await), Refusal::SignInFailed);
        let second = sign_in(&web, NAME, "another long password", address(1)).await.unwrap();
        user_disable(&ctx, NAME).await.unwrap();
        assert_eq!(signed_in(&web, second.user_id, &second.mark).await.unwrap(), None);
        assert_eq!(
            refusal(sign_in(&web, NAME, "another long password", address(1)).await),
            Refusal::SignInFailed
        );
        assert_eq!(refusal(user_disable(&ctx, NAME).await), Refusal::NotFound);
        user_enable(&ctx, NAME).await.unwrap();
        assert_eq!(refusal(user_enable(&ctx, NAME).await), Refusal::NotFound);
        let third = sign_in(&web, NAME, "another long password", address(1)).await.unwrap();
        user_set_roles(&ctx, NAME, &[Role::Auditor, Role::Finance]).await.unwrap();
        assert_eq!(refusal(user_set_roles(&ctx, NAME, &[]).await), Refusal::Required);
        let staff = signed_in(&web, third.user_id, &third.mark).await.unwrap().unwrap();
        assert_eq!(staff.roles, [Role::Auditor, Role::Finance]);
        for refused in [user_enable(&web, NAME).await, user_set_roles(&web, NAME, &[Role::Manager]).await] {
            assert_eq!(refusal(refused), Refusal::NotAllowed);
        }
    }
}

#[tokio::test]
async fn users_are_made_by_those_who_may_with_a_free_name_and_a_long_password() {
    for db in testbed::databases().await {
        let ctx = house(&db).await;
        let make = async |ctx: &Ctx, name: &str, roles: &[Role], password: &str| {
            refusal(user_create(ctx, name, "", roles, password).await)
        };
        assert_eq!(make(&ctx, "LI.NA", &[Role::Auditor], PASSWORD).await, Refusal::NameTaken);
        let short = make(&ctx, "a", &[Role::Auditor], "elevenchars").await;
        assert_eq!(short, Refusal::PasswordTooShort { min: 12 });
        assert_eq!(make(&ctx, "a", &[Role::Auditor], "123456789012").await, Refusal::PasswordGuessable);
        assert_eq!(make(&ctx, "li na", &[Role::Auditor], PASSWORD).await, Refusal::NameHasBlank);
        assert_eq!(make(&ctx, "a", &[], PASSWORD).await, Refusal::Required);
        assert_eq!(make(&ctx, " ", &[Role::Auditor], PASSWORD).await, Refusal::Required);
        assert_eq!(make(&public(&ctx), "a", &[Role::Auditor], PASSWORD).await, Refusal::NotAllowed);
        assert_eq!(events(&ctx, "user.created").await, 1);
    }
}

#[tokio::test]
async fn five_failures_lock_one_address_out_of_one_account_for_a_quarter_of_an_hour() {
    for db in testbed::databases().await {
        let ctx = house(&db).await;
        let web = public(&ctx);
        for minute in 0..5 {
            let at = later(&web, minute * 60);
            assert_eq!(
                refusal(sign_in(&at, NAME, "wrong horse battery", address(1)).await),
                Refusal::SignInFailed
            );
        }
        // Locked, also with the right password, and by a second node that knows nothing but the database.
        let other_node = Ctx { house: testbed::bare_house(&db, 2).await.house, ..web.clone() };
        let locked = refusal(sign_in(&later(&other_node, 300), NAME, PASSWORD, address(1)).await);
        assert_eq!(locked, Refusal::TooManyAttempts { seconds: 840 }, "{}", db.kind);
        assert_eq!(events(&ctx, "sign_in.locked").await, 1);
        // From elsewhere the account is open, and another account from here.
        assert!(sign_in(&later(&web, 300), NAME, PASSWORD, address(2)).await.is_ok());
        assert_eq!(
            refusal(sign_in(&later(&web, 300), "other", PASSWORD, address(1)).await),
            Refusal::SignInFailed
        );
        // Attempts while locked do not prolong it.
        assert!(sign_in(&later(&web, 240 + 900), NAME, PASSWORD, address(1)).await.is_ok());
    }
}

#[tokio::test]
async fn guessing_from_many_addresses_is_slowed_but_its_owner_still_gets_in() {
    for db in testbed::databases().await {
        let ctx = house(&db).await;
        let web = public(&ctx);
        let office = address(250);
        sign_in(&web, NAME, PASSWORD, office).await.unwrap();
        // The sign-in from a new address was no guess and is not counted: ten are free.
        for guess in 0..10 {
            assert_eq!(
                refusal(sign_in(&web, NAME, "wrong horse battery", address(guess)).await),
                Refusal::SignInFailed
            );
        }
        for (seconds, wait, guess) in [(0, 1, 100), (1, 2, 101), (3, 4, 102), (7, 8, 103)] {
            if seconds > 0 {
                let at = later(&web, seconds);
                assert_eq!(
                    refusal(sign_in(&at, NAME, "wrong horse battery", address(guess)).await),
                    Refusal::SignInFailed
                );
            }
            let stranger = sign_in(&later(&web, seconds), NAME, PASSWORD, address(200 + guess % 10)).await;
            assert_eq!(
                refusal(stranger),
                Refusal::TooManyAttempts { seconds: wait },
                "{} {seconds}",
                db.kind
            );
        }
        assert!(sign_in(&later(&web, 7), NAME, PASSWORD, office).await.is_ok(), "staff are not locked out");
    }
}

#[tokio::test]
async fn many_attempts_at_once_are_no_more_than_as_many_in_turn() {
    for db in testbed::databases().await {
        let ctx = house(&db).await;
        let web = public(&ctx);
        let attempts = (0..12).map(|_| sign_in(&web, NAME, "wrong horse battery", address(1)));
        let answers = futures::future::join_all(attempts).await;
        let looked =
            answers.iter().filter(|a| matches!(a, Err(ServiceError::Refused(Refusal::SignInFailed)))).count();
        assert_eq!(looked, 5, "{}: {answers:?}", db.kind);
    }
}

#[tokio::test]
async fn one_site_full_of_addresses_is_counted_as_one_and_its_known_addresses_stay_free() {
    for db in testbed::databases().await {
        let web = public(&house(&db).await);
        let at = |site: u16, net: u16| IpAddr::from([0x2001, 0xdb8, site, net, 0, 0, 0, 1]);
        sign_in(&web, NAME, PASSWORD, at(7, 0xffff)).await.unwrap();
        // Each from an address of its own on a name of its own: neither the one nor the other is limited. The site's
        // count is filled as 118 more attempts would fill it: each costs a hash.
        let site = service::limits::limit_site(at(7, 1)).unwrap();
        let subject = service::limits::limit_subject(&web, "sign-in site", &site);
        let now = web.now;
        let fill = web.house.writer.write(move |tx| {
            Box::pin(async move { store::limit::limit_put(tx, "sign-in site", &subject, now, 119).await })
        });
        fill.await.unwrap();
        assert_eq!(refusal(sign_in(&web, "a", PASSWORD, at(7, 1)).await), Refusal::SignInFailed);
        let full = refusal(sign_in(&web, "b", PASSWORD, at(7, 2)).await);
        assert!(matches!(full, Refusal::TooManyAttempts { .. }), "{} {full:?}", db.kind);
        assert_eq!(
            refusal(sign_in(&web, "b", PASSWORD, at(8, 2)).await),
            Refusal::SignInFailed,
            "another site"
        );
        assert!(
            sign_in(&web, NAME, PASSWORD, at(7, 0xffff)).await.is_ok(),
            "{}: its owner's address",
            db.kind
        );
    }
}
