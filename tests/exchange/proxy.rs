//! A wire between two houses that counts connections and can be cut.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Bytes of a handshake from the client, and less than the client's handshake with a certificate message after it.
const HANDSHAKE: usize = 4500;

/// A wire to a house.
pub(crate) struct Proxy {
    pub(crate) address: String,
    state: Arc<State>,
}

/// What becomes of answers; requests always get through.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answers {
    /// They get through.
    Pass,
    /// They are held back until they may pass.
    Wait,
    /// The line breaks instead.
    Break,
}

struct State {
    connections: AtomicUsize,
    answers: watch::Sender<Answers>,
}

impl Proxy {
    /// A wire to this address.
    pub(crate) async fn to(address: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let target = address.trim_start_matches("https://").replace("localhost", "127.0.0.1");
        let state = Arc::new(State { connections: AtomicUsize::new(0), answers: watch::Sender::new(Answers::Pass) });
        let shared = state.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                shared.connections.fetch_add(1, Ordering::SeqCst);
                if let Ok(server) = TcpStream::connect(&target).await {
                    tokio::spawn(carry(client, server, shared.clone()));
                }
            }
        });
        Self { address: format!("https://localhost:{port}"), state }
    }

    pub(crate) fn connections(&self) -> usize {
        self.state.connections.load(Ordering::SeqCst)
    }

    /// What becomes of answers from now on.
    pub(crate) fn answers(&self, answers: Answers) {
        self.state.answers.send_replace(answers);
    }
}

async fn carry(client: TcpStream, server: TcpStream, state: Arc<State>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = sent.clone();
    let up = async move {
        let mut buffer = vec![0; 16_384];
        while let Ok(length @ 1..) = from_client.read(&mut buffer).await {
            counted.fetch_add(length, Ordering::SeqCst);
            if to_server.write_all(&buffer[..length]).await.is_err() {
                break;
            }
        }
    };
    let down = async move {
        let mut buffer = vec![0; 16_384];
        while let Ok(length @ 1..) = from_server.read(&mut buffer).await {
            if sent.load(Ordering::SeqCst) > HANDSHAKE {
                // It is the answer to a request.
                let mut answers = state.answers.subscribe();
                let now = *answers.wait_for(|now| *now != Answers::Wait).await.unwrap();
                if now == Answers::Break {
                    return;
                }
            }
            if to_client.write_all(&buffer[..length]).await.is_err() {
                break;
            }
        }
    };
    tokio::select! { () = up => {}, () = down => {} }
}
