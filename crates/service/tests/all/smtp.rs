//! A mail server for tests: speaks SMTP over a real socket, keeps what it is sent, and refuses as it is told to.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// How one connection goes; accepted when nothing else was asked for.
#[derive(Debug, Clone, Copy)]
pub enum Verdict {
    /// The recipient is answered with this line.
    Recipient(&'static str),
    /// The connection is closed before the mail is acknowledged, after it was kept: the client cannot know.
    CutAfterData,
    /// The connection is closed at once.
    Cut,
}

/// The server.
pub struct Smtp {
    pub url: String,
    verdicts: Arc<Mutex<VecDeque<Verdict>>>,
    mails: Arc<Mutex<Vec<String>>>,
}

impl Smtp {
    pub async fn start() -> Self {
        let socket = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("smtp://{}", socket.local_addr().unwrap());
        let server = Self { url, verdicts: Arc::default(), mails: Arc::default() };
        let (verdicts, mails) = (server.verdicts.clone(), server.mails.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = socket.accept().await {
                let verdict = verdicts.lock().unwrap().pop_front();
                // A client that goes away in the middle is no failure of the server.
                let _ = converse(stream, verdict, &mails).await;
            }
        });
        server
    }

    pub fn then(&self, verdicts: impl IntoIterator<Item = Verdict>) {
        self.verdicts.lock().unwrap().extend(verdicts);
    }

    /// What it was sent so far, as it came.
    pub fn mails(&self) -> Vec<String> {
        self.mails.lock().unwrap().clone()
    }
}

async fn converse(
    stream: TcpStream,
    verdict: Option<Verdict>,
    mails: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    if matches!(verdict, Some(Verdict::Cut)) {
        return Ok(());
    }
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 mail.test ESMTP\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        let verb = line.split(' ').next().unwrap_or_default().to_ascii_uppercase();
        let answer = match (verb.as_str(), verdict) {
            ("EHLO" | "HELO", _) => "250-mail.test\r\n250 8BITMIME",
            ("RCPT", Some(Verdict::Recipient(answer))) => answer,
            ("DATA", _) => {
                write.write_all(b"354 go on\r\n").await?;
                let mut mail = String::new();
                while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                    mail.push_str(line.strip_prefix('.').unwrap_or(&line));
                    mail.push_str("\r\n");
                }
                mails.lock().unwrap().push(mail);
                if matches!(verdict, Some(Verdict::CutAfterData)) {
                    return Ok(());
                }
                // Slow enough that two nodes could meet over one letter.
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                "250 kept"
            }
            ("QUIT", _) => {
                write.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => "250 fine",
        };
        write.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
    Ok(())
}
