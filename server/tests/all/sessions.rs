//! Sessions of staff through the real program: on two nodes, ended by each thing that must end them.

use reqwest::header::{COOKIE, SET_COOKIE};
use reqwest::{Client, Response, StatusCode};
use testbed::{TestDb, tamper};

use crate::spark::{PASSWORD, Place, Running, client, free_port};

const NAME: &str = "li.na";

struct Desk {
    db: TestDb,
    place: Place,
    other: Place,
    client: Client,
    _nodes: [Running; 2],
}

impl Desk {
    /// Two nodes on one database, with one user.
    async fn open(db: TestDb) -> Self {
        let place = Place::of(&db);
        let mut made = place.command(&[], &["admin", "create-user", NAME, "--role", "finance"]);
        let password = db.dir.path().join("password");
        std::fs::write(&password, PASSWORD).unwrap();
        let made = made.stdin(std::fs::File::open(password).unwrap()).output().unwrap();
        assert!(made.status.success(), "{made:?}");
        let other = Place { port: free_port(), ..place.clone() };
        let mut nodes = [place.serve(), other.serve()];
        nodes[0].ready(&format!("{}/readyz", place.base())).await;
        nodes[1].ready(&format!("{}/readyz", other.base())).await;
        Self { db, place, other, client: client(), _nodes: nodes }
    }

    async fn sign_in(&self, cookie: &str) -> Response {
        let body = format!("name={NAME}&password={PASSWORD}");
        let request = self.client.post(format!("{}/sign-in", self.place.base())).body(body);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        request.header("sec-fetch-site", "same-origin").header(COOKIE, cookie).send().await.unwrap()
    }

    /// Signs in and gives the cookie, `name=value`.
    async fn session(&self) -> String {
        let answer = self.sign_in("").await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        cookie(&answer).split(';').next().unwrap().to_owned()
    }

    /// Whether the cookie opens the console on a node.
    async fn opens(&self, node: &Place, cookie: &str) -> bool {
        let request = self.client.get(format!("{}/console/gifts", node.base())).header(COOKIE, cookie);
        match request.send().await.unwrap().status() {
            StatusCode::OK => true,
            StatusCode::SEE_OTHER => false,
            other => panic!("{other}"),
        }
    }
}

fn cookie(answer: &Response) -> String {
    answer.headers().get(SET_COOKIE).unwrap().to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_session_holds_on_every_node_and_is_not_to_be_had_from_the_table() {
    for db in testbed::databases().await {
        let desk = Desk::open(db).await;
        let answer = desk.sign_in("").await;
        let set = cookie(&answer);
        assert!(
            set.contains("HttpOnly") && set.contains("SameSite=Lax") && set.contains("Max-Age=1800"),
            "{set}"
        );
        let session = set.split(';').next().unwrap().to_owned();
        assert!(desk.opens(&desk.place, &session).await && desk.opens(&desk.other, &session).await);
        assert!(!desk.opens(&desk.place, "session=AAAAAAAAAAAAAAAAAAAAAA").await, "{}", desk.db.kind);
        // What the table holds as an id is not what the browser holds.
        let value = session.split_once('=').unwrap().1;
        tamper(&desk.db, &format!("delete from session where id = '{value}'")).await;
        assert!(desk.opens(&desk.place, &session).await);
        // A second sign-in under the first one's cookie gets a new id, and the old one opens nothing any more.
        let second = cookie(&desk.sign_in(&session).await).split(';').next().unwrap().to_owned();
        assert_ne!(second, session);
        assert!(desk.opens(&desk.other, &second).await && !desk.opens(&desk.place, &session).await);
    }
}

#[tokio::test]
async fn signing_out_time_and_the_administrator_end_a_session_on_every_node() {
    for db in testbed::databases().await {
        let desk = Desk::open(db).await;
        let session = desk.session().await;
        let out = desk
            .client
            .post(format!("{}/sign-out", desk.place.base()))
            .header("sec-fetch-site", "same-origin");
        assert_eq!(out.header(COOKIE, &session).send().await.unwrap().status(), StatusCode::SEE_OTHER);
        assert!(!desk.opens(&desk.other, &session).await, "{}: signed out", desk.db.kind);
        let session = desk.session().await;
        tamper(&desk.db, "update session set expires_at = 1").await;
        assert!(!desk.opens(&desk.other, &session).await, "{}: expired", desk.db.kind);
        let session = desk.session().await;
        assert!(desk.opens(&desk.other, &session).await);
        desk.place.run(&["admin", "disable-user", NAME]);
        assert!(!desk.opens(&desk.other, &session).await, "{}: disabled", desk.db.kind);
        assert_eq!(desk.sign_in("").await.status(), StatusCode::UNPROCESSABLE_ENTITY);
    }
}
