//! HTTP/1.1 (RFC 9112) as a load generator needs it: one connection that is kept, one request at a time, answers with a Content-Length.
//! It reads no more of an answer than it must, because every instruction here is taken from the server's share of the machine.

use anyhow::{Context as _, bail};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The end of an answer's head.
const HEAD_END: &[u8] = b"\r\n\r\n";

/// A connection.
pub(super) struct Wire {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer, until the next request.
pub(super) struct Answer<'a> {
    /// Its status code.
    pub(super) status: u16,
    head: &'a str,
    /// Its body.
    pub(super) body: &'a [u8],
}

impl Wire {
    pub(super) async fn connect(address: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(16 * 1024) })
    }

    /// Sends a request and reads its answer.
    pub(super) async fn exchange(&mut self, request: &[u8]) -> anyhow::Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let mut head_end = None;
        let whole = loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the server closed the connection before the end of an answer");
            }
            if head_end.is_none() {
                head_end = self.buffer.windows(HEAD_END.len()).position(|w| w == HEAD_END);
            }
            let Some(end) = head_end else { continue };
            let whole = end + HEAD_END.len() + content_length(self.buffer.get(..end).unwrap_or_default())?;
            if self.buffer.len() >= whole {
                break whole;
            }
        };
        if self.buffer.len() > whole {
            bail!("more came than one answer");
        }
        let (head, body) = self.buffer.split_at(head_end.unwrap_or_default() + HEAD_END.len());
        Answer::new(str::from_utf8(head)?, body)
    }
}

impl<'a> Answer<'a> {
    fn new(head: &'a str, body: &'a [u8]) -> anyhow::Result<Self> {
        let status = head.get(9..12).and_then(|code| code.parse().ok()).context("no status line")?;
        Ok(Self { status, head, body })
    }

    /// The value of a header, the first where there are several.
    pub(super) fn header(&self, name: &str) -> Option<&'a str> {
        header(self.head, name)
    }

    /// The body as text.
    pub(super) fn text(&self) -> anyhow::Result<&'a str> {
        str::from_utf8(self.body).context("a body that is not UTF-8")
    }

    /// Makes sure of the status; an error shows the answer.
    pub(super) fn expect(self, status: u16, what: &str) -> anyhow::Result<Self> {
        if self.status == status {
            return Ok(self);
        }
        bail!("{what}: status {status} was expected\n{}{}", self.head, String::from_utf8_lossy(self.body))
    }
}

fn content_length(head: &[u8]) -> anyhow::Result<usize> {
    let head = str::from_utf8(head)?;
    let length = header(head, "content-length").unwrap_or("0");
    length.parse().with_context(|| format!("a Content-Length of {length:?}"))
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.split("\r\n").skip(1).find_map(|line| {
        let (field, value) = line.split_once(':')?;
        field.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// The text between two others.
pub(super) fn between<'a>(text: &'a str, before: &str, after: char) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    Some(rest.split(after).next().unwrap_or(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_taken_apart() {
        let answer =
            Answer::new("HTTP/1.1 303 See Other\r\nLocation: /a:b\r\ncontent-length: 0\r\n\r\n", b"")
                .unwrap();
        assert_eq!((answer.status, answer.header("location")), (303, Some("/a:b")));
        assert_eq!(answer.header("set-cookie"), None);
        assert!(answer.expect(200, "a page").is_err());
        assert!(Answer::new("HTTP/1.1", b"").is_err());
    }

    #[test]
    fn a_body_is_as_long_as_the_head_says() {
        assert_eq!(content_length(b"HTTP/1.1 200 OK\r\nContent-Length: 17").unwrap(), 17);
        assert_eq!(content_length(b"HTTP/1.1 204 No Content").unwrap(), 0);
        assert!(content_length(b"HTTP/1.1 200 OK\r\ncontent-length: -1").is_err());
    }

    #[tokio::test]
    async fn answers_that_come_in_pieces_are_put_together() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4];
            stream.read_exact(&mut request).await.unwrap();
            for piece in ["HTTP/1.1 200 OK\r\ncontent-", "length: 5\r\n\r\nhe", "llo"] {
                stream.write_all(piece.as_bytes()).await.unwrap();
                stream.flush().await.unwrap();
                tokio::task::yield_now().await;
            }
        });
        let mut wire = Wire::connect(address).await.unwrap();
        let answer = wire.exchange(b"GET ").await.unwrap();
        assert_eq!((answer.status, answer.body), (200, b"hello".as_slice()));
        server.await.unwrap();
        assert!(wire.exchange(b"GET ").await.is_err());
    }

    #[test]
    fn a_value_is_found_between_its_neighbours() {
        assert_eq!(between("x?code=abc&state=1", "code=", '&'), Some("abc"));
        assert_eq!(between("x?code=abc", "code=", '&'), Some("abc"));
        assert_eq!(between("x?state=1", "code=", '&'), None);
    }
}
