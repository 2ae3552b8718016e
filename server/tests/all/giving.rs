//! The donate form and a gift's own pages, as a donor meets them: nothing typed is lost, and nothing untrue is said.

use domain::giving::GiftForm;
use domain::id::IdSource as _;
use reqwest::StatusCode;
use service::SystemIds;
use store::Db;
use testbed::{TestDb, tamper};

use crate::spark::{Place, Running, Visitor, borrowed, gift_key, pairs, token_in};

/// A gift by transfer under a name.
fn typed() -> GiftForm {
    GiftForm {
        gift_key: gift_key(),
        target: "spark".into(),
        amount: "1234.50".into(),
        channel: "bank_transfer".into(),
        name: "测试捐赠人".into(),
        message: "愿早日康复".into(),
        consent: "on".into(),
        ..GiftForm::default()
    }
}

/// The running program and somebody who gives.
async fn open(test: &TestDb) -> (Running, Visitor) {
    let place = Place::of(test);
    place.run(&["demo", "--gifts", "5", "--units", "0"]);
    let mut spark = place.serve();
    spark.ready(&format!("{}/readyz", place.base())).await;
    (spark, Visitor::new(&place, "192.0.2.1"))
}

async fn database() -> TestDb {
    testbed::databases().await.swap_remove(0)
}

/// The address of the pay page of a gift.
async fn pledged(donor: &Visitor, form: &GiftForm) -> String {
    let got = donor.post("/donate", &borrowed(&pairs(form))).await;
    assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.body);
    got.location
}

fn own_page(pay: &str) -> &str {
    pay.strip_suffix("/pay").expect("a pay page")
}

#[tokio::test]
async fn nobody_is_asked_to_pay_once_the_plan_has_ended() {
    let test = database().await;
    let (_spark, donor) = open(&test).await;
    let transfer = pledged(&donor, &typed()).await;
    let sandbox = GiftForm { channel: "sandbox".into(), gift_key: gift_key(), ..typed() };
    let sandbox = pledged(&donor, &sandbox).await;
    assert!(donor.get(&transfer).await.body.contains("请转账到这个账户"));
    tamper(&test, "update plan set ends_on = '2026-01-31'").await;
    // The programme is read again after a second.
    tokio::time::sleep(std::time::Duration::from_millis(1_200)).await;
    for pay in [&transfer, &sandbox] {
        let page = donor.get(pay).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        let (said, asked) =
            (["现在不能付款了", "募捐方案还没有开始或已经结束"], ["请转账到", "去付款", "应付金额"]);
        assert!(said.iter().all(|said| page.body.contains(said)), "{}", page.body);
        assert!(!asked.iter().any(|asked| page.body.contains(asked)), "{}", page.body);
        let own = donor.get(own_page(pay)).await.body;
        assert!(own.contains("现在不能付款了") && !own.contains("去付款"), "{own}");
    }
}

#[tokio::test]
async fn a_target_that_is_not_there_is_never_another_one() {
    let test = database().await;
    let (_spark, donor) = open(&test).await;
    for to in ["nope", "spark/nope", "spark/nope/x"] {
        let page = donor.get(&format!("/donate?to={to}")).await.body;
        assert!(page.contains("没有这个项目，或者它已经结束"), "{to}: {page}");
        assert!(page.contains("<option value=\"\" selected>请选择捐给哪里"), "{to}: {page}");
    }
    let unchosen = GiftForm { target: String::new(), ..typed() };
    let got = donor.post("/donate", &borrowed(&pairs(&unchosen))).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(got.body.contains("<option value=\"\" selected>"), "still to be chosen: {}", got.body);
    assert!(!donor.get("/donate").await.body.contains("请选择捐给哪里"), "a fresh form has its first fund");
}

#[tokio::test]
async fn a_gifts_pages_promise_what_its_state_allows() {
    let test = database().await;
    let (_spark, donor) = open(&test).await;
    let waived = GiftForm { receipt: "no".into(), ..typed() };
    let pay = pledged(&donor, &waived).await;
    let page = donor.get(own_page(&pay)).await.body;
    assert!(page.contains("您选择了不要收据。"), "{page}");
    for promise in ["变成一张收据", "自动开具"] {
        assert!(!page.contains(promise), "{promise}: {page}");
    }
    assert!(!donor.get(&pay).await.body.contains("收据会出现"));

    let pay = pledged(&donor, &typed()).await;
    let db = Db::open(&test.address).await.unwrap();
    let gift = {
        let mut reader = db.read().await.unwrap();
        store::gift::gift_by_token(&mut reader.conn(), token_in(&pay)).await.unwrap().unwrap()
    };
    let set = async |state: &str| {
        // Other gifts stay as they are: this one alone bears this amount and words.
        tamper(&test, &format!("update gift set state = '{state}' where amount_fen = {}", gift.amount_fen))
            .await;
        donor.get(own_page(&pay)).await.body
    };
    let page = set("expired").await;
    assert!(page.contains("没有收到付款，所以没有收据") && !page.contains("到账后自动开具"), "{page}");
    for page in [page, donor.get(&pay).await.body] {
        assert!(page.contains("/donate?to=spark&amp;amount=1234.50"), "the amount goes along: {page}");
    }
    let again = donor.get("/donate?to=spark&amount=1234.50").await.body;
    assert!(again.contains("value=\"1234.50\""), "{again}");
    let page = set("refunded").await;
    assert!(page.contains("这笔捐赠已退回") && page.contains("您写的话不会公开"), "{page}");
    assert!(!page.contains("谢谢您") && !page.contains("之后会公开"), "{page}");
}

#[tokio::test]
async fn the_pay_page_says_in_one_sentence_what_to_keep() {
    let test = database().await;
    let (_spark, donor) = open(&test).await;
    let page = donor.get(&pledged(&donor, &typed()).await).await.body;
    let words: String =
        page.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text).collect();
    assert!(words.contains("请留好这笔捐赠的页面的网址，付款结果"), "{words}");
}

#[tokio::test]
async fn the_language_switch_keeps_what_was_typed() {
    let test = database().await;
    let (_spark, donor) = open(&test).await;
    let form =
        GiftForm { email: "not an address".into(), tax_number: "11010519491231002X".into(), ..typed() };
    let mut sent = pairs(&form);
    sent.push(("language".into(), "en".into()));
    let got = donor.post("/donate", &borrowed(&sent)).await;
    assert_eq!(got.status, StatusCode::OK, "{}", got.body);
    assert_eq!(got.header("cache-control"), "no-store");
    assert!(got.header("set-cookie").starts_with("lang=en"));
    assert!(got.body.contains("Give to") && got.body.contains("lang=\"en\""), "{}", got.body);
    for kept in [&form.gift_key, &form.amount, &form.name, &form.message, &form.email, &form.tax_number] {
        assert!(got.body.contains(kept.as_str()), "{kept} is lost: {}", got.body);
    }
    // No gift was made of it: its key still makes one.
    let mended = GiftForm { email: String::new(), tax_number: String::new(), ..form };
    pledged(&donor, &mended).await;
    let fresh = donor.get("/donate").await.body;
    assert!(fresh.contains("form=\"give\" formaction=\"/donate\" name=\"language\" value=\"en\""), "{fresh}");
    let refused = donor.post("/donate", &[("name", "王")]).await;
    assert!(refused.body.contains("name=\"language\""), "{}", refused.body);
    // Enter in a field gives; it must not switch the language.
    let (enter, switch) = (fresh.find("form=\"give\" tabindex=\"-1\""), fresh.find("name=\"language\""));
    assert!(enter.is_some() && enter < switch, "{fresh}");
}

#[tokio::test]
async fn the_language_switch_stays_on_the_page_it_stands_on() {
    let test = database().await;
    let (_spark, donor) = open(&test).await;
    let english = |form: &GiftForm| {
        let mut sent = pairs(form);
        sent.push(("language".into(), "en".into()));
        sent
    };
    let home = donor.get("/").await.body;
    assert!(home.contains("form=\"give\" formaction=\"/\" name=\"language\" value=\"en\""), "{home}");
    // What was typed is there again, among what only the home page has.
    let typed = typed();
    let got = donor.post("/", &borrowed(&english(&typed))).await;
    assert_eq!(got.status, StatusCode::OK, "{}", got.body);
    assert_eq!(got.header("cache-control"), "no-store");
    assert!(got.body.contains("lang=\"en\"") && got.body.contains("id=\"funds-title\""), "{}", got.body);
    assert!(got.body.contains(&typed.message) && got.body.contains(&typed.gift_key), "{}", got.body);
    // Nobody else's page has it.
    assert!(!donor.get("/").await.body.contains(&typed.message));

    // Where nothing was typed, nothing is left to send again.
    let shown = GiftForm {
        gift_key: typed.gift_key,
        target: "spark".into(),
        preset: "100".into(),
        donor_kind: "person".into(),
        receipt: "yes".into(),
        channel: "sandbox".into(),
        ..GiftForm::default()
    };
    let chosen = GiftForm { target: "aid".into(), ..shown.clone() };
    for (page, form, to) in
        [("/", &shown, "/"), ("/donate", &shown, "/donate?to=spark"), ("/donate", &chosen, "/donate?to=aid")]
    {
        let got = donor.post(page, &borrowed(&english(form))).await;
        assert_eq!((got.status, got.header("location")), (StatusCode::SEE_OTHER, to), "{page}");
        assert!(got.header("set-cookie").starts_with("lang=en"), "{page}");
    }
    // Another fund than the home page's own is a choice.
    assert_eq!(donor.post("/", &borrowed(&english(&chosen))).await.status, StatusCode::OK);
    // Without the switch there is nothing to send there.
    let got = donor.post("/", &borrowed(&pairs(&shown))).await;
    assert_eq!((got.status, got.header("location")), (StatusCode::SEE_OTHER, "/"));
}

#[tokio::test]
async fn a_form_without_its_key_comes_back_with_a_new_one() {
    let test = database().await;
    let (_spark, donor) = open(&test).await;
    for key in ["", "broken"] {
        let form = GiftForm { gift_key: key.into(), ..typed() };
        let got = donor.post("/donate", &borrowed(&pairs(&form))).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(got.body.contains("表单没有完整送到") && !got.body.contains("请填写这一项"), "{}", got.body);
        assert!(got.body.contains(&form.message), "{}", got.body);
        let fresh = got.body.split_once("name=\"gift_key\" value=\"").expect("a key").1;
        assert!(fresh.split('"').next().expect("a key").parse::<domain::id::Token>().is_ok());
    }
}

#[tokio::test]
async fn forms_that_are_refused_cost_a_hall_none_of_its_gifts() {
    let test = database().await;
    let (_spark, donor) = open(&test).await;
    let hall = donor.at("2001:db8:8::1".into());
    for _ in 0..61 {
        assert_eq!(hall.post("/donate", &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    pledged(&hall, &typed()).await;
    for _ in 61..300 {
        assert_eq!(hall.post("/donate", &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let wrong = GiftForm { email: "nobody".into(), ..typed() };
    let got = hall.post("/donate", &borrowed(&pairs(&wrong))).await;
    assert_eq!(got.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(got.body.contains(&wrong.message) && got.body.contains("请稍等一会儿"), "{}", got.body);
    pledged(&hall, &typed()).await;
}

#[tokio::test]
async fn a_receipts_number_is_read_as_people_copy_it() {
    let test = database().await;
    let (_spark, donor) = open(&test).await;
    let ask = async |number: &str| donor.post("/verify", &[("number", number), ("amount", "1")]).await;
    let odd = ask("YS-2026-27").await;
    assert_eq!(odd.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(odd.body.contains("编号由字母、四位年份"), "{}", odd.body);
    let id = SystemIds.token().to_string();
    assert_eq!(ask(&id).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    for number in ["No. YS—2026—000027", "编号：YS–2026–000027", "ys-2026-000027"] {
        assert_eq!(ask(number).await.status, StatusCode::NOT_FOUND, "{number} is read");
    }
}
